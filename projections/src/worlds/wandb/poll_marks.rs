//! The polls of runs that a log has, one after another.

use std::sync::Arc;

use annals_log::TreeSize;
use bincode::{Decode, Encode};

/// The end of a poll of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct PollMark {
    /// The entry that closes it.
    pub log_index: u64,
    /// The time at which it ended, by the poller's clock, in milliseconds since 1970 UTC.
    pub finished_at_ms: i64,
    /// Whether it saw all runs that it asked for.
    pub is_complete: bool,
}

/// All of them, in the order of their entries. A snapshot shares them.
#[derive(Debug, Clone, Default)]
pub struct PollMarks(Arc<Vec<PollMark>>);

impl PollMarks {
    pub(crate) fn of(marks: Vec<PollMark>) -> Self {
        Self(Arc::new(marks))
    }

    pub(crate) fn push(&mut self, mark: PollMark) {
        Arc::make_mut(&mut self.0).push(mark);
    }

    pub(crate) fn all(&self) -> &[PollMark] {
        &self.0
    }

    /// Returns those that had ended when the log had this size, the first of them first.
    pub fn by(&self, size: TreeSize) -> &[PollMark] {
        &self.0[..self.0.partition_point(|mark| mark.log_index < size.0)]
    }
}
