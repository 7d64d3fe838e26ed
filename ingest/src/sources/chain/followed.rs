//! The chain that is followed, and what the recorder has learned of it in this session.

use std::collections::BTreeSet;

use super::question::BlockHash;
use super::runtime::Runtimes;
use super::watch::Watch;

/// A chain, and a subnet of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain {
    /// The subnet whose state is read.
    pub netuid: u16,
    /// The chain, by the hash of its block 0, `0x` and hex; `None` takes any.
    pub genesis: Option<String>,
    /// The part of a block that is recorded decoded.
    pub watch: Watch,
}

/// What was learned since the recorder began.
#[derive(Default)]
pub struct Following {
    pub(super) runtimes: Runtimes,
    /// Addresses of the accounts in the last state; `None` before one was read.
    pub(super) accounts: Option<BTreeSet<String>>,
    /// The block whose state could not be taken, and how often.
    pub(super) refused_state: Option<(BlockHash, u32)>,
}
