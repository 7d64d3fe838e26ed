//! What following a chain is begun with.

use std::time::Duration;

/// The nodes to follow, and how to follow them.
#[derive(Debug, Clone)]
pub struct FollowOptions {
    /// URLs of nodes, `ws://` or `wss://`, the most preferred first. One at least.
    pub rpc: Vec<String>,
    /// URLs of nodes that keep all states: for blocks that lie over 200 below the head.
    pub archive: Vec<String>,
    /// The chain, by the hash of its block 0, `0x` and hex; `None` takes any.
    pub genesis: Option<String>,
    /// The subnet whose state is read.
    pub netuid: u16,
    /// The recorder's first block; `None` begins with the oldest whose state every node has, 200 below the head. It
    /// may not lie below the first block of a log that has one, and means nothing else to it.
    pub from_block: Option<u64>,
    /// A node that does not answer within this time is given up.
    pub answer_within: Duration,
    /// A node whose head stays the same for this long is given up.
    pub head_within: Duration,
    /// Following ends with an error when every node failed this often in a row; `None` goes on for ever.
    pub rounds_max: Option<u32>,
    /// Following ends at the head that the first node has, and waits for no other.
    pub until_head: bool,
}
