//! Opening to write: make sure that nothing below the watermark is missing, then take in or cut what lies beyond it.
//! Everything is looked at before anything is written, so a log that is refused is left as it was found.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::chain::{Chain, Signatures};
use crate::clock::Clock;
use crate::commit::{ActiveSegment, Committer, Poison};
use crate::compose::{Composer, StoredPayloads};
use crate::disk::{Access, Disk, DiskFile, read_small};
use crate::event::LogOpened;
use crate::fault::{Fault, Wrong, same_number, same_root};
use crate::folder::{self, Folder};
use crate::hash::Hash;
use crate::lock::{Lock, LockError};
use crate::log::{OpenError, Options};
use crate::note::{NoteSigner, Vkey};
use crate::place::TreeSize;
use crate::presence::Presence;
use crate::published;
use crate::reader::Reader;
use crate::segment::{FrameHeader, Head, SegmentWalk};
use crate::survey::{Survey, shorter};
use crate::watermark::{Watermark, WatermarkFile};

/// A clock that is further behind the log than this is set wrong.
const CLOCK_BEHIND_MAX_MS: i64 = 10 * 60 * 1000;
const KEY_FILE_BYTES_MAX: u64 = 4096;

/// A log that is ready to be written.
pub(crate) struct Opening {
    pub(crate) lock: Lock,
    pub(crate) opened: LogOpened,
    pub(crate) composer: Composer,
    pub(crate) committer: Committer,
    pub(crate) adopted_entries: u64,
    pub(crate) cut_bytes: u64,
}

/// The last segment, walked to its end.
struct LastSegment {
    /// Behind the last frame that follows, adopted ones included.
    chain: Chain,
    end_offset: u64,
    /// Frames beyond the watermark that follow and verify.
    adopted: Vec<(u64, FrameHeader)>,
    /// The seal is behind the last frame: the next segment was about to begin.
    sealed_bytes: Option<u64>,
    /// The root at each size where a frame of it ends.
    roots: BTreeMap<TreeSize, Hash>,
    stored: StoredPayloads,
}

impl Opening {
    pub(crate) fn of(root: &Path, options: &Options) -> Result<Self, OpenError> {
        let (disk, folder) = (&options.disk, Folder::new(root));
        if matches!(Presence::of(&**disk, &folder), Ok(Presence::Absent)) {
            return Err(OpenError::NoLog(root.to_owned()));
        }
        let lock = take_lock(&folder, &options.recorder)?;
        let mut reader = Reader::at_watermark(disk, root)?;
        let opened = reader.opened().clone();
        if matches!(options.clock, Clock::Fixed(_)) && !opened.fixture {
            return Err(OpenError::NotAFixture);
        }
        let signer = read_key(&**disk, &folder, reader.vkey())?;
        let last = LastSegment::walk(&**disk, &folder, reader.survey(), reader.vkey())?;
        let recorded_at_ms = last.chain.recorded_at_ms.unwrap_or(reader.recorded_at_ms());
        check_clock(&options.clock, recorded_at_ms)?;
        published::check(&**disk, &folder, &mut reader, last.chain.edge.size(), &last.roots)?;

        // From here on the disk is changed. What fails half-way is done again by the next open.
        let survey = reader.survey();
        let mended = last.mend(&**disk, &folder, survey, reader.vkey())?;
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
        let active =
            last.reopen(disk, &folder, survey, options).map_err(io_while("opening the last segment"))?;
        Ok(Self {
            lock,
            opened,
            composer: Composer {
                log_id,
                signer,
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
            },
            adopted_entries: mark.size.0 - survey.mark.size.0,
            cut_bytes: mended,
        })
    }
}

impl LastSegment {
    fn walk(disk: &dyn Disk, folder: &Folder, survey: &Survey, vkey: &Vkey) -> Result<Self, Fault> {
        let segment = survey.last();
        let mut walk = segment.walk(disk, folder, SegmentWalk::WHOLE)?;
        let mut last = Self {
            chain: Chain::at_start_of(&segment.header),
            end_offset: walk.offset(),
            adopted: Vec::new(),
            sealed_bytes: None,
            roots: BTreeMap::new(),
            stored: StoredPayloads::default(),
        };
        while last.chain.edge.size() < survey.mark.size {
            let Head::Frame(header) = walk.head()? else {
                return Err(walk.fault(shorter(&survey.mark, last.chain.edge.size())));
            };
            last.take(&mut walk, header, vkey, Signatures::Last)?;
        }
        same_root("the watermark", survey.mark.root, last.chain.edge.root())
            .and_then(|()| {
                same_number("the watermark's commit number", last.chain.commit - 1, survey.mark.commit)
            })
            .map_err(|wrong| walk.fault(wrong))?;
        last.walk_beyond_watermark(&mut walk, vkey);
        Ok(last)
    }

    /// Takes in what follows and verifies; the first thing that does not ends it, for it was never promised.
    fn walk_beyond_watermark(&mut self, walk: &mut SegmentWalk, vkey: &Vkey) {
        loop {
            match walk.head() {
                Ok(Head::Frame(header)) => {
                    let (offset, before) = (walk.offset(), self.chain.clone());
                    if self.take(walk, header, vkey, Signatures::All).is_err() {
                        self.chain = before;
                        return;
                    }
                    self.adopted.push((offset, header));
                }
                Ok(Head::Seal(seal)) => {
                    let follows = seal.size == self.chain.edge.size()
                        && seal.root == self.chain.edge.root()
                        && seal.next_commit == self.chain.commit;
                    self.sealed_bytes = follows.then_some(seal.file_bytes);
                    return;
                }
                Ok(Head::Nothing) | Err(_) => return,
            }
        }
    }

    fn take(
        &mut self,
        walk: &mut SegmentWalk,
        header: FrameHeader,
        vkey: &Vkey,
        signatures: Signatures,
    ) -> Result<(), Fault> {
        let (offset, name) = (walk.offset(), walk.name().to_owned());
        let frame = walk.take(header)?;
        self.chain.follow(&frame, vkey, signatures, |_, _| {}).map_err(|wrong| wrong.at(name, offset))?;
        self.stored.remember(header.first, frame.payloads());
        self.roots.insert(header.size(), frame.checkpoint().claim().root);
        self.end_offset = walk.offset();
        Ok(())
    }

    /// Makes the disk agree with what was decided: frames that were taken in are written again and read back, what
    /// follows them is zeroed, leftovers of an interrupted rotation go. Returns how many bytes were cut.
    fn mend(&self, disk: &dyn Disk, folder: &Folder, survey: &Survey, vkey: &Vkey) -> Result<u64, OpenError> {
        let path = folder.join(survey.last().name());
        remove_leftovers(disk, folder).map_err(io_while("removing what an interrupted rotation left"))?;
        self.adopt(disk, folder, survey, vkey)?;
        let file = disk.open(&path, Access::Write).map_err(io_while("opening the last segment"))?;
        if let Some(file_bytes) = self.sealed_bytes {
            finish_seal(&*file, file_bytes).map_err(io_while("finishing the seal of the last segment"))?;
            return Ok(0);
        }
        zero_from(&*file, self.end_offset).map_err(io_while("zeroing the rest of an interrupted append"))
    }

    /// Only a write that is synced and then read from the disk itself says that a frame is there: after an error the
    /// kernel has marked the pages of the first try as clean, and a second sync of them proves nothing.
    fn adopt(&self, disk: &dyn Disk, folder: &Folder, survey: &Survey, vkey: &Vkey) -> Result<(), OpenError> {
        let Some((start, _)) = self.adopted.first() else { return Ok(()) };
        let mut walk = survey.last().walk(disk, folder, SegmentWalk::WHOLE)?;
        let what = "writing the frames beyond the watermark again";
        let file = disk.open(&folder.join(survey.last().name()), Access::Write).map_err(io_while(what))?;
        for (offset, header) in &self.adopted {
            walk.seek(*offset);
            file.write_at(walk.raw(header)?, *offset).map_err(io_while(what))?;
        }
        file.sync().and_then(|()| file.forget_cached()).map_err(io_while(what))?;

        let mut walk = survey.last().walk(disk, folder, SegmentWalk::WHOLE)?;
        walk.seek(*start);
        for (offset, header) in &self.adopted {
            let root = self.roots[&header.size()];
            let frame = walk.take(*header)?;
            same_root("the frame, read back,", root, frame.checkpoint().claim().root)
                .and_then(|()| frame.checkpoint().verify(vkey).map(|_| ()).map_err(Wrong::Note))
                .map_err(|wrong| wrong.at(survey.last().name(), *offset))?;
        }
        Ok(())
    }

    fn reopen(
        &self,
        disk: &Arc<dyn Disk>,
        folder: &Folder,
        survey: &Survey,
        options: &Options,
    ) -> io::Result<Option<ActiveSegment>> {
        if self.sealed_bytes.is_some() {
            return Ok(None);
        }
        let path = folder.join(survey.last().name());
        let size = options.segment_size.of_last(survey.segments.len());
        ActiveSegment::reopen(&**disk, &path, self.end_offset, size).map(Some)
    }
}

pub(crate) fn take_lock(folder: &Folder, recorder: &str) -> Result<Lock, OpenError> {
    Lock::take(folder.root(), recorder).map_err(|error| match error {
        LockError::Held(by) => OpenError::Held(by),
        LockError::Io(error) => io_while("taking the lock")(error),
    })
}

pub(crate) fn io_while(what: &'static str) -> impl Fn(io::Error) -> OpenError {
    move |source| OpenError::Io { what, source }
}

fn read_key(disk: &dyn Disk, folder: &Folder, vkey: &Vkey) -> Result<NoteSigner, Fault> {
    let at = |wrong: Wrong| wrong.at(folder::KEY_FILE, None);
    let text = read_small(disk, &folder.join(folder::KEY_FILE), KEY_FILE_BYTES_MAX)
        .map_err(|error| at(Wrong::Unreadable(error)))?;
    let text = String::from_utf8(text).map_err(|_| at(Wrong::NotThis("a key file")))?;
    let signer = NoteSigner::from_secret_text(&text).map_err(|error| at(Wrong::Note(error)))?;
    if signer.vkey() == vkey { Ok(signer) } else { Err(at(Wrong::OtherKey { expected: vkey.to_string() })) }
}

fn check_clock(clock: &Clock, recorded_at_ms: i64) -> Result<(), OpenError> {
    let ahead_ms = recorded_at_ms.saturating_sub(clock.now_ms());
    if ahead_ms > CLOCK_BEHIND_MAX_MS {
        Err(OpenError::ClockBehind { ahead_s: ahead_ms / 1000 })
    } else {
        Ok(())
    }
}

/// A `.new` was never part of the log: it gets its name only when it is durable.
fn remove_leftovers(disk: &dyn Disk, folder: &Folder) -> io::Result<()> {
    for place in [folder::SEGMENTS, folder::KEYS, folder::PUBLISHED, ""] {
        let place = folder.join(place);
        for name in disk.list(&place)?.iter().filter(|name| name.ends_with(".new")) {
            disk.remove(&place.join(name))?;
        }
    }
    Ok(())
}

fn finish_seal(file: &dyn DiskFile, file_bytes: u64) -> io::Result<()> {
    if file.length()? != file_bytes {
        file.set_len(file_bytes)?;
        file.sync()?;
    }
    Ok(())
}

/// Zeroes from `start` to the last byte that is not zero, and says how many bytes that were.
fn zero_from(file: &dyn DiskFile, start: u64) -> io::Result<u64> {
    const CHUNK: usize = 1 << 20;
    let length = file.length()?;
    let mut buffer = vec![0; CHUNK];
    let mut end = start;
    let mut at = start;
    while at < length {
        let chunk = &mut buffer[..usize::try_from(length - at).map_or(CHUNK, |left| left.min(CHUNK))];
        file.read_exact_at(chunk, at)?;
        if let Some(last) = chunk.iter().rposition(|&byte| byte != 0) {
            end = at + last as u64 + 1;
        }
        at += chunk.len() as u64;
    }
    let zeros = vec![0; CHUNK];
    let mut at = start;
    while at < end {
        let chunk = usize::try_from(end - at).map_or(CHUNK, |left| left.min(CHUNK));
        file.write_at(&zeros[..chunk], at)?;
        at += chunk as u64;
    }
    if end > start {
        file.sync()?;
    }
    Ok(end - start)
}
