//! Why something was not read.

use std::io;
use std::path::{Path, PathBuf};

use crate::fault::{Fault, Wrong, shown};
use crate::place::{LogIndex, TreeSize};

/// Why something was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// No log lies here.
    #[error("there is no log in {}; `annals init` makes one", shown(.0))]
    NoLog(PathBuf),
    /// `init` was cut off before entry 0 was durable.
    #[error(
        "making the log in {} was interrupted before its first entry; remove the folder and run `annals init` again",
        shown(.0)
    )]
    Interrupted(PathBuf),
    /// The log ends before.
    #[error("there is no entry {index}: the log has {size}, indexes 0 to {}", size.0 - 1)]
    BeyondEnd {
        /// What was asked for.
        index: LogIndex,
        /// What there is.
        size: TreeSize,
    },
    /// The log was never acknowledged, nor signed, at this size.
    #[error(
        "size {size} lies inside a commit, which went from size {from} to {to}: the log was signed there, not between"
    )]
    InsideCommit {
        /// What was asked for.
        size: TreeSize,
        /// Before the commit.
        from: TreeSize,
        /// After it.
        to: TreeSize,
    },
    /// Whoever asks may not read it.
    #[error("{}: {source}: whoever owns it may read it, or lets others", shown(path))]
    Denied {
        /// What could not be read.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The log is not what it was.
    #[error(transparent)]
    Fault(Fault),
}

impl From<Fault> for ReadError {
    fn from(fault: Fault) -> Self {
        match fault.what {
            Wrong::Unreadable(source) if source.kind() == io::ErrorKind::PermissionDenied => {
                Self::Denied { path: fault.place.file, source }
            }
            what => Self::Fault(Fault { what, ..fault }),
        }
    }
}

impl ReadError {
    /// The same, of a log in `root`.
    pub(crate) fn below(self, root: &Path) -> Self {
        match self {
            Self::Denied { path, source } => Self::Denied { path: below(root, &path), source },
            error => error,
        }
    }
}

/// The folder itself has no name in it.
pub(crate) fn below(root: &Path, path: &Path) -> PathBuf {
    if path.as_os_str().is_empty() { root.to_owned() } else { root.join(path) }
}
