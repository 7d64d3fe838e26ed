//! What is wrong with a file.

use std::io;

use crate::source::SourceError;

/// Why a file is not read, or not taken in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WandbFileError {
    /// The file.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Another file that is called so.
    #[error("this is no .wandb file: it does not begin with the header of one")]
    NotAWandbFile,
    /// It has no run in it.
    #[error("the file names no run in its {records} records; nothing of it was recorded")]
    NoRun {
        /// How many were read.
        records: u64,
    },
    /// It is not what an earlier version of it was.
    #[error(
        "this file of run {run_id} was recorded up to record {records}, and its records up to there are others now: it \
         was changed; nothing of it was recorded, and what the log was told first stays"
    )]
    Changed {
        /// Whose file it is.
        run_id: String,
        /// Up to which record the log has it.
        records: u64,
    },
}

impl From<WandbFileError> for SourceError {
    fn from(error: WandbFileError) -> Self {
        Self::Unfit(error.into())
    }
}
