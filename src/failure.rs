//! Why a command failed, sorted by what its user does next.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use annals_ingest::outward::publish::{DatabaseError, PublishError};
use annals_ingest::sources::NodeError;
use annals_ingest::{FeedError, IngestError};
use annals_log::{AppendError, OpenError, PublishError as NotPublished, ReadError, VerifyError};
use annals_queries::QueryError;

use crate::denied::denied;
use crate::terminal::shown;

/// A question that needs more memory than it was given may well need as much.
const MEMORY_MIB_PROPOSED: usize = 1024;

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

    /// The same, of a file.
    pub(crate) fn at(self, path: &Path) -> Self {
        self.after(&shown(path))
    }

    /// The same, behind the place that it is about.
    pub(crate) fn after(self, place: &str) -> Self {
        let after = |message: String| format!("{place}: {message}");
        match self {
            Self::Finding(message) => Self::Finding(after(message)),
            Self::Usage(message) => Self::Usage(after(message)),
            Self::Unavailable(message) => Self::Unavailable(after(message)),
            Self::Internal(message) => Self::Internal(after(message)),
        }
    }

    /// A log that was not made or opened.
    pub(crate) fn opening(error: OpenError, data: &Path) -> Self {
        match error {
            // The others name the folder themselves.
            OpenError::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Self::Unavailable(denied(data))
            }
            error @ OpenError::Io { .. } => Self::from(error).at(data),
            error => error.into(),
        }
    }

    /// An input file that was not read.
    pub(crate) fn input(path: &Path, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::PermissionDenied {
            return Self::Unavailable(denied(path));
        }
        Self::Unavailable(format!("{}: {error}", shown(path)))
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        let message = error.to_string();
        match error {
            ReadError::Fault(_) => Self::Finding(message),
            ReadError::Denied { path, .. } => Self::Unavailable(denied(&path)),
            ReadError::BeyondEnd { .. } | ReadError::InsideCommit { .. } => Self::Usage(message),
            _ => Self::Unavailable(message),
        }
    }
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Read(error) => error.into(),
            error => Self::Usage(error.to_string()),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let message = error.to_string();
        match error {
            OpenError::Fault(_) => Self::Finding(message),
            OpenError::Denied { path, .. } => Self::Unavailable(denied(&path)),
            OpenError::NotEmpty(_) | OpenError::Origin(_) | OpenError::OtherHotkey { .. } => {
                Self::Usage(message)
            }
            OpenError::Io { ref source, .. }
                if matches!(source.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput) =>
            {
                Self::Unavailable(message)
            }
            OpenError::Io { .. } | OpenError::Append(_) => Self::Internal(message),
            OpenError::Held(_) => Self::Unavailable(format!(
                "{message}. One session records at a time: end the other, `annals run` with Ctrl-C, and begin it again later"
            )),
            _ => Self::Unavailable(message),
        }
    }
}

impl From<AppendError> for Failure {
    fn from(error: AppendError) -> Self {
        let message = error.to_string();
        match error {
            AppendError::Memory(_) | AppendError::Fault(_) => Self::Finding(message),
            _ => Self::Internal(message),
        }
    }
}

impl From<FeedError> for Failure {
    fn from(error: FeedError) -> Self {
        let message = error.to_string();
        match error {
            FeedError::Refused(_) => Self::Usage(message),
            _ => Self::Unavailable(message),
        }
    }
}

impl From<NodeError> for Failure {
    fn from(error: NodeError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// A checkpoint of the log that must not be handed out.
impl From<NotPublished> for Failure {
    fn from(error: NotPublished) -> Self {
        match error {
            NotPublished::Fault(fault) => ReadError::from(fault).into(),
            NotPublished::Io(error) => Self::Unavailable(format!(
                "a checkpoint is handed out only once it is kept in published/ of the log's folder: {error}"
            )),
        }
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        let message = error.to_string();
        match error {
            PublishError::Unanswered { .. } | PublishError::Unreadable { .. } => Self::Unavailable(message),
            _ => Self::Usage(message),
        }
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        let message = error.to_string();
        match error {
            DatabaseError::Unread(_) => Self::Unavailable(message),
            _ => Self::Usage(message),
        }
    }
}

impl From<IngestError> for Failure {
    fn from(error: IngestError) -> Self {
        match error {
            IngestError::Append(error) => error.into(),
            IngestError::Feed(error) => error.into(),
            error => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        let message = error.to_string();
        match error {
            QueryError::Log(_) => Self::Finding(message),
            QueryError::Memory { limit_bytes, .. } => {
                let mib = limit_bytes >> 20;
                Self::Usage(format!(
                    "The answer needs more than {mib} MiB. Ask for fewer rows or columns, or give it more: --memory-mib {}.",
                    MEMORY_MIB_PROPOSED.max(mib * 2)
                ))
            }
            QueryError::Time { limit } => {
                let seconds = limit.as_secs_f64();
                Self::Usage(format!(
                    "The answer takes longer than {seconds} s. Ask for less, as with a range of log_index, or give it \
                     longer: --timeout {}.",
                    (seconds * 10.0).ceil()
                ))
            }
            QueryError::Statements(0) => Self::Usage("The question is empty.".to_owned()),
            QueryError::NoValue(name) => {
                let named = name.trim_start_matches('$');
                let example = if named.parse::<usize>().is_ok() { "7".into() } else { format!("{named}=7") };
                Self::Usage(format!("{message}; give it one, as in --param {example}"))
            }
            QueryError::Panicked(_) | QueryError::Tables(_) | QueryError::TablesElsewhere { .. } => {
                Self::Internal(message)
            }
            _ => Self::Usage(message),
        }
    }
}

/// Standard output never fails on the way, see [`crate::terminal::Out`].
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Internal(error.to_string())
    }
}
