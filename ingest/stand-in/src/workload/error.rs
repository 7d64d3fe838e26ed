//! Why a log was not generated.

use annals_log::{AppendError, OpenError, ReadError};

use super::mix::ENTRIES_MIN;

/// Why a log was not generated. After `TooFew`, and where the folder is not empty, nothing was written; after any other
/// a part of the log may be left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The log would be shorter than a whole minute takes.
    #[error(
        "{0} entries: a log that is made has {ENTRIES_MIN} at least, those included that say how it was made"
    )]
    TooFew(u64),
    /// The log was not made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The log does not take more entries.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The log that was made cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}
