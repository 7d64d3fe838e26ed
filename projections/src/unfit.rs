//! Why a saved state is not used.

use std::io;

use annals_log::{CodecError, ReadError, TreeSize};

/// Why a saved state is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// Nothing was saved yet.
    #[error("no tables were saved yet")]
    Absent,
    /// I/O, or a file that ends too early.
    #[error("the saved tables could not be read: {0}")]
    Io(#[from] io::Error),
    /// Its bytes are not what was written.
    #[error("the saved tables are damaged: {0}")]
    Damaged(&'static str),
    /// It is sound, but of another log, or of other tables.
    #[error("the saved tables are of {0}")]
    Foreign(&'static str),
    /// It is of a greater size than the reader's: the log has grown since it was opened, is read at an earlier size,
    /// or was put back.
    #[error("the saved tables stand at size {position}, and the log is looked at before that")]
    Ahead {
        /// The size that it is of.
        position: TreeSize,
        /// Whether the log's key attests it: then the log was that long once.
        is_attested: bool,
    },
    /// Nothing but the file itself says that this is what a fold of the entries gives.
    #[error(
        "nothing vouches for the saved tables at size {0}: neither this log's key nor a state root in the log; somebody else \
         made or changed them"
    )]
    Unvouched(TreeSize),
    /// The log could not be read where it may have the root.
    #[error(transparent)]
    Log(#[from] ReadError),
}

impl From<CodecError> for Unfit {
    fn from(_: CodecError) -> Self {
        Self::Damaged("a block of it does not decode")
    }
}
