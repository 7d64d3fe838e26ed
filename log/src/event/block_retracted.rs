//! `block_retracted`: a recorded block is not the chain's any more.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{bytes, object, or_null};
use super::{Derived, Fact, Kind, Memory};

/// A block that the node had called finalized is not on its chain any more. The native id is its hash, the entry's
/// block its height. There is one event for each such block, the highest first; what the chain has instead follows.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BlockRetracted {
    /// The hash that the node now gives at this height; `None` when its chain ends below.
    pub replaced_by: Option<[u8; 32]>,
}

impl Fact for BlockRetracted {
    const KIND: Kind = Kind(0x0204);
    const NAME: &'static str = "block_retracted";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = None;

    fn fields(&self) -> Value {
        object([("replaced_by", or_null(self.replaced_by, |hash| bytes(&hash)))])
    }
}
