//! `block_left_out`: pieces of a block that were too large to be recorded as they are.

use std::fmt;

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{bytes, list, number, object, text};
use super::{Anomaly, Derived, Fact, Kind, Memory};
use crate::hash::Hash;

/// What of a block stands in the log by its length and digest alone. It stands behind the block's `chain_block`, in the
/// same commit, with the same native id and block; a block of which nothing was left out has none.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BlockLeftOut {
    /// One at least: events before extrinsics, each in their order.
    pub pieces: Vec<LeftOutPiece>,
}

/// A piece of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct LeftOutPiece {
    /// Which.
    pub place: PieceOfBlock,
    /// How many bytes of SCALE it has.
    pub length: u64,
    /// BLAKE2b-256 of these bytes.
    pub blake2_256: [u8; 32],
}

/// Where in a block a piece stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum PieceOfBlock {
    /// `System.Events`, which would be attached to the block.
    RawEvents,
    /// The fields of the event at this place.
    Fields(u32),
    /// The fields of so many watched events, the first of them at this place, one behind the other. The block does not
    /// list these events.
    Events(u32, u32),
    /// The arguments of the call that the extrinsic at this place makes.
    Args(u32),
    /// So many watched extrinsics, the first of them at this place, one behind the other. The block does not list them.
    Extrinsics(u32, u32),
}

impl Fact for BlockLeftOut {
    const KIND: Kind = Kind(0x0207);
    const NAME: &'static str = "block_left_out";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = None;
    const ANOMALIES: Derived<Self, Anomaly> =
        Some(|left_out, _| left_out.pieces.iter().map(LeftOutPiece::anomaly).collect());

    fn fields(&self) -> Value {
        object([("pieces", list(&self.pieces, LeftOutPiece::field))])
    }
}

impl LeftOutPiece {
    fn field(&self) -> Value {
        object([
            ("place", text(&self.place.to_string())),
            ("length", number(self.length)),
            ("blake2_256", bytes(&self.blake2_256)),
        ])
    }

    fn anomaly(&self) -> Anomaly {
        let Self { place, length, blake2_256 } = self;
        let what = match place {
            PieceOfBlock::RawEvents => "too large to keep".to_owned(),
            PieceOfBlock::Fields(_) | PieceOfBlock::Args(_) => "too large to take apart".to_owned(),
            PieceOfBlock::Events(_, count) => format!("too large to list {count} watched events"),
            PieceOfBlock::Extrinsics(_, count) => format!("too large to list {count} watched extrinsics"),
        };
        let detail = format!("{what}: {length} bytes with BLAKE2b-256 0x{}", Hash(*blake2_256));
        Anomaly::new("piece_too_large", place.to_string(), detail)
    }
}

impl fmt::Display for PieceOfBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RawEvents => f.write_str("events"),
            Self::Fields(index) => write!(f, "events[{index}].fields"),
            Self::Events(first, _) => write!(f, "events[{first}..]"),
            Self::Args(index) => write!(f, "extrinsics[{index}].args"),
            Self::Extrinsics(first, _) => write!(f, "extrinsics[{first}..]"),
        }
    }
}
