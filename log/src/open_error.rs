//! Why a log was not opened, or not made.

use std::io;
use std::path::{Path, PathBuf};

use crate::append_error::AppendError;
use crate::fault::{Fault, shown};
use crate::hotkey::Hotkey;
use crate::lock::LockError;
use crate::note::NoteError;
use crate::read_error::{ReadError, below};

/// Why a log was not opened, or not made. Nothing was changed unless a variant says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No log lies here.
    #[error("there is no log in {}; `annals init` makes one", shown(.0))]
    NoLog(PathBuf),
    /// Something lies here already.
    #[error("{} is not empty; a log is made in a folder of its own", shown(.0))]
    NotEmpty(PathBuf),
    /// `init` was cut off before entry 0 was durable.
    #[error(
        "making the log in {} was interrupted before its first entry; remove the folder and run `annals init` again",
        shown(.0)
    )]
    Interrupted(PathBuf),
    /// Another process writes.
    #[error("the log is held by another writer: {0}")]
    Held(String),
    /// Whoever asks may not read it, or not write it.
    #[error("{}: {source}: whoever owns the log may record to it", shown(path))]
    Denied {
        /// What could not be opened.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The log is not what it was.
    #[error("{0}")]
    Fault(Fault),
    /// The clock is behind the log.
    #[error(
        "the last entry was recorded {ahead_s} s ahead of this machine's clock: set the clock, or, if it is right and was \
         wrong then, say --clock-is-right, which is recorded"
    )]
    ClockBehind {
        /// How far.
        ahead_s: i64,
    },
    /// A fixed clock on a log that is no fixture.
    #[error("only a log whose entry 0 says `fixture` may have a fixed clock")]
    NotAFixture,
    /// It has another hotkey.
    #[error("entry 0 names the hotkey {named}, and this is {held}: a log keeps the hotkey it was made with")]
    OtherHotkey {
        /// By entry 0.
        named: Hotkey,
        /// The one in [`crate::Options::hotkey`].
        held: Hotkey,
    },
    /// The origin makes no key name.
    #[error("origin: {0}")]
    Origin(#[source] NoteError),
    /// The disk failed. What was being mended is mended again at the next open.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// What the disk said.
        source: io::Error,
    },
    /// The log is sound, and the entry that says who opened it could not be appended.
    #[error(transparent)]
    Append(#[from] AppendError),
}

impl OpenError {
    /// The same, of a log in `root`.
    pub(crate) fn below(self, root: &Path) -> Self {
        match self {
            Self::Denied { path, source } => Self::Denied { path: below(root, &path), source },
            error => error,
        }
    }
}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        ReadError::from(fault).into()
    }
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Denied { path, source } => Self::Denied { path, source },
            ReadError::NoLog(root) => Self::NoLog(root),
            ReadError::Interrupted(root) => Self::Interrupted(root),
            ReadError::Fault(fault) => Self::Fault(fault),
            ReadError::BeyondEnd { .. } | ReadError::InsideCommit { .. } => {
                unreachable!("open reads up to the watermark, which stands where a commit ends")
            }
        }
    }
}

impl From<LockError> for OpenError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Held(by) => Self::Held(by),
            LockError::Key(fault) => fault.into(),
        }
    }
}

pub(crate) fn io_while(what: &'static str) -> impl Fn(io::Error) -> OpenError {
    move |source| OpenError::Io { what, source }
}
