//! Scanning: the frames of a log in order, across its segments, held against the root that was signed.

use std::ops::Range;

use crate::chain::check_entries;
use crate::fault::{Fault, Wrong, same_root};
use crate::hash::Hash;
use crate::place::{LogIndex, TreeSize};
use crate::read_error::ReadError;
use crate::reader::Reader;
use crate::segment::{Frame, Head, SegmentWalk};
use crate::survey::shorter;
use crate::tree::RightEdge;

/// Frames of a log, in order; one is in memory at a time.
///
/// A frame always follows the one before it. A scan that begins where the tree is known, at entry 0 or behind the
/// edge that an earlier one ended with, hashes what it reads, compares each frame's root, and at its end the root
/// that was signed: once [`Scan::next_frame`] has given its last frame, every entry was what the log vouches for. Any
/// other scan checks no root, since the entries before it were not read; see [`Scan::is_held_to_root`].
pub struct Scan<'a> {
    reader: &'a Reader,
    next: LogIndex,
    end: TreeSize,
    /// The tree up to what was read, never beyond `end`; `None` where the scan began somewhere else.
    edge: Option<RightEdge>,
    /// In the segment that holds `next`, once it was looked at.
    walk: Option<SegmentWalk>,
}

impl Reader {
    /// Reads frames in order, from the one that holds `range.start` to the one that holds the last of `range`, or to
    /// the end of what this reader sees. A range that begins at entry 0 is held to the root.
    pub fn scan(&self, range: Range<LogIndex>) -> Scan<'_> {
        let edge = (range.start == LogIndex(0)).then(RightEdge::empty);
        Scan { edge, ..self.scan_unchecked(range) }
    }

    /// Goes on behind `edge`, which is the tree over the entries before; held to the root.
    pub fn scan_behind(&self, edge: RightEdge, end: TreeSize) -> Scan<'_> {
        let range = edge.size().next_index()..end.next_index();
        Scan { edge: Some(edge), ..self.scan_unchecked(range) }
    }

    /// For whoever holds the entries to the root in another way.
    pub(crate) fn scan_unchecked(&self, range: Range<LogIndex>) -> Scan<'_> {
        let end = TreeSize(range.end.0.min(self.size().0));
        Scan { reader: self, next: range.start, end, edge: None, walk: None }
    }

    /// Hashes all entries that were not hashed by an earlier call, and compares the root with the one that was signed:
    /// after it whatever this reader gives is what the log vouches for, as long as nobody changes the files.
    ///
    /// # Errors
    /// A fault, with its place.
    pub fn hold_to_root(&self) -> Result<(), ReadError> {
        self.hold_to_root_while(|| true).map(drop)
    }

    /// The same, for as long as it is `wanted`; `false` when that ended before.
    ///
    /// # Errors
    /// A fault, with its place.
    pub(crate) fn hold_to_root_while(&self, wanted: impl Fn() -> bool) -> Result<bool, ReadError> {
        let mut held = self.held.lock().expect("hashing does not panic");
        if held.size() == self.size() {
            return Ok(true);
        }
        let mut scan = self.scan_behind(held.clone(), self.size());
        while let Some(frame) = scan.next_frame()? {
            if let Err(wrong) = check_entries(&frame, |_, _| ()) {
                return Err(wrong.at(self.survey().segment_of(frame.first()).name(), None).into());
            }
            if !wanted() {
                return Ok(false);
            }
        }
        *held = scan.into_edge().expect("a scan behind an edge is held to the root");
        Ok(true)
    }
}

impl Scan<'_> {
    /// Whether roots are compared; else nothing says that the entries are those that were signed.
    pub fn is_held_to_root(&self) -> bool {
        self.edge.is_some()
    }

    /// The tree over the entries up to the end of what was read; `None` where the scan is not held to the root.
    pub fn into_edge(self) -> Option<RightEdge> {
        self.edge
    }

    /// The next frame, `None` behind the last.
    ///
    /// # Errors
    /// A fault, with its place; the scan is then over.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, ReadError> {
        if self.next.0 >= self.end.0 {
            return Ok(None);
        }
        let mut walk = match self.walk.take() {
            Some(walk) => walk,
            None => self.walk_segment()?,
        };
        let header = loop {
            match walk.head()? {
                Head::Frame(header) if header.size().0 <= self.next.0 => walk.pass(&header),
                Head::Frame(header) if header.size() <= self.reader.size() => break header,
                Head::Frame(_) => {
                    return Err(walk.fault(Wrong::Malformed("the frame crosses the watermark")).into());
                }
                Head::Seal(seal) if seal.size.next_index() == self.next => walk = self.walk_segment()?,
                Head::Seal(_) | Head::Nothing => {
                    return Err(walk
                        .fault(shorter(&self.reader.survey().mark, TreeSize(self.next.0)))
                        .into());
                }
            }
        };
        self.next = header.size().next_index();
        let (offset, name) = (walk.offset(), walk.name().to_owned());
        let frame = self.walk.insert(walk).take(header)?;
        if let Some(edge) = &mut self.edge {
            take_in(edge, &frame, self.end, self.reader).map_err(|wrong| wrong.at(name, offset))?;
        }
        Ok(Some(frame))
    }

    fn walk_segment(&self) -> Result<SegmentWalk, Fault> {
        let (disk, folder) = self.reader.files();
        self.reader.survey().segment_of(self.next).walk(disk, folder, SegmentWalk::WHOLE)
    }
}

/// Takes the entries of a frame into the tree, up to `end`, and compares the root behind the whole frame.
fn take_in(edge: &mut RightEdge, frame: &Frame<'_>, end: TreeSize, reader: &Reader) -> Result<(), Wrong> {
    let known = edge.size().next_index();
    let mut behind = None;
    for (index, entry) in frame.entries().filter(|(index, _)| *index >= known) {
        if index.0 == end.0 {
            behind = Some(edge.clone());
        }
        edge.push(Hash::leaf(entry));
    }
    let claim = frame.checkpoint().claim();
    if claim.origin != reader.vkey().name() {
        return Err(Wrong::Malformed("the checkpoint is of another origin than entry 0"));
    }
    same_root("the frame's checkpoint", edge.root(), claim.root)?;
    if frame.size() == reader.size() {
        // Its signature was checked when the log was opened.
        same_root("the checkpoint at the watermark", reader.checkpoint().claim().root, edge.root())?;
    } else if frame.size() >= end {
        // Nothing behind it is read, so nothing else vouches for this root.
        reader.keys().verify(frame.checkpoint()).map_err(Wrong::Note)?;
    }
    if let Some(behind) = behind {
        *edge = behind;
    }
    Ok(())
}
