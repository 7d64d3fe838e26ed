//! Why following a chain ends.

/// Why following ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FollowError {
    /// No node gave what was needed, however often it was asked.
    #[error("no node gives the next block; the last one tried, {node}: {what}")]
    NoNode {
        /// Scheme, host and port.
        node: String,
        /// The node's trouble, in words.
        what: String,
    },
    /// There is no such block yet.
    #[error(
        "{node}: its head is block {head}, so block {asked}, from which on a new log would record, is not there yet"
    )]
    AboveHead {
        /// Scheme, host and port.
        node: String,
        /// Its last final block.
        head: u64,
        /// The first block that was asked for.
        asked: u64,
    },
    /// The log was begun with a higher block.
    #[error(
        "the log begins with block {first} and never goes below: blocks from {asked} on need a log of their own"
    )]
    BelowFirst {
        /// The first block of the log.
        first: u64,
        /// The first block that was asked for.
        asked: u64,
    },
}
