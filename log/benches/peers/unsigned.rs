//! The same events in fjall, one batch each commit and synced, unsigned and unhashed.

use std::time::{Duration, Instant};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

/// A database with one keyspace, from log index to entry.
pub(crate) struct UnsignedKeyspace {
    database: Database,
    entries: Keyspace,
    size: u64,
    _folder: tempfile::TempDir,
}

impl UnsignedKeyspace {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::builder(folder.path().join("fjall")).open().unwrap();
        let entries = database.keyspace("entries", KeyspaceCreateOptions::default).unwrap();
        Self { database, entries, size: 0, _folder: folder }
    }

    pub(crate) fn write(&mut self, batches: &[Vec<Vec<u8>>]) -> Duration {
        let start = Instant::now();
        for entries in batches {
            let mut batch = self.database.batch().durability(Some(PersistMode::SyncData));
            for entry in entries {
                batch.insert(&self.entries, self.size.to_be_bytes(), entry.as_slice());
                self.size += 1;
            }
            batch.commit().unwrap();
        }
        start.elapsed()
    }
}
