//! Where entries of a kind lie.

use bincode::{Decode, Encode};

/// From which entry to which a log has entries of a kind, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Span {
    /// The number of entries, at least 1.
    pub count: u64,
    /// The index of the first.
    pub first: u64,
    /// The index of the last.
    pub last: u64,
}

impl Span {
    pub(super) fn of(index: u64) -> Self {
        Self { count: 1, first: index, last: index }
    }

    /// Adds entries that come later.
    pub(super) fn go_on(&mut self, later: Self) {
        self.count += later.count;
        self.last = later.last;
    }

    /// Returns the span of the entries of two kinds.
    pub(super) fn joined(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            first: self.first.min(other.first),
            last: self.last.max(other.last),
        }
    }
}
