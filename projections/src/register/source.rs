//! How far a source was read.

use annals_log::{Envelope, LogIndex};
use bincode::{Decode, Encode};

/// The end of what was read of a source, as the log tells.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SourceRead {
    /// The number of its entries.
    pub entries: u64,
    /// The number of its batches.
    pub batches: u64,
    /// The place upstream where the last batch ended, in the source's own words; `None` before the first.
    pub cursor: Option<Vec<u8>>,
    /// The last of its entries.
    pub log_index: u64,
    /// The time at which that entry was recorded, in milliseconds since 1970 UTC.
    pub recorded_at_ms: i64,
}

impl SourceRead {
    pub(super) fn of(index: LogIndex, envelope: &Envelope<'_>) -> Self {
        let mut read = Self { entries: 0, batches: 0, cursor: None, log_index: index.0, recorded_at_ms: 0 };
        read.add(index, envelope);
        read
    }

    pub(super) fn add(&mut self, index: LogIndex, envelope: &Envelope<'_>) {
        self.entries += 1;
        (self.log_index, self.recorded_at_ms) = (index.0, envelope.recorded_at_ms);
        if let Some(closes) = &envelope.closes {
            (self.batches, self.cursor) = (closes.sequence, Some(closes.cursor.to_vec()));
        }
    }

    /// Adds entries that come later.
    pub(super) fn go_on(&mut self, later: Self) {
        self.entries += later.entries;
        (self.log_index, self.recorded_at_ms) = (later.log_index, later.recorded_at_ms);
        if later.cursor.is_some() {
            (self.batches, self.cursor) = (later.batches, later.cursor);
        }
    }
}
