//! Readers: any number of processes, without a lock, up to the watermark, and they never write.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::checkpoint::SignedCheckpoint;
use crate::disk::Disk;
use crate::entry::Envelope;
use crate::event::LogOpened;
use crate::fault::{Fault, Wrong, same_root};
use crate::folder::{self, Folder};
use crate::hash::Hash;
use crate::hotkey::Hotkey;
use crate::index::FramePlace;
use crate::opened::log_opened;
use crate::place::{LogIndex, TreeSize};
use crate::presence::Presence;
use crate::proof::SignedEvent;
use crate::public_keys::PublicKeys;
use crate::read_error::ReadError;
use crate::segment::{Expander, Frame, FrameHeader, Head, SegmentWalk};
use crate::survey::{Survey, shorter};
use crate::tree::{InclusionPath, RightEdge};
use crate::vkey::Vkey;
use crate::watermark::Watermark;

/// A log, open to read as it stood when it was opened, or when the reader last went on: see [`Reader::advance`].
pub struct Reader {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) folder: Folder,
    pub(crate) survey: Survey,
    opened: LogOpened,
    pub(crate) keys: PublicKeys,
    pub(crate) checkpoint: SignedCheckpoint,
    /// Of the last entry.
    pub(crate) recorded_at_ms: i64,
    /// The tree over the entries that were hashed and led to a root that was signed.
    pub(crate) held: Mutex<RightEdge>,
    /// Behind its frame, in the segment that holds it.
    pub(crate) end_offset: u64,
    /// Whole frames beyond the watermark end at this size; nobody was told of them, as far as can be seen.
    pub(crate) beyond: Option<TreeSize>,
    /// Where the frames of a segment begin, for segments that were asked for single entries.
    pub(crate) offsets: BTreeMap<LogIndex, Vec<(LogIndex, u64)>>,
    pub(crate) expander: Expander,
}

/// The same look at the same log; single entries are looked up anew.
impl Clone for Reader {
    fn clone(&self) -> Self {
        Self {
            disk: Arc::clone(&self.disk),
            folder: self.folder.clone(),
            survey: self.survey.clone(),
            opened: self.opened.clone(),
            keys: self.keys.clone(),
            checkpoint: self.checkpoint.clone(),
            recorded_at_ms: self.recorded_at_ms,
            held: Mutex::new(self.held.lock().expect("hashing does not panic").clone()),
            end_offset: self.end_offset,
            beyond: self.beyond,
            offsets: BTreeMap::new(),
            expander: Expander::new(),
        }
    }
}

impl Reader {
    /// Opens at the newest mark that can be read, one slot damaged or not.
    pub(crate) fn at_watermark(disk: &Arc<dyn Disk>, root: &Path) -> Result<Self, ReadError> {
        let folder = Folder::new(root);
        match Presence::of(&**disk, &folder)? {
            Presence::Absent => return Err(ReadError::NoLog(root.to_owned())),
            Presence::Interrupted => return Err(ReadError::Interrupted(root.to_owned())),
            Presence::Present => {}
        }
        let survey = Survey::of(&**disk, &folder)?;
        let segment = survey.segments[0].clone();
        let mut walk = segment.walk(&**disk, &folder, SegmentWalk::HEADERS)?;
        let (opened, keys) = log_opened(&mut walk, &survey)?;
        let (checkpoint, recorded_at_ms, end_offset) = at_watermark(&**disk, &folder, &survey)?;
        keys.verify(&checkpoint).map_err(|error| Wrong::Note(error).at(survey.last().name(), None))?;
        Ok(Self {
            disk: Arc::clone(disk),
            folder,
            survey,
            opened,
            keys,
            checkpoint,
            recorded_at_ms,
            held: Mutex::new(RightEdge::empty()),
            end_offset,
            beyond: None,
            offsets: BTreeMap::new(),
            expander: Expander::new(),
        })
    }

    /// Entry 0.
    pub fn opened(&self) -> &LogOpened {
        &self.opened
    }

    /// The key that signs the log.
    pub fn vkey(&self) -> &Vkey {
        &self.keys.vkey
    }

    /// The recorder's hotkey, if it has one.
    pub fn hotkey(&self) -> Option<&Hotkey> {
        self.keys.hotkey.as_ref()
    }

    /// There is a hotkey, and the checkpoint at [`Reader::size`] lacks its signature: the recorder ran without it.
    pub fn lacks_hotkey(&self) -> bool {
        self.keys.lacks_hotkey(&self.checkpoint)
    }

    /// How many entries this reader sees.
    pub fn size(&self) -> TreeSize {
        self.survey.mark.size
    }

    /// The size to which whole frames go on beyond [`Reader::size`], if some do, while nobody writes: a crash left
    /// them, of which nobody was told, or an older watermark was put back. The next writer takes them in.
    pub fn beyond(&self) -> Option<TreeSize> {
        self.beyond
    }

    /// The signed checkpoint at [`Reader::size`].
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Reads the envelope of an entry that a scan of this log gave.
    ///
    /// # Errors
    /// A fault that names the entry.
    pub fn envelope<'a>(&self, index: LogIndex, entry: &'a [u8]) -> Result<Envelope<'a>, ReadError> {
        Envelope::decode(entry).map_err(|error| {
            let segment = self.survey.segment_of(index).name();
            Wrong::Entry { index, error }.at(segment, None).into()
        })
    }

    /// The bytes of an entry.
    ///
    /// # Errors
    /// `BeyondEnd`, or a fault met on the way.
    pub fn entry(&mut self, index: LogIndex) -> Result<Vec<u8>, ReadError> {
        self.must_have(index)?;
        let (mut walk, start) = self.walk_to_frame_of(index)?;
        let frame = read_frame(&mut walk, start)?;
        let place =
            usize::try_from(index.0 - start.0).expect("a frame holds fewer entries than memory has bytes");
        Ok(frame.entries().nth(place).expect("the frame was chosen because it holds the index").1.to_vec())
    }

    /// The proof that entry `index` is in this log: the entry, its path and the checkpoint at [`Reader::size`].
    /// Hashes every entry on the way.
    ///
    /// # Errors
    /// `BeyondEnd`, or a fault met on the way.
    pub fn prove(&mut self, index: LogIndex) -> Result<SignedEvent, ReadError> {
        let entry = self.entry(index)?;
        let mut path = InclusionPath::new(index, self.size());
        let mut scan = self.scan_unchecked(LogIndex(0)..self.size().next_index());
        while let Some(frame) = scan.next_frame()? {
            frame.entries().for_each(|(_, entry)| path.push(Hash::leaf(entry)));
        }
        let proof = SignedEvent::new(entry, index, path.finish(), self.checkpoint.clone());
        // The path was hashed from the segments, the root was signed: an entry changed since shows here.
        let root = proof.root().unwrap_or(Hash::of(&[]));
        same_root("the tree", self.checkpoint.claim().root, root)
            .map_err(|wrong| wrong.at(folder::SEGMENTS, None))?;
        Ok(proof)
    }

    pub(crate) fn must_have(&self, index: LogIndex) -> Result<(), ReadError> {
        let size = self.size();
        if index.0 < size.0 { Ok(()) } else { Err(ReadError::BeyondEnd { index, size }) }
    }

    /// A walk that stands at the frame which holds `index`, and that frame's first index.
    pub(crate) fn walk_to_frame_of(&mut self, index: LogIndex) -> Result<(SegmentWalk, LogIndex), ReadError> {
        self.must_have(index)?;
        let segment = self.survey.segment_of(index).clone();
        if !self.offsets.contains_key(&segment.first()) {
            let mut offsets = Vec::new();
            self.each_header(&segment, |header, offset| {
                offsets.push((header.first, offset));
                true
            })?;
            self.offsets.insert(segment.first(), offsets);
        }
        let mut walk = segment.walk(&*self.disk, &self.folder, SegmentWalk::HEADERS)?;
        let offsets = &self.offsets[&segment.first()];
        let after = offsets.partition_point(|&(first, _)| first <= index);
        let (first, offset) = offsets[after - 1];
        walk.seek(offset);
        Ok((walk, first))
    }

    /// A walk that stands where the index says that a frame is, which counts only if frame by frame one is there:
    /// what lies within a frame may look like one.
    ///
    /// # Errors
    /// `NotThis`: no frame begins there.
    pub(crate) fn walk_to_frame_at(&mut self, place: FramePlace) -> Result<SegmentWalk, ReadError> {
        let (walk, first) = self.walk_to_frame_of(place.first)?;
        if (first, walk.offset()) == (place.first, place.offset) {
            return Ok(walk);
        }
        Err(walk.fault(Wrong::NotThis("the frame that the index means")).into())
    }

    /// The root at `size`, which must not be above [`Reader::size`]; `None` where no commit ends.
    ///
    /// # Errors
    /// `BeyondEnd`, or a fault met on the way.
    pub fn root_of_commit(&mut self, size: TreeSize) -> Result<Option<Hash>, ReadError> {
        let Some(last) = size.0.checked_sub(1) else { return Ok(None) };
        let (mut walk, start) = self.walk_to_frame_of(LogIndex(last))?;
        let frame = read_frame(&mut walk, start)?;
        Ok((frame.size() == size).then(|| frame.checkpoint().claim().root))
    }

    /// When the last entry was recorded, in milliseconds since 1970 UTC.
    pub fn recorded_at_ms(&self) -> i64 {
        self.recorded_at_ms
    }

    /// Sees nothing more above `mark`, which lies at or below [`Reader::size`].
    pub(crate) fn go_back(&mut self, mark: Watermark, checkpoint: SignedCheckpoint, recorded_at_ms: i64) {
        self.survey.segments.retain(|segment| segment.first().0 < mark.size.0);
        // Of a longer log it says nothing of where this one ends.
        let held = self.held.get_mut().expect("hashing does not panic");
        if held.size() > mark.size {
            *held = RightEdge::empty();
        }
        self.survey.mark = mark;
        (self.checkpoint, self.recorded_at_ms) = (checkpoint, recorded_at_ms);
    }

    pub(crate) fn keys(&self) -> &PublicKeys {
        &self.keys
    }

    pub(crate) fn survey(&self) -> &Survey {
        &self.survey
    }

    pub(crate) fn files(&self) -> (&dyn Disk, &Folder) {
        (&*self.disk, &self.folder)
    }
}

/// Checkpoint, time and end of the frame that ends at the watermark, with the root that the watermark has.
fn at_watermark(
    disk: &dyn Disk,
    folder: &Folder,
    survey: &Survey,
) -> Result<(SignedCheckpoint, i64, u64), Fault> {
    let mark = &survey.mark;
    let last = LogIndex(mark.size.0 - 1);
    let segment = survey.segment_of(last);
    let mut walk = segment.walk(disk, folder, SegmentWalk::HEADERS)?;
    let mut found = segment.header.edge.size();
    loop {
        match walk.head()? {
            Head::Frame(header) if header.size() < mark.size => {
                found = header.size();
                walk.pass(&header);
            }
            Head::Frame(header) if header.size() == mark.size => {
                let recorded_at_ms = header.recorded_at_ms;
                let checkpoint = walk.take(header)?.checkpoint().clone();
                same_root("the watermark", checkpoint.claim().root, mark.root)
                    .map_err(|wrong| walk.fault(wrong))?;
                return Ok((checkpoint, recorded_at_ms, walk.offset()));
            }
            _ => return Err(walk.fault(shorter(mark, found))),
        }
    }
}

/// The frame at the walk's place, which begins at `start`.
pub(crate) fn read_frame(walk: &mut SegmentWalk, start: LogIndex) -> Result<Frame<'_>, Fault> {
    let header = read_header(walk, start)?;
    walk.take(header)
}

/// The header of the frame at the walk's place, which begins at `start`; does not move.
pub(crate) fn read_header(walk: &mut SegmentWalk, start: LogIndex) -> Result<FrameHeader, Fault> {
    match walk.head()? {
        Head::Frame(header) if header.first == start => Ok(header),
        _ => Err(walk.fault(Wrong::NotThis("the frame that was here a moment ago"))),
    }
}
