//! Source `chain`: the finalized blocks of a Substrate chain, and the state of one subnet of it.
//!
//! A block is recorded after its parent or not at all: its header hashes to its hash and names the hash recorded
//! before, and everything in it is decoded by the runtime that executed it. An answer that contradicts this becomes a
//! `chain_outage`, and the block is asked for again, from another node if there is one.
//!
//! A block that a node had called finalized, and that no longer belongs to the chain, is taken back by a
//! `block_retracted`.

mod answers;
mod block;
mod cursor;
mod decode;
mod events;
mod extrinsics;
mod feed;
mod follow;
mod followed;
#[cfg(feature = "fuzzing")]
mod fuzzing;
mod layout;
mod listing;
mod moves;
mod name;
mod question;
mod retract;
mod runtime;
mod scale;
mod state;
mod take;
#[cfg(test)]
mod tests;
mod watch;

pub use feed::ChainFeed;
pub use follow::{ChainFollower, ChainNow, FollowError, FollowOptions, NodeError, node_name};
pub use followed::{Chain, Following};
#[cfg(feature = "fuzzing")]
pub use fuzzing::FuzzedRuntime;
pub use take::ChainError;
pub use watch::{RawEvents, WATCHED_PALLETS, Watch};
