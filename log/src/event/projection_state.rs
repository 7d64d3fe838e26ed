//! `projection_state`: what the rows of a table were at some size, in 32 bytes.

use bincode::{Decode, Encode};

use super::{Fact, Kind};

/// A state root of a table, so that whoever rebuilds the table knows whether he got the same rows. The native id is the
/// table's name. No table is ever built from it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ProjectionState {
    /// Of the table's fold; another version may give other rows.
    pub version: u16,
    /// SHA-256 of the policy that the table was folded under, see [`super::Policy::digest`].
    pub policy_sha256: [u8; 32],
    /// The table as it stood at this size, which is at most the index of this entry.
    pub at_size: u64,
    /// Names all its rows.
    pub root: [u8; 32],
}

impl Fact for ProjectionState {
    const KIND: Kind = Kind(0x0007);
    const SCHEMA: u16 = 1;
}
