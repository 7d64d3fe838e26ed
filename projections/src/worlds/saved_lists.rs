//! The lists that worlds remember, as they are read from a saved state.

use bincode::{BorrowDecode, Encode};

use crate::saved_file::Blocks;
use crate::unfit::Unfit;

/// The lists of all worlds, one after another.
pub(crate) struct SavedLists<'a> {
    blocks: &'a mut Blocks,
    /// The lengths of those that are still to be read.
    counts: &'a [u64],
}

impl<'a> SavedLists<'a> {
    pub(super) fn of(blocks: &'a mut Blocks, counts: &'a [u64]) -> Self {
        Self { blocks, counts }
    }

    /// Reads the next list.
    ///
    /// # Errors
    /// `Damaged`, `Io`.
    ///
    /// # Panics
    /// When a world reads more lists than it says it has.
    pub(crate) fn next<T: Encode + for<'b> BorrowDecode<'b, ()>>(&mut self) -> Result<Vec<T>, Unfit> {
        let (&count, rest) = self.counts.split_first().expect("a world reads the lists that it says it has");
        self.counts = rest;
        self.blocks.many(count)
    }

    /// Whether all were read.
    pub(super) fn is_at_end(&self) -> bool {
        self.counts.is_empty()
    }
}
