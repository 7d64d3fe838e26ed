//! What the sources have told so far, as far as the next batch depends on it: a fold over the entries, and nothing but
//! them, so a log that is rebuilt from its entries records nothing twice either.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::entry::Envelope;
use crate::event::{BatchEnd, EventView, Known, Memory};
use crate::hash::Hash;
use crate::read_error::ReadError;

/// How far a source has been read, and what it last said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceMemory {
    /// How many batches were recorded.
    pub sequence: u64,
    /// Where to go on, in the source's own words; empty before the first batch.
    pub cursor: Vec<u8>,
    /// Of the last batch.
    pub(crate) batch_sha256: Option<Hash>,
    pub(crate) seen: BTreeMap<String, Known>,
}

/// The memories of all sources, by name. Each is shared with the fetches that look at it, and changed in place once
/// none does: a fetch that holds on to a memory while it changes keeps what it saw, and the log goes on with a copy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sources(pub(crate) BTreeMap<String, Arc<SourceMemory>>);

impl SourceMemory {
    /// What is known of a native id, or of a file by its [`crate::FilePlace::file_key`]; `None` when nothing was
    /// recorded of it yet.
    pub fn known(&self, key: &str) -> Option<&Known> {
        self.seen.get(key)
    }

    /// What is known, by key, of everything whose key begins with `prefix`.
    pub fn known_under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Known)> {
        let from = self.seen.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        from.take_while(move |(key, _)| key.starts_with(prefix)).map(|(key, known)| (key.as_str(), known))
    }
}

impl Sources {
    /// Adds what an entry leaves to remember.
    ///
    /// # Errors
    /// Those of `body`, which is asked only if the entry's kind leaves something.
    pub(crate) fn take_entry<'a>(
        &mut self,
        envelope: &Envelope<'a>,
        body: impl FnOnce() -> Result<Cow<'a, [u8]>, ReadError>,
    ) -> Result<(), ReadError> {
        if let Some(row) = envelope.kind.row()
            && row.remembers(envelope.schema)
        {
            let body = body()?;
            for memory in row.remembered(&EventView::of(envelope, &body)) {
                self.take(envelope.source, memory);
            }
        }
        if let Some(closes) = &envelope.closes {
            let (sequence, cursor) = (closes.sequence, closes.cursor.to_vec());
            self.close(
                envelope.source,
                BatchEnd { sequence, cursor, batch_sha256: Hash(closes.batch_sha256) },
            );
        }
        Ok(())
    }

    /// Adds what an event of a source leaves to remember.
    pub(crate) fn take(&mut self, source: &str, left: Memory) {
        let memory = self.memory_mut(source);
        match left.after(memory.known(&left.key)) {
            Some(known) => drop(memory.seen.insert(left.key, known)),
            None => drop(memory.seen.remove(&left.key)),
        }
    }

    /// Goes on behind a batch of a source.
    pub(crate) fn close(&mut self, source: &str, end: BatchEnd) {
        let BatchEnd { sequence, cursor, batch_sha256 } = end;
        let memory = self.memory_mut(source);
        (memory.sequence, memory.cursor, memory.batch_sha256) = (sequence, cursor, Some(batch_sha256));
    }

    /// The memory of a source, empty when nothing was recorded of it.
    pub(crate) fn memory(&mut self, source: &str) -> &Arc<SourceMemory> {
        self.0.entry(source.to_owned()).or_default()
    }

    fn memory_mut(&mut self, source: &str) -> &mut SourceMemory {
        Arc::make_mut(self.0.entry(source.to_owned()).or_default())
    }
}
