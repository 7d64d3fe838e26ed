//! Source `chain`: the finalized blocks of a Substrate chain, and the state of one subnet of it.
//!
//! A block is recorded behind its parent or not at all: its header hashes to its hash and names the hash recorded before,
//! and everything in it is decoded by the runtime that executed it. What a node says that is otherwise becomes a
//! `chain_outage`, and the block is asked for again, of another node if there is one.
//!
//! A block the node had called finalized, and that is none of the chain's any more, is taken back by a `block_retracted`.

mod answers;
mod block;
mod cursor;
mod events;
mod extrinsics;
mod feed;
mod follow;
#[cfg(feature = "fuzzing")]
mod fuzzing;
mod layout;
mod listing;
mod moves;
mod question;
mod retract;
mod runtime;
mod scale;
mod state;
mod take;
#[cfg(test)]
mod tests;
mod watch;

use std::collections::BTreeSet;

use annals_log::{LogOpened, SourceMemory};

use crate::raw::Raw;
use crate::source::{Decoded, Source, SourceError};
use answers::{Answers, Wrong};
pub use feed::ChainFeed;
pub use follow::{ChainFollower, ChainNow, FollowError, FollowOptions, NodeError, node_name};
#[cfg(feature = "fuzzing")]
pub use fuzzing::FuzzedRuntime;
use question::BlockHash;
use runtime::Runtimes;
pub use take::ChainError;
use take::Taking;
pub use watch::{RawEvents, WATCHED_PALLETS, Watch};

/// In entries and cassettes.
const NAME: &str = "chain";

/// A chain, and a subnet of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain {
    /// The subnet whose state is read.
    pub netuid: u16,
    /// The chain, by the hash of its block 0, `0x` and hex; `None` takes any.
    pub genesis: Option<String>,
    /// What of a block is recorded decoded.
    pub watch: Watch,
}

/// What was learned since the recorder began.
#[derive(Default)]
pub struct Following {
    runtimes: Runtimes,
    /// Addresses of whom the last state was about; `None` before one was read.
    accounts: Option<BTreeSet<String>>,
    /// The block whose state could not be taken, and how often.
    refused_state: Option<(BlockHash, u32)>,
}

impl Source for Chain {
    const NAME: &'static str = NAME;
    /// It stands from the first fetch of a session on, and every fetch goes on with it.
    type Context = Following;

    /// Takes blocks as long as each joins the one before, up to the first behind which the state has to be read, or that is
    /// not what it should be; the cursor stands behind the last that was taken.
    fn decode(
        &self,
        raw: &Raw,
        following: &mut Following,
        memory: &SourceMemory,
    ) -> Result<Decoded, SourceError> {
        let mut taking = Taking::new(self, following, memory, raw.fetched_at_ms());
        match Answers::of(raw)? {
            Ok(mut answers) => taking.take_all(&mut answers)?,
            Err(Wrong(what)) => {
                let node = raw.exchanges.first().map(|exchange| exchange.request.target.as_str());
                taking.refuse(node.unwrap_or_default(), &what);
            }
        }
        Ok(taking.end())
    }

    /// Follows the chain and the subnet that the log was made for.
    fn be_of(&mut self, log: &LogOpened) {
        self.netuid = log.netuid;
        self.genesis.clone_from(&log.genesis);
    }
}
