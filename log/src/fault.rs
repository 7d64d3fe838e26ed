//! Faults: what is wrong with a log on disk, where, and what that means.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::entry::EntryError;
use crate::hash::Hash;
use crate::note::NoteError;
use crate::place::{LogId, LogIndex, TreeSize};

/// Something in a log's folder that is missing or not as it was written. Whoever meets one changes nothing.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What.
    #[source]
    pub what: Wrong,
}

/// A file of the log, and the byte in it where the trouble begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Relative to the log's folder.
    pub file: PathBuf,
    /// From the start of the file; `None` when the file as a whole is meant.
    pub offset: Option<u64>,
}

/// What is wrong at a place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say what each is, in the same words")]
pub enum Wrong {
    #[error("missing")]
    Missing,
    #[error("unreadable: {0}")]
    Unreadable(#[source] io::Error),
    #[error("not {0}: the first bytes are others")]
    NotThis(&'static str),
    #[error("the checksum of the {0} does not match; bytes have changed since they were written")]
    Checksum(&'static str),
    #[error("format version {found} is unknown here (known: {known}); a newer annals may read it")]
    UnknownVersion { found: u32, known: u32 },
    #[error("belongs to log {found}, this is log {expected}: a file of another log lies here")]
    OtherLog { expected: LogId, found: LogId },
    #[error("{what} is {found}, it should be {expected}")]
    Number { what: &'static str, expected: u64, found: u64 },
    #[error("{what} has root {found}, it should be {expected}")]
    Root { what: &'static str, expected: Hash, found: Hash },
    #[error("does not hold together: {0}")]
    Malformed(&'static str),
    #[error("ends inside the {0}")]
    Cut(&'static str),
    #[error("entry {index}: {error}")]
    Entry { index: LogIndex, error: EntryError },
    #[error("entry {index} {what}")]
    Vouched { index: LogIndex, what: &'static str },
    #[error("payload {digest} {what}")]
    Payload { digest: Hash, what: &'static str },
    #[error("checkpoint: {0}")]
    Note(#[source] NoteError),
    #[error("the log ends at size {found}, {expected} is known to have been durable: entries {found} to {last} are lost",
            last = expected.0 - 1)]
    Shorter { expected: TreeSize, found: TreeSize },
    #[error(
        "a checkpoint of size {published} was handed out, the log has {size}: an older state was put back"
    )]
    RolledBack { published: TreeSize, size: TreeSize },
    #[error("a checkpoint was handed out for size {0}, where no commit of this log ends")]
    NoSuchCheckpoint(TreeSize),
    #[error("both slots are damaged or missing: what was durable is unknown")]
    WatermarkLost,
    #[error(
        "the log goes on beyond the watermark, to size {size}: a crash left this, and the next start of the recorder \
         takes it in; or an older watermark was put back"
    )]
    BeyondWatermark { size: TreeSize },
    #[error(
        "the log goes on beyond the watermark's size {mark}, to size {size}, and entries there were acknowledged: an older \
         watermark was put back, the folder was copied while the log grew, or power failed in a bulk import. Copy it again, \
         or start the recorder, which takes them in"
    )]
    AcknowledgedBeyond { mark: TreeSize, size: TreeSize },
    #[error(
        "no sound frame is here, and frames beyond it, to size {size}, are whole: a power cut may leave this, and the next \
         start of the recorder cuts it and keeps it in cut/; or an older watermark was put back"
    )]
    DamagedBeyond { size: TreeSize },
    #[error(
        "no sound frame is here, and frames beyond it, to size {size}, are whole and were acknowledged: an older watermark \
         was put back, or the disk lost a frame that it had made durable. Nothing was changed: put back the file as it was"
    )]
    LostBeyond { size: TreeSize },
    #[error("says that nothing was ever recorded, and the log holds more: an older watermark was put back")]
    WatermarkBehind,
    #[error(
        "slot {slot} is damaged: the log may go on past size {size}; the next start of the recorder mends it"
    )]
    SlotDamaged { slot: char, size: TreeSize },
    #[error(
        "the log's key signed two histories of size {size}: this is a checkpoint of one, and another one lies here, too. \
         Whoever has both can prove it; keep both, find out which one is this log's, and take the other away"
    )]
    Fork { size: TreeSize },
    #[error(
        "it is a link, and annals writes into no folder of a log through one: put the folder itself here, or mount it"
    )]
    Linked,
    #[error("the key is not the one that entry 0 names ({expected})")]
    OtherKey { expected: String },
}

impl Fault {
    /// The log may be sound: whoever asks may not see.
    pub fn is_denied(&self) -> bool {
        matches!(&self.what, Wrong::Unreadable(error) if error.kind() == io::ErrorKind::PermissionDenied)
    }
}

impl Fault {
    /// Whether the log is damaged. A file that cannot be opened or read just now says nothing of what is in it,
    /// unless the disk says that it has lost it.
    pub(crate) fn is_damage(&self) -> bool {
        match &self.what {
            Wrong::Unreadable(error) => error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()),
            _ => true,
        }
    }
}

impl Wrong {
    /// This, at a place.
    pub(crate) fn at(self, file: impl Into<PathBuf>, offset: impl Into<Option<u64>>) -> Fault {
        Fault { place: Place { file: file.into(), offset: offset.into() }, what: self }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.file))?;
        match self.offset {
            Some(offset) => write!(f, " at byte {offset}"),
            None => Ok(()),
        }
    }
}

/// A path in one line: names of files may come from anybody.
pub(crate) fn shown(path: &Path) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    path.to_string_lossy().chars().map(escaped).collect()
}

/// `found` must be `expected`.
pub(crate) fn same_number(what: &'static str, expected: u64, found: u64) -> Result<(), Wrong> {
    if found == expected { Ok(()) } else { Err(Wrong::Number { what, expected, found }) }
}

/// `found` must be `expected`.
pub(crate) fn same_root(what: &'static str, expected: Hash, found: Hash) -> Result<(), Wrong> {
    if found == expected { Ok(()) } else { Err(Wrong::Root { what, expected, found }) }
}

/// `found` must be `expected`.
pub(crate) fn same_log(expected: LogId, found: LogId) -> Result<(), Wrong> {
    if found == expected { Ok(()) } else { Err(Wrong::OtherLog { expected, found }) }
}
