//! Why a command failed, sorted by what its user does next.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use annals_log::{AppendError, OpenError, ReadError};

/// A message, and the exit code that goes with it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// 1: the log, or something held against it, is not what it should be.
    #[error("{0}")]
    Finding(String),
    /// 2: asked for in a way that cannot be answered.
    #[error("{0}")]
    Usage(String),
    /// 3: a file or a log is not there, or held by somebody else.
    #[error("{0}")]
    Unavailable(String),
    /// 4: the machine failed us, or we did.
    #[error("{0}")]
    Internal(String),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Finding(_) => 1,
            Self::Usage(_) => 2,
            Self::Unavailable(_) => 3,
            Self::Internal(_) => 4,
        })
    }

    /// An input file that was not read.
    pub(crate) fn input(path: &Path, error: &io::Error) -> Self {
        Self::Unavailable(format!("{}: {error}", path.display()))
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        let message = error.to_string();
        match error {
            ReadError::Fault(_) => Self::Finding(message),
            ReadError::BeyondEnd { .. } => Self::Usage(message),
            _ => Self::Unavailable(message),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let message = error.to_string();
        match error {
            OpenError::Fault(_) => Self::Finding(message),
            OpenError::NotEmpty(_) | OpenError::Origin(_) => Self::Usage(message),
            OpenError::Io { .. } | OpenError::Append(_) => Self::Internal(message),
            _ => Self::Unavailable(message),
        }
    }
}

impl From<AppendError> for Failure {
    fn from(error: AppendError) -> Self {
        let message = error.to_string();
        match error {
            AppendError::Memory(_) => Self::Finding(message),
            _ => Self::Internal(message),
        }
    }
}

/// Standard output: a reader that went away ends the program without a word.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        Self::Internal(error.to_string())
    }
}
