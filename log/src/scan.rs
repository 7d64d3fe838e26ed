//! Scanning: the frames of a log in order, across its segments.

use std::ops::Range;

use crate::fault::{Fault, Wrong};
use crate::place::{LogIndex, TreeSize};
use crate::reader::{ReadError, Reader};
use crate::segment::{Frame, Head, SegmentWalk};
use crate::survey::shorter;

/// Frames of a log, in order; one is in memory at a time.
pub struct Scan<'a> {
    reader: &'a Reader,
    next: LogIndex,
    end: TreeSize,
    /// In the segment that holds `next`, once it was looked at.
    walk: Option<SegmentWalk>,
}

impl Reader {
    /// Reads frames in order, from the one that holds `range.start` to the one that holds the last of `range`, or to
    /// the end of what this reader sees.
    pub fn scan(&self, range: Range<LogIndex>) -> Scan<'_> {
        let end = TreeSize(range.end.0.min(self.size().0));
        Scan { reader: self, next: range.start, end, walk: None }
    }
}

impl Scan<'_> {
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
        Ok(Some(self.walk.insert(walk).take(header)?))
    }

    fn walk_segment(&self) -> Result<SegmentWalk, Fault> {
        let (disk, folder) = self.reader.files();
        self.reader.survey().segment_of(self.next).walk(disk, folder, SegmentWalk::WHOLE)
    }
}
