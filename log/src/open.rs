//! Opening to write: make sure that nothing below the watermark is missing, then take in or cut what lies beyond it.
//! Everything is looked at before anything is written, so a log that is refused is left as it was found.

use std::path::Path;
use std::sync::Arc;

use crate::clock::Clock;
use crate::codec;
use crate::commit::{Committer, Poison};
use crate::compose::Composer;
use crate::disk::Disk;
use crate::entry::Body;
use crate::event::{ClockStepped, Fact as _, LogOpened};
use crate::folder::{self, Folder};
use crate::hotkey::{Hotkey, HotkeySigner};
use crate::key_file::read_key;
use crate::last_segment::{LastSegment, Mended};
use crate::lock::{Lock, LockError};
use crate::open_error::{OpenError, io_while};
use crate::options::Options;
use crate::presence::{Presence, is_absent};
use crate::publish;
use crate::read_error::ReadError;
use crate::reader::Reader;
use crate::scrub::Scrub;
use crate::vkey::NoteSigner;
use crate::watermark::{Watermark, WatermarkFile};

/// A clock that is further behind the log than this is set wrong.
const CLOCK_BEHIND_MAX_MS: i64 = 10 * 60 * 1000;

/// A log that is ready to be written.
pub(crate) struct Opening {
    pub(crate) opened: LogOpened,
    pub(crate) composer: Composer,
    pub(crate) committer: Committer,
    pub(crate) mended: Mended,
    /// Of a log that is too long to be held to its root before.
    pub(crate) scrub: Option<Scrub>,
}

/// A log that may be opened, as it was found: nothing was changed yet.
struct Found {
    folder: Folder,
    lock: Lock,
    reader: Reader,
    signer: NoteSigner,
    hotkey: Option<HotkeySigner>,
    last: LastSegment,
    /// When the last entry was recorded.
    recorded_at_ms: i64,
    /// Every entry was hashed; a longer log is left to [`Scrub`].
    is_held_to_root: bool,
}

impl Opening {
    pub(crate) fn of(root: &Path, options: &Options) -> Result<Self, OpenError> {
        let folder = Folder::new(root);
        let lock = take_lock(&*options.disk, &folder)?;
        let found = Found::of(folder, lock, options)?;
        // From here on the disk is changed. What fails half-way is done again by the next open.
        found.make_ready(options)
    }
}

/// Locks a log that is there and whose folders are its own.
fn take_lock(disk: &dyn Disk, folder: &Folder) -> Result<Lock, OpenError> {
    if is_absent(disk, folder)? {
        return Err(OpenError::NoLog(folder.root().to_owned()));
    }
    folder::refuse_links(disk, folder)?;
    match Lock::take(disk, folder) {
        // `init` writes the key first: without it there is only the beginning of a log, unless somebody took it away.
        Err(LockError::Key(_)) if matches!(Presence::of(disk, folder)?, Presence::Interrupted) => {
            Err(OpenError::Interrupted(folder.root().to_owned()))
        }
        taken => Ok(taken?),
    }
}

impl Found {
    /// Looks at everything that could refuse to be opened.
    fn of(folder: Folder, lock: Lock, options: &Options) -> Result<Self, OpenError> {
        let disk = &*options.disk;
        let mut reader = Reader::at_watermark(&options.disk, folder.root())?;
        if !options.clock.is_real() && !reader.opened().fixture {
            return Err(OpenError::NotAFixture);
        }
        let hotkey = held_hotkey(reader.hotkey(), options.hotkey.clone())?;
        let signer = read_key(disk, &folder, reader.vkey())?;
        let last = LastSegment::walk(disk, &folder, reader.survey(), reader.keys())?;
        let recorded_at_ms = last.chain.recorded_at_ms.unwrap_or(reader.recorded_at_ms());
        if let Err(behind) = check_clock(&options.clock, recorded_at_ms)
            && !options.clock_is_right
            && !says_that_the_clock_went_back(&reader, options.clock.now_ms())?
        {
            return Err(behind);
        }
        publish::check(disk, &folder, &mut reader, last.chain.edge.size(), &last.roots)?;
        let is_held_to_root = reader.size().0 <= options.held_at_open_max;
        if is_held_to_root {
            reader.hold_to_root()?;
        }
        Ok(Self { folder, lock, reader, signer, hotkey, last, recorded_at_ms, is_held_to_root })
    }

    /// Mends what lies beyond the watermark, and goes on behind it.
    fn make_ready(mut self, options: &Options) -> Result<Opening, OpenError> {
        let (disk, survey) = (&*options.disk, self.reader.survey());
        self.lock.say(&self.folder, &options.recorder).map_err(io_while("saying in LOCK who records"))?;
        let mended = self.last.mend(disk, &self.folder, survey, self.reader.keys())?;
        let (watermark, mark) = self.move_watermark()?;
        let active = self
            .last
            .reopen(disk, &self.folder, survey, options.segment_size)
            .map_err(io_while("opening the last segment"))?;
        watermark.watch(&mut self.lock, self.folder.root()).map_err(io_while("opening the watermark"))?;
        if let Some(active) = &active {
            let path = self.folder.join(survey.last().name());
            active.watch(&mut self.lock, path).map_err(io_while("opening the last segment"))?;
        }
        let committer = Committer {
            disk: Arc::clone(&options.disk),
            folder: self.folder,
            log_id: mark.log_id,
            durability: options.durability,
            segment_size: options.segment_size,
            active,
            segments: survey.segments.len(),
            watermark,
            mark,
            unsynced_since: None,
            poison: Poison::default(),
            index: None,
            lock: self.lock,
        };
        let composer = Composer {
            log_id: mark.log_id,
            signer: self.signer,
            hotkey: self.hotkey,
            edge: self.last.chain.edge,
            commit: self.last.chain.commit,
            recorded_at_ms: self.recorded_at_ms,
            stored: self.last.stored,
        };
        let opened = self.reader.opened().clone();
        let scrub = if self.is_held_to_root { None } else { Some(Scrub::start(self.reader)) };
        Ok(Opening { opened, composer, committer, mended, scrub })
    }

    /// Writes where the log ends, unless both slots of the watermark say so.
    fn move_watermark(&self) -> Result<(WatermarkFile, Watermark), OpenError> {
        let (survey, chain) = (self.reader.survey(), &self.last.chain);
        let mark = Watermark {
            log_id: survey.mark.log_id,
            size: chain.edge.size(),
            root: chain.edge.root(),
            commit: chain.commit - 1,
        };
        let (disk, folder) = self.reader.files();
        let mut watermark = WatermarkFile::open(disk, folder.root(), &survey.slots)
            .map_err(io_while("opening the watermark"))?;
        if mark != survey.mark || survey.slots.damaged().is_some() {
            watermark.advance_both(&mark).map_err(io_while("moving the watermark"))?;
        }
        Ok((watermark, mark))
    }
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

/// Whether the last segment says that the clock was put back while it was recorded: then the log is ahead for a known
/// reason, and the operator need not confirm it. A clock that is behind even that one is wrong.
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
