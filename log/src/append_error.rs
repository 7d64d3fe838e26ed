//! Why an append gave no commit.

use std::io;
use std::sync::Arc;

use crate::compose::BatchError;
use crate::fault::Fault;
use crate::place::LogIndex;
use crate::read_error::ReadError;

/// Why an append gave no commit.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// Nothing was written; the log goes on.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// Stop and reopen the log: it finds out.
    #[error("the entries from {first} on may or may not be on disk ({source}); reopen the log to find out")]
    Unsure {
        /// Of the commit that failed.
        first: LogIndex,
        /// What the disk said.
        source: Arc<io::Error>,
    },
    /// Read the source's memory again and make the batch anew. Nothing was written.
    #[error(
        "a batch of source {origin} was made after {after} batches of it, and the log has {actual}: somebody else recorded \
         meanwhile"
    )]
    Conflict {
        /// The source.
        origin: String,
        /// How many batches the caller knew of.
        after: u64,
        /// How many there are.
        actual: u64,
    },
    /// The log could not be read for what the source told before. Nothing was written.
    #[error("what is already recorded could not be read: {0}")]
    Memory(#[source] Arc<ReadError>),
    /// A frame below the watermark is not what it was: the log can be verified, and no longer be recorded to. Nothing
    /// was written.
    #[error(
        "the log takes no more entries, for it is not what it was: {0}; `annals verify` names all that is wrong"
    )]
    Fault(Arc<Fault>),
    /// An earlier append was [`AppendError::Unsure`]. Nothing of this one was written.
    #[error("the log takes no more entries since an earlier write failed ({0}); reopen it")]
    Poisoned(Arc<io::Error>),
}
