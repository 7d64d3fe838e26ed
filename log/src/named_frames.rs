//! The frames that hold the entries which an index names.

use std::ops::Range;

use crate::index::{Lookups, Term};
use crate::place::{LogIndex, TreeSize};
use crate::read_error::ReadError;
use crate::reader::{Reader, read_frame};
use crate::segment::{Frame, SegmentWalk};

/// Frames that hold entries of a term, in order; one is in memory at a time.
///
/// The index that names them may be wrong: whoever takes entries from a frame looks whether they have the term. That
/// it names them all rests on its own tables, and no root is compared.
pub struct NamedFrames {
    reader: Reader,
    entries: Vec<LogIndex>,
    /// The place in `entries` of the first that was not in a frame yet.
    next: usize,
    through: TreeSize,
    walk: Option<SegmentWalk>,
}

impl Reader {
    /// Looks up the entries of a term in `range`; `None` when the index does not know just now.
    pub fn named_frames(
        &self,
        lookups: &Lookups,
        term: Term<'_>,
        range: Range<LogIndex>,
    ) -> Option<NamedFrames> {
        let range = range.start..range.end.min(self.size().next_index());
        let (entries, through) = lookups.entries(term, range)?;
        Some(NamedFrames { reader: self.clone(), entries, next: 0, through, walk: None })
    }
}

impl NamedFrames {
    /// Returns the size of the log up to which the index knows the entries: those behind it are to be scanned for.
    pub fn through(&self) -> TreeSize {
        self.through
    }

    /// Returns the next frame, `None` behind the last.
    ///
    /// # Errors
    /// A fault, with its place.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, ReadError> {
        let Some(&first) = self.entries.get(self.next) else { return Ok(None) };
        let (walk, start) = self.reader.walk_to_frame_of(first)?;
        let frame = read_frame(self.walk.insert(walk), start)?;
        let end = frame.size().next_index();
        self.next += self.entries[self.next..].partition_point(|index| *index < end);
        Ok(Some(frame))
    }
}
