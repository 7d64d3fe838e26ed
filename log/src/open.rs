//! Opening to write: make sure that nothing below the watermark is missing, then take in or cut what lies beyond it.
//! Everything is looked at before anything is written, so a log that is refused is left as it was found.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::clock::Clock;
use crate::codec;
use crate::commit::{Committer, Poison};
use crate::compose::Composer;
use crate::disk::{Disk, read_small};
use crate::entry::Body;
use crate::event::{ClockStepped, Fact as _, LogOpened};
use crate::fault::{Fault, Wrong, shown};
use crate::folder::{self, Folder};
use crate::hotkey::{Hotkey, HotkeySigner};
use crate::last_segment::LastSegment;
use crate::lock::{Lock, LockError};
use crate::log::{AppendError, Options};
use crate::note::{NoteError, NoteSigner, Vkey};
use crate::presence::{Presence, is_absent};
use crate::published;
use crate::reader::{ReadError, Reader, below};
use crate::scrub::Scrub;
use crate::watermark::{Watermark, WatermarkFile};

/// A clock that is further behind the log than this is set wrong.
const CLOCK_BEHIND_MAX_MS: i64 = 10 * 60 * 1000;
const KEY_FILE_BYTES_MAX: u64 = 4096;

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
        /// In [`Options::hotkey`].
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

/// A log that is ready to be written.
pub(crate) struct Opening {
    pub(crate) opened: LogOpened,
    pub(crate) composer: Composer,
    pub(crate) committer: Committer,
    pub(crate) mended: Mended,
    /// Of a log that is too long to be held to its root before.
    pub(crate) scrub: Option<Scrub>,
}

/// What opening a log mended: what a crash had left beyond the watermark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mended {
    /// Entries that lay there whole and were taken in.
    pub adopted_entries: u64,
    /// Bytes behind them that were no frame that follows, and were cut.
    pub cut_bytes: u64,
    /// The file that keeps them, relative to the log's folder.
    pub kept: Option<PathBuf>,
}

impl Opening {
    pub(crate) fn of(root: &Path, options: &Options) -> Result<Self, OpenError> {
        let (disk, folder) = (&options.disk, Folder::new(root));
        if is_absent(&**disk, &folder)? {
            return Err(OpenError::NoLog(root.to_owned()));
        }
        folder::refuse_links(&**disk, &folder)?;
        let mut lock = match Lock::take(&**disk, &folder) {
            // `init` writes the key first: without it there is only the beginning of a log, unless somebody took it away.
            Err(LockError::Key(_)) if matches!(Presence::of(&**disk, &folder)?, Presence::Interrupted) => {
                return Err(OpenError::Interrupted(root.to_owned()));
            }
            taken => taken?,
        };
        let mut reader = Reader::at_watermark(disk, root)?;
        let opened = reader.opened().clone();
        if !options.clock.is_real() && !opened.fixture {
            return Err(OpenError::NotAFixture);
        }
        let hotkey = held_hotkey(reader.hotkey(), options.hotkey.clone())?;
        let signer = read_key(&**disk, &folder, reader.vkey())?;
        let last = LastSegment::walk(&**disk, &folder, reader.survey(), reader.keys())?;
        let recorded_at_ms = last.chain.recorded_at_ms.unwrap_or(reader.recorded_at_ms());
        if let Err(behind) = check_clock(&options.clock, recorded_at_ms)
            && !options.clock_is_right
            && !says_that_the_clock_went_back(&reader, options.clock.now_ms())?
        {
            return Err(behind);
        }
        published::check(&**disk, &folder, &mut reader, last.chain.edge.size(), &last.roots)?;
        let is_short = reader.size().0 <= options.held_at_open_max;
        if is_short {
            reader.hold_to_root()?;
        }

        // From here on the disk is changed. What fails half-way is done again by the next open.
        lock.say(&folder, &options.recorder).map_err(io_while("saying in LOCK who records"))?;
        let survey = reader.survey();
        let mended = last.mend(&**disk, &folder, survey, reader.keys())?;
        let log_id = survey.mark.log_id;
        let mark = Watermark {
            log_id,
            size: last.chain.edge.size(),
            root: last.chain.edge.root(),
            commit: last.chain.commit - 1,
        };
        let mut watermark =
            WatermarkFile::open(&**disk, root, &survey.slots).map_err(io_while("opening the watermark"))?;
        if mark != survey.mark || survey.slots.damaged().is_some() {
            watermark.advance_both(&mark).map_err(io_while("moving the watermark"))?;
        }
        let active = last
            .reopen(&**disk, &folder, survey, options.segment_size)
            .map_err(io_while("opening the last segment"))?;
        watermark.watch(&mut lock, root).map_err(io_while("opening the watermark"))?;
        if let Some(active) = &active {
            let path = folder.join(survey.last().name());
            active.watch(&mut lock, path).map_err(io_while("opening the last segment"))?;
        }
        Ok(Self {
            opened,
            composer: Composer {
                log_id,
                signer,
                hotkey,
                edge: last.chain.edge,
                commit: last.chain.commit,
                recorded_at_ms,
                stored: last.stored,
            },
            committer: Committer {
                disk: Arc::clone(disk),
                folder,
                log_id,
                durability: options.durability,
                segment_size: options.segment_size,
                active,
                segments: survey.segments.len(),
                watermark,
                mark,
                unsynced_since: None,
                poison: Poison::default(),
                index: None,
                lock,
            },
            mended,
            scrub: (!is_short).then(|| Scrub::start(reader)),
        })
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

pub(crate) fn read_key(disk: &dyn Disk, folder: &Folder, vkey: &Vkey) -> Result<NoteSigner, Fault> {
    let at = |wrong: Wrong| wrong.at(folder::KEY_FILE, None);
    let text = read_small(disk, &folder.join(folder::KEY_FILE), KEY_FILE_BYTES_MAX)
        .map_err(|error| at(Wrong::Unreadable(error)))?;
    let text = String::from_utf8(text).map_err(|_| at(Wrong::NotThis("a key file")))?;
    let signer = NoteSigner::from_secret_text(&text).map_err(|error| at(Wrong::Note(error)))?;
    if signer.vkey() == vkey { Ok(signer) } else { Err(at(Wrong::OtherKey { expected: vkey.to_string() })) }
}

/// The hotkey that is to sign, if it is the log's.
fn held_hotkey(
    named: Option<&Hotkey>,
    held: Option<HotkeySigner>,
) -> Result<Option<HotkeySigner>, OpenError> {
    match (named, held) {
        (Some(named), Some(held)) if held.hotkey() != named => {
            Err(OpenError::OtherHotkey { named: named.clone(), held: held.hotkey().clone() })
        }
        // Nobody would look for its signatures.
        (None, _) => Ok(None),
        (Some(_), held) => Ok(held),
    }
}

fn check_clock(clock: &Clock, recorded_at_ms: i64) -> Result<(), OpenError> {
    let ahead_ms = recorded_at_ms.saturating_sub(clock.now_ms());
    if ahead_ms > CLOCK_BEHIND_MAX_MS {
        Err(OpenError::ClockBehind { ahead_s: ahead_ms / 1000 })
    } else {
        Ok(())
    }
}

/// The log is ahead because its clock was put back while it was recorded, which its last segment says: no operator has to say
/// it once more. A clock that is behind even that is another one.
fn says_that_the_clock_went_back(reader: &Reader, now_ms: i64) -> Result<bool, ReadError> {
    let mut last: Option<ClockStepped> = None;
    let mut scan = reader.scan(reader.survey().last().first()..reader.size().next_index());
    while let Some(frame) = scan.next_frame()? {
        for (index, entry) in frame.entries() {
            let envelope = reader.envelope(index, entry)?;
            if let (Body::Inline(body), true) = (&envelope.body, envelope.kind == ClockStepped::KIND) {
                last = codec::decode(body).ok().or(last);
            }
        }
    }
    Ok(last.is_some_and(|step| step.to_ms < step.from_ms && step.to_ms <= now_ms))
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
