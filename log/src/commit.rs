//! Committing: frames become durable, in the order that survives. Whoever holds the committer owns the files.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::checkpoint::SignedCheckpoint;
use crate::compose::Composed;
use crate::disk::{Access, Disk, DiskFile, Readers};
use crate::folder::{self, Folder};
use crate::index::IndexBell;
use crate::lock::Lock;
use crate::place::{LogId, LogIndex, TreeSize};
use crate::segment::{SEAL_BYTES, SEGMENT_HEADER_BYTES, Seal, SegmentHeader};
use crate::tree::RightEdge;
use crate::watermark::{Watermark, WatermarkFile};

/// In `lagged`, the watermark is durable at most this long after the frames it speaks of.
const WATERMARK_LAG: Duration = Duration::from_secs(1);

/// When a commit is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// After its frame and the watermark are durable: whatever is lost later is noticed. For everything live.
    #[default]
    Strict,
    /// After its frame is durable. The watermark is written at once and made durable within a second, at rotation and
    /// at close; until then a tail that loses a sector to a power cut is cut, not reported. For bulk imports, which
    /// can be run again.
    Lagged,
}

/// How large segments are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SegmentSize {
    /// 1, 4 and 16 MiB, then 64 MiB: a small log stays small.
    #[default]
    Growing,
    /// All of this many bytes.
    Bytes(u64),
}

impl SegmentSize {
    /// Of the segment number `ordinal`, from 0.
    pub(crate) fn of_segment(self, ordinal: usize) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Growing => [1 << 20, 4 << 20, 16 << 20].get(ordinal).copied().unwrap_or(64 << 20),
        }
    }
}

/// A commit that is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The index of the first event.
    pub first: LogIndex,
    /// The log's size with the last one.
    pub size: TreeSize,
    /// The time that all of them bear.
    pub recorded_at_ms: i64,
    /// The signed checkpoint at that size.
    pub checkpoint: SignedCheckpoint,
}

/// A frame on its way to the disk, and who waits for it. They may have stopped waiting.
pub(crate) struct Job {
    pub(crate) composed: Composed,
    pub(crate) reply: Sender<Result<Appended, Arc<io::Error>>>,
}

/// The segment that is written to.
pub(crate) struct ActiveSegment {
    file: Box<dyn DiskFile>,
    /// Where the next frame goes.
    offset: u64,
    /// How far blocks are set aside. The last 80 bytes are kept for the seal.
    capacity: u64,
}

/// What it takes to commit.
pub(crate) struct Committer {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) folder: Folder,
    pub(crate) log_id: LogId,
    pub(crate) durability: Durability,
    pub(crate) segment_size: SegmentSize,
    /// `None` between segments: the last one is sealed, the next is made for the next frame.
    pub(crate) active: Option<ActiveSegment>,
    /// How many segments there are.
    pub(crate) segments: usize,
    pub(crate) watermark: WatermarkFile,
    /// Of the last durable frame.
    pub(crate) mark: Watermark,
    /// Since when a mark is written and not synced.
    pub(crate) unsynced_since: Option<Instant>,
    /// Set once, by the first error.
    pub(crate) poison: Poison,
    /// Told of every durable size, if an index follows.
    pub(crate) index: Option<IndexBell>,
    /// Let go last, after the files.
    pub(crate) lock: Lock,
}

/// The first error of the disk, for everybody who would write.
pub(crate) type Poison = Arc<OnceLock<Arc<io::Error>>>;

impl Committer {
    /// How long the watermark may still wait for its sync.
    pub(crate) fn time_left(&self) -> Duration {
        self.unsynced_since.map_or(WATERMARK_LAG, |since| WATERMARK_LAG.saturating_sub(since.elapsed()))
    }

    /// Makes a group durable and answers each; after an error all of it, for we no longer know what the disk holds.
    ///
    /// # Errors
    /// The first error there ever was. Nothing is written after it.
    pub(crate) fn commit(&mut self, group: Vec<Job>) -> Result<(), Arc<io::Error>> {
        let outcome = match self.poison.get() {
            None => self.write_all(group).map_err(|(waiting, error)| (waiting, self.give_up(error))),
            Some(error) => Err((group, Arc::clone(error))),
        };
        outcome.map_err(|(waiting, error)| {
            for job in waiting {
                let _ = job.reply.send(Err(Arc::clone(&error)));
            }
            error
        })
    }

    /// Makes durable what the watermark says.
    ///
    /// # Errors
    /// As of [`Committer::commit`].
    pub(crate) fn catch_up(&mut self) -> Result<(), Arc<io::Error>> {
        match self.poison.get() {
            None => self.sync_watermark().map_err(|error| self.give_up(error)),
            Some(error) => Err(Arc::clone(error)),
        }
    }

    /// Makes the watermark durable in both slots: no single page that is lost puts a log back whose session is over.
    ///
    /// # Errors
    /// As of [`Committer::commit`].
    pub(crate) fn finish(&mut self) -> Result<(), Arc<io::Error>> {
        self.catch_up()?;
        let twice = self.watermark.write(&self.mark).and_then(|()| self.watermark.sync());
        twice.map_err(|error| self.give_up(error))
    }

    fn give_up(&self, error: io::Error) -> Arc<io::Error> {
        Arc::clone(self.poison.get_or_init(|| Arc::new(error)))
    }

    /// Writes the frames of a group with one sync for those that share a segment.
    fn write_all(&mut self, group: Vec<Job>) -> Result<(), (Vec<Job>, io::Error)> {
        // Before a byte is written: another writer's frames may lie where this one's would go.
        if let Err(error) = self.must_be_ours() {
            return Err((group, error));
        }
        let mut written: Vec<Job> = Vec::new();
        let mut group = group.into_iter();
        while let Some(job) = group.next() {
            let outcome =
                self.make_room(&job.composed, &mut written).and_then(|()| self.write(&job.composed));
            written.push(job);
            if let Err(error) = outcome {
                written.extend(group);
                return Err((written, error));
            }
        }
        self.settle(&mut written).map_err(|error| (written, error))
    }

    /// No other writer can have begun: it would have had to lock the key, and to write to the watermark.
    fn must_be_ours(&self) -> io::Result<()> {
        self.lock.must_hold_key(&*self.disk)?;
        self.watermark.must_be_as_left()
    }

    fn write(&mut self, composed: &Composed) -> io::Result<()> {
        let active = self.active.as_mut().expect("room was made for the frame");
        active.file.write_at(&composed.frame, active.offset)?;
        active.offset += composed.frame.len() as u64;
        Ok(())
    }

    /// Makes the written frames durable and says yes to those who wait for them.
    fn settle(&mut self, written: &mut Vec<Job>) -> io::Result<()> {
        let Some(last) = written.last() else { return Ok(()) };
        // A watermark that says nothing must mean that nobody was told of anything.
        let at_once = self.durability == Durability::Strict || self.mark.commit == 0;
        // Entries, payloads and signed checkpoint are one frame. A crash before this line loses nothing we promised.
        self.active.as_ref().expect("frames were written to it").file.sync()?;
        // Before the mark is moved: had another writer begun, its own would be lost, and a mark of frames in a file
        // that lost its name would leave a log that refuses to open.
        self.must_be_ours()?;
        self.lock.must_hold_segment(&*self.disk)?;
        self.mark = mark_after(self.log_id, &last.composed);
        // On disk, not yet promised: open takes in a whole frame above the watermark, and cuts half a one.
        self.watermark.write(&self.mark)?;
        self.unsynced_since.get_or_insert_with(Instant::now);
        if at_once || self.time_left().is_zero() {
            self.sync_watermark()?;
        }
        // Frame and mark are where the next reader and writer find them, whoever put what elsewhere meanwhile.
        self.must_be_ours()?;
        self.lock.must_hold_segment(&*self.disk)?;
        self.lock.must_hold_watermark(&*self.disk)?;
        // Promised. Only now may anyone see this size.
        if let Some(index) = &self.index {
            index.ring(self.mark.size);
        }
        for Job { composed, reply } in written.drain(..) {
            let Composed { first, recorded_at_ms, checkpoint, .. } = composed;
            let size = checkpoint.claim().size;
            let _ = reply.send(Ok(Appended { first, size, recorded_at_ms, checkpoint }));
        }
        Ok(())
    }

    fn sync_watermark(&mut self) -> io::Result<()> {
        if self.unsynced_since.take().is_some() {
            self.watermark.sync()?;
        }
        Ok(())
    }

    /// Sees to it that the frame fits in the active segment, if need be by sealing it and beginning the next.
    fn make_room(&mut self, composed: &Composed, written: &mut Vec<Job>) -> io::Result<()> {
        let frame_bytes = composed.frame.len() as u64;
        match &mut self.active {
            Some(active) if active.offset + frame_bytes + SEAL_BYTES as u64 <= active.capacity => {
                return Ok(());
            }
            // A segment has a frame at least, however large, or two of them would bear one name.
            Some(active) if active.offset == SEGMENT_HEADER_BYTES as u64 => {
                return active.extend(frame_bytes);
            }
            Some(_) => {
                self.settle(written)?;
                self.seal(composed.commit)?;
            }
            None => {}
        }
        self.begin_segment(&composed.edge_before, composed.commit, frame_bytes)
    }

    /// Ends the active segment. A crash anywhere in here leaves a segment that open walks like any last one.
    fn seal(&mut self, next_commit: u64) -> io::Result<()> {
        let active = self.active.take().expect("there is a segment to seal");
        // Neither slot may point below the next segment's first index, or a damaged slot would hide a whole segment.
        self.watermark.advance_both(&self.mark)?;
        self.unsynced_since = None;
        let file_bytes = active.offset + SEAL_BYTES as u64;
        let (size, root) = (self.mark.size, self.mark.root);
        let seal = Seal { log_id: self.log_id, size, root, next_commit, file_bytes };
        seal.write(&*active.file, active.offset)
    }

    /// Makes the next segment: its header is durable before it has its name, and its name before it has a frame.
    fn begin_segment(&mut self, edge: &RightEdge, commit: u64, frame_bytes: u64) -> io::Result<()> {
        let room = (SEGMENT_HEADER_BYTES + SEAL_BYTES) as u64 + frame_bytes;
        let capacity = self.segment_size.of_segment(self.segments).max(room);
        let header = SegmentHeader { log_id: self.log_id, commit, edge: edge.clone() };
        let path = self.folder.join(folder::segment_name(header.first()));
        let new = path.with_added_extension("new");
        let file = self.disk.create(&new, Readers::Anyone)?;
        file.allocate(capacity)?;
        file.write_at(&header.encode(), 0)?;
        file.sync()?;
        // A crash before this line leaves a `.new`, which open removes.
        self.disk.rename(&new, &path)?;
        self.disk.sync_folder(&self.folder.join(folder::SEGMENTS))?;
        self.segments += 1;
        let active = ActiveSegment { file, offset: SEGMENT_HEADER_BYTES as u64, capacity };
        active.watch(&mut self.lock, path)?;
        self.active = Some(active);
        Ok(())
    }
}

impl ActiveSegment {
    /// Opens the last segment to go on at `offset`. Blocks that a cut took away are set aside again.
    pub(crate) fn reopen(disk: &dyn Disk, path: &Path, offset: u64, size: u64) -> io::Result<Self> {
        let file = disk.open(path, Access::Write)?;
        let capacity = file.length()?.max(size).max(offset + SEAL_BYTES as u64);
        if file.length()? < capacity {
            file.allocate(capacity)?;
            file.sync()?;
        }
        Ok(Self { file, offset, capacity })
    }

    /// Has the lock see to it that the file keeps its name.
    pub(crate) fn watch(&self, lock: &mut Lock, path: PathBuf) -> io::Result<()> {
        lock.watch_segment(path, &*self.file)
    }

    fn extend(&mut self, frame_bytes: u64) -> io::Result<()> {
        self.capacity = self.offset + frame_bytes + SEAL_BYTES as u64;
        self.file.allocate(self.capacity)
    }
}

/// The watermark once this frame is durable.
fn mark_after(log_id: LogId, composed: &Composed) -> Watermark {
    let claim = composed.checkpoint.claim();
    Watermark { log_id, size: claim.size, root: claim.root, commit: composed.commit }
}
