//! Why a saved state was not taken.

use std::io;

use annals_log::{CodecError, ReadError, TreeSize};

/// Why a saved state was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// Nothing was saved yet.
    #[error("no tables were saved yet")]
    Absent,
    /// The disk, or a file that ends too early.
    #[error("the saved tables could not be read: {0}")]
    Io(#[from] io::Error),
    /// Its bytes are not what was written.
    #[error("the saved tables are damaged: {0}")]
    Damaged(&'static str),
    /// It is sound, but of another log, or of other folds.
    #[error("the saved tables are of {0}")]
    Foreign(&'static str),
    /// It was saved at a size that the reader does not see: the log has grown since it was opened, is looked at as it stood
    /// before, or was put back.
    #[error("the saved tables stand at size {position}, and the log is looked at before that")]
    Ahead {
        /// The size.
        position: TreeSize,
        /// The log's key attests it: the log once was so long.
        is_attested: bool,
    },
    /// Nothing but the file itself says that this is what the entries give.
    #[error(
        "nothing vouches for the saved tables at size {0}: neither this log's key nor a state root in the log; somebody else made \
         or changed them"
    )]
    Unvouched(TreeSize),
    /// The log could not be read where it would say what the tables were.
    #[error(transparent)]
    Log(#[from] ReadError),
}

impl From<CodecError> for Unfit {
    fn from(_: CodecError) -> Self {
        Self::Damaged("a block of it does not decode")
    }
}
