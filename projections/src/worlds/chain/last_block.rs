//! What a caller asks the tables about the chain.

use super::fold::LastBlock;
use crate::projections::Projections;

impl Projections {
    /// Returns the block of the chain that was recorded last; `None` before the first, and while it is taken back.
    pub fn last_block(&self) -> Option<&LastBlock> {
        self.worlds.chain.last_block()
    }
}
