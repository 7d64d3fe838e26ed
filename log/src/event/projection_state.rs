//! `projection_state`: what the rows of a table were at some size, in 32 bytes.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{digest, number, object, or_null};
use super::{Derived, Fact, Kind, Memory};
use crate::codec;

/// A state root of a table, so that a rebuild can tell whether it came to the same rows. The native id is the table's
/// name, or [`ProjectionState::FOLD`]. No table is ever built from it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ProjectionState {
    /// Of the table's fold; another version may give other rows.
    pub version: u16,
    /// SHA-256 of the policy that the table was folded under, see [`super::Policy::digest`].
    pub policy_sha256: [u8; 32],
    /// The table as it stood at this size, which is at most the index of this entry.
    pub at_size: u64,
    /// Names all rows that stand.
    pub root: [u8; 32],
    /// Names all rows that stood; `None` of a table that keeps no past, and in schema 1, which did not say.
    pub past: Option<PastRows>,
}

/// The rows of a table that stand no more, in the order in which they ended, in 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct PastRows {
    /// How many.
    pub rows: u64,
    /// The RFC 6962 root over them.
    pub root: [u8; 32],
}

/// As it was written before there was a past in it.
#[derive(Encode, Decode)]
struct Schema1 {
    version: u16,
    policy_sha256: [u8; 32],
    at_size: u64,
    root: [u8; 32],
}

impl ProjectionState {
    /// The native id of the root that names everything a fold stands on: what it remembers, and the roots of all
    /// tables.
    pub const FOLD: &str = "fold";
}

impl Fact for ProjectionState {
    const KIND: Kind = Kind(0x0007);
    const NAME: &'static str = "projection_state";
    const SCHEMA: u16 = 2;
    const MEMORIES: Derived<Self, Memory> = None;

    fn read(schema: u16, body: &[u8]) -> Option<Self> {
        match schema {
            1 => {
                let Schema1 { version, policy_sha256, at_size, root } = codec::decode(body).ok()?;
                Some(Self { version, policy_sha256, at_size, root, past: None })
            }
            Self::SCHEMA => codec::decode(body).ok(),
            _ => None,
        }
    }

    fn fields(&self) -> Value {
        let past = |past: PastRows| object([("rows", number(past.rows)), ("root", digest(past.root))]);
        object([
            ("version", number(self.version.into())),
            ("policy_sha256", digest(self.policy_sha256)),
            ("at_size", number(self.at_size)),
            ("root", digest(self.root)),
            ("past", or_null(self.past, past)),
        ])
    }
}
