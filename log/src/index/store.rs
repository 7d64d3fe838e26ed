//! The door to fjall: one keyspace, rows in, rows out. A damaged database says so by an error, or by a panic that is
//! caught here: both mean the same, the index is made anew.

use std::ops::{Bound, Range};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fjall::compaction::Leveled;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable as _, Slice, Snapshot};

use super::cursor::{Cursor, TILE_LEAVES};
use super::row::{
    CURSOR, CommitPlace, FramePlace, Row, Term, entries_of_runs, first_of_postings_key, node_key,
    payload_key, size_of_time_key, tile_key, time_key, time_key_end,
};
use crate::hash::Hash;
use crate::place::{LogIndex, TreeSize};
use crate::wire::Fields;

const ROWS: &str = "rows";
/// Of blocks that were read from tables, beside the filters and indexes of the tables that were not merged yet.
const CACHE_BYTES: u64 = 4 << 20;
/// What waits in memory until it is sorted into a table. A recorder has this much for as long as it runs.
const MEMTABLE_BYTES: u64 = 2 << 20;
/// Small memtables have to be merged often. Of tables as large as fjall's own 64 MiB each merge would write 256 MiB
/// again, and hold up what waits for it; of these, 32 MiB.
const TABLE_BYTES: u64 = 8 << 20;
/// The least that fjall allows.
const JOURNALS_BYTES: u64 = 64 << 20;
/// How long writing rows out may hold up the next ones, or closing, before it is given up, and the index with it.
const FLUSH_PATIENCE: Duration = Duration::from_secs(20);
/// At most this many memtables wait to be written out, and tables to be merged, before we hold rows back. fjall holds
/// them back at twice as many, and for ever when the thread that should make room has failed.
const SEALED_MAX: usize = 2;
const UNMERGED_MAX: usize = 15;

/// Why the index cannot be believed, or not be had. It is made anew.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    #[error("fjall: {0}")]
    Fjall(#[from] fjall::Error),
    #[error("fjall panicked: its files are damaged")]
    Panicked,
    #[error("a row is not what was written: {0}")]
    Malformed(&'static str),
    #[error("what was to be kept was not written out within {} s", FLUSH_PATIENCE.as_secs())]
    Unflushed,
    #[error("it does not fit the log: {0}")]
    Astray(&'static str),
    #[error("{0}")]
    Mistrusted(String),
    #[error("this machine's clock stands before 1970, where fjall ends its process")]
    Clock,
    #[error("its folder: {0}")]
    Folder(#[from] std::io::Error),
}

/// The database, open.
pub(super) struct Store {
    database: Database,
    rows: Keyspace,
}

/// The rows as they stood at one moment.
pub(super) struct View<'a> {
    snapshot: Snapshot,
    rows: &'a Keyspace,
}

impl StoreError {
    /// Another try would end in the same way.
    pub(super) fn is_lasting(&self) -> bool {
        use std::io::ErrorKind as Kind;
        if let Self::Clock = self {
            return true;
        }
        let (Self::Folder(error) | Self::Fjall(fjall::Error::Io(error))) = self else { return false };
        matches!(
            error.kind(),
            Kind::StorageFull
                | Kind::QuotaExceeded
                | Kind::PermissionDenied
                | Kind::ReadOnlyFilesystem
                | Kind::NotADirectory
        )
    }
}

impl Store {
    /// Opens the database in `folder`, or makes one.
    pub(super) fn open(folder: &Path) -> Result<Self, StoreError> {
        guarded(|| {
            must_be_past_1970()?;
            let database = Database::builder(folder)
                .cache_size(CACHE_BYTES)
                .max_journaling_size(JOURNALS_BYTES)
                // One of them only writes memtables out, whatever the other merges.
                .worker_threads(2)
                .open()?;
            let rows = database.keyspace(ROWS, || {
                let merges = Leveled::default().with_table_target_size(TABLE_BYTES);
                KeyspaceCreateOptions::default()
                    .max_memtable_size(MEMTABLE_BYTES)
                    .compaction_strategy(Arc::new(merges))
            })?;
            Ok(Self { database, rows })
        })
    }

    /// Adds rows and moves the cursor, in one; nothing is synced.
    pub(super) fn write(&self, rows: Vec<Row>, cursor: &Cursor) -> Result<(), StoreError> {
        guarded(|| {
            must_be_past_1970()?;
            self.wait_until(|rows| {
                rows.sealed_memtable_count() < SEALED_MAX && rows.l0_table_count() < UNMERGED_MAX
            })?;
            let mut batch = self.database.batch();
            rows.into_iter().for_each(|(key, value)| batch.insert(&self.rows, key, value));
            batch.insert(&self.rows, CURSOR, cursor.encode());
            Ok(batch.commit()?)
        })
    }

    pub(super) fn view(&self) -> View<'_> {
        View { snapshot: self.database.snapshot(), rows: &self.rows }
    }

    /// Closes the database with all rows in checked tables and none in a journal, which would lose some unnoticed.
    pub(super) fn close(self) -> Result<(), StoreError> {
        guarded(move || {
            must_be_past_1970()?;
            self.rows.rotate_memtable()?;
            self.wait_until(|rows| rows.sealed_memtable_count() == 0)?;
            Ok(self.database.persist(PersistMode::SyncAll)?)
        })
    }

    /// Lets go of a database that is not worth closing well.
    pub(super) fn abandon(self) {
        // It is removed next: what its own ending says of it is of no interest.
        let _ = guarded(move || {
            drop(self);
            Ok(())
        });
    }

    /// fjall's own waiting has no end when its threads have failed.
    fn wait_until(&self, is_so: impl Fn(&Keyspace) -> bool) -> Result<(), StoreError> {
        let begun = Instant::now();
        while !is_so(&self.rows) {
            if begun.elapsed() > FLUSH_PATIENCE {
                return Err(StoreError::Unflushed);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

impl View<'_> {
    fn get(&self, key: impl AsRef<[u8]>) -> Result<Option<Slice>, StoreError> {
        guarded(|| Ok(self.snapshot.get(self.rows, key)?))
    }

    /// `None` in an index that has not begun.
    pub(super) fn cursor(&self) -> Result<Option<Cursor>, StoreError> {
        let Some(cursor) = self.get(CURSOR)? else { return Ok(None) };
        Cursor::decode(&cursor).map(Some).ok_or(StoreError::Malformed("the cursor"))
    }

    pub(super) fn position(&self) -> Result<TreeSize, StoreError> {
        Ok(self.cursor()?.map_or(TreeSize(0), |cursor| cursor.size()))
    }

    pub(super) fn payload(&self, digest: Hash) -> Result<Option<FramePlace>, StoreError> {
        self.get(payload_key(digest))?.map(|place| frame_place(&place)).transpose()
    }

    /// See [`super::Index::commits_around`].
    pub(super) fn commits_around(&self, at_ms: i64) -> Result<[Option<CommitPlace>; 2], StoreError> {
        let (first, split, last) =
            (time_key(i64::MIN, TreeSize(0)), time_key_end(at_ms), time_key_end(i64::MAX));
        let row = |row: Option<fjall::Guard>| {
            let Some(row) = row else { return Ok(None) };
            let (key, place) = row.into_inner()?;
            let size = size_of_time_key(&key).ok_or(StoreError::Malformed("a commit's time"))?;
            Ok::<_, StoreError>(Some(CommitPlace { size, frame: frame_place(&place)? }))
        };
        guarded(|| {
            let before = row(self.snapshot.range(self.rows, first..=split.clone()).next_back())?;
            let later = (Bound::Excluded(split), Bound::Included(last));
            Ok([before, row(self.snapshot.range::<Vec<u8>, _>(self.rows, later).next())?])
        })
    }

    /// The entries of a term in `range`, in order.
    pub(super) fn entries(
        &self,
        term: Term<'_>,
        range: Range<LogIndex>,
    ) -> Result<Vec<LogIndex>, StoreError> {
        let malformed = || StoreError::Malformed("postings");
        let row_of = |first: LogIndex| [&term.prefix()[..], &first.0.to_be_bytes()].concat();
        guarded(|| {
            let mut entries = Vec::new();
            // The frame that holds the first of the range may begin before it.
            let before =
                self.snapshot.range(self.rows, row_of(LogIndex(0))..=row_of(range.start)).next_back();
            let from = match before {
                Some(row) => first_of_postings_key(&row.key()?).ok_or_else(malformed)?,
                None => range.start,
            };
            for row in self.snapshot.range(self.rows, row_of(from)..row_of(range.end)) {
                let (key, runs) = row.into_inner()?;
                let first = first_of_postings_key(&key).ok_or_else(malformed)?;
                entries.extend(entries_of_runs(first, &runs, &range).ok_or_else(malformed)?);
            }
            Ok(entries)
        })
    }

    /// `count` leaf hashes of tile `number`, from the `from`th on.
    pub(super) fn leaves(&self, number: u64, from: u64, count: u64) -> Result<Vec<Hash>, StoreError> {
        let leaves: Vec<Hash> = match self.get(tile_key(number))? {
            Some(tile) => {
                tile.chunks_exact(32).map(|hash| Hash(hash.try_into().expect("32 bytes"))).collect()
            }
            None => match self.cursor()? {
                Some(cursor) if cursor.size().0 / TILE_LEAVES == number => cursor.leaves,
                _ => return Err(StoreError::Malformed("a tile is missing")),
            },
        };
        let leaves = leaves.into_iter().skip(usize_of(from)).take(usize_of(count)).collect::<Vec<_>>();
        all_there(leaves, count)
    }

    /// The roots of `count` complete subtrees of 2^`level` leaves, from the `first`th on.
    pub(super) fn nodes(&self, level: u32, first: u64, count: u64) -> Result<Vec<Hash>, StoreError> {
        guarded(|| {
            let range = node_key(level, first)..node_key(level, first + count);
            let hash = |row: fjall::Guard| {
                let (_, hash) = row.into_inner()?;
                Ok(Hash(hash[..].try_into().map_err(|_| StoreError::Malformed("a node"))?))
            };
            all_there(
                self.snapshot.range(self.rows, range).map(hash).collect::<Result<Vec<_>, StoreError>>()?,
                count,
            )
        })
    }
}

fn all_there(hashes: Vec<Hash>, count: u64) -> Result<Vec<Hash>, StoreError> {
    if hashes.len() as u64 == count { Ok(hashes) } else { Err(StoreError::Malformed("hashes are missing")) }
}

fn usize_of(number: u64) -> usize {
    usize::try_from(number).expect("it counts within a tile")
}

fn frame_place(bytes: &[u8]) -> Result<FramePlace, StoreError> {
    FramePlace::decode(&mut Fields::of(bytes)).ok_or(StoreError::Malformed("a frame's place"))
}

/// lsm-tree dates its tables, panics when it cannot, in threads of fjall's own, and aborts the process while it
/// unwinds.
fn must_be_past_1970() -> Result<(), StoreError> {
    if SystemTime::now() < UNIX_EPOCH { Err(StoreError::Clock) } else { Ok(()) }
}

/// fjall expects more of its files than damaged ones keep.
fn guarded<T>(act: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or(Err(StoreError::Panicked))
}
