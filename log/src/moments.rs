//! Sizes of a log: what it was at a time, whether anybody signed it there, and the log as it stood then. Reads frame
//! headers and hardly anything else.

use std::ops::Range;

use crate::fault::{Fault, Wrong};
use crate::place::{LogIndex, TreeSize};
use crate::read_error::ReadError;
use crate::reader::{Reader, read_frame, read_header};
use crate::segment::{FrameHeader, Head, SegmentWalk};
use crate::survey::SurveyedSegment;
use crate::watermark::Watermark;

impl Reader {
    /// The size that the log had at a time, in milliseconds since 1970 UTC: that after the last commit recorded then or
    /// before. `None` before entry 0.
    ///
    /// # Errors
    /// A fault met on the way.
    pub fn size_at_time(&self, at_ms: i64) -> Result<Option<TreeSize>, ReadError> {
        let segments = &self.survey().segments;
        let (mut low, mut high) = (0, segments.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.first_header(&segments[middle])? {
                Some(first) if first.recorded_at_ms <= at_ms => low = middle + 1,
                _ => high = middle,
            }
        }
        let Some(segment) = low.checked_sub(1).map(|place| &segments[place]) else { return Ok(None) };
        let mut size = None;
        self.each_header(segment, |header, _| {
            let is_before = header.recorded_at_ms <= at_ms;
            size = if is_before { Some(header.size()) } else { size };
            is_before
        })?;
        Ok(size)
    }

    /// Returns the commits of the segment that holds entry `index`, in their order: the entries of each, and the time
    /// at which they were recorded, in milliseconds since 1970 UTC.
    ///
    /// # Errors
    /// `BeyondEnd`, or a fault met on the way.
    pub fn commits_beside(&self, index: LogIndex) -> Result<Vec<(Range<LogIndex>, i64)>, ReadError> {
        self.must_have(index)?;
        let mut commits = Vec::new();
        self.each_header(self.survey().segment_of(index), |header, _| {
            commits.push((header.first..header.size().next_index(), header.recorded_at_ms));
            true
        })?;
        Ok(commits)
    }

    /// Whether a commit ends at `size`: then that size was signed, and its checkpoint can be handed out. Inside a
    /// commit a root can be computed, but it was never signed.
    ///
    /// # Errors
    /// `BeyondEnd`, or a fault met on the way.
    pub fn is_signed_at(&self, size: TreeSize) -> Result<bool, ReadError> {
        if size > self.size() {
            return Err(ReadError::BeyondEnd { index: LogIndex(size.0 - 1), size: self.size() });
        }
        let Some(last) = size.0.checked_sub(1).map(LogIndex) else { return Ok(false) };
        let mut found = false;
        self.each_header(self.survey().segment_of(last), |header, _| {
            found = header.size() == size;
            header.size() < size
        })?;
        Ok(found)
    }

    /// Returns the log's size behind the commit that holds entry `index`.
    ///
    /// # Errors
    /// `BeyondEnd`, or a fault met on the way.
    pub fn size_behind_commit_of(&mut self, index: LogIndex) -> Result<TreeSize, ReadError> {
        let (mut walk, start) = self.walk_to_frame_of(index)?;
        Ok(read_header(&mut walk, start)?.size())
    }

    /// The same log as it stood at an earlier size, with the checkpoint that was signed there.
    ///
    /// # Errors
    /// `InsideCommit`, since nobody signed the log there; `BeyondEnd`, or a fault met on the way.
    pub fn back_to(&self, size: TreeSize) -> Result<Self, ReadError> {
        let mut reader = self.clone();
        let last = LogIndex(size.0.saturating_sub(1));
        let (mut walk, start) = reader.walk_to_frame_of(last)?;
        let frame = read_frame(&mut walk, start)?;
        if frame.size() != size {
            return Err(ReadError::InsideCommit { size, from: TreeSize(start.0), to: frame.size() });
        }
        let checkpoint = frame.checkpoint().clone();
        let segment = reader.survey().segment_of(last).name();
        reader.keys().verify(&checkpoint).map_err(|error| Wrong::Note(error).at(segment, None))?;
        let mark = Watermark {
            size,
            root: checkpoint.claim().root,
            commit: frame.header.commit,
            ..reader.survey().mark
        };
        let recorded_at_ms = frame.header.recorded_at_ms;
        reader.go_back(mark, checkpoint, recorded_at_ms);
        Ok(reader)
    }

    /// `None` for a segment without a frame below the watermark.
    fn first_header(&self, segment: &SurveyedSegment) -> Result<Option<FrameHeader>, Fault> {
        let mut first = None;
        self.each_header(segment, |header, _| {
            first = Some(*header);
            false
        })?;
        Ok(first)
    }

    /// Shows the frames of a segment up to the watermark, each with its offset, while `wants_more`. Returns the offset
    /// behind the last shown.
    pub(crate) fn each_header(
        &self,
        segment: &SurveyedSegment,
        mut wants_more: impl FnMut(&FrameHeader, u64) -> bool,
    ) -> Result<u64, Fault> {
        let end = self.end_of(segment);
        let (disk, folder) = self.files();
        let mut walk = segment.walk(disk, folder, SegmentWalk::HEADERS)?;
        let mut next = segment.first();
        while next.0 < end.0 {
            match walk.head()? {
                Head::Frame(header) if header.first == next && header.size() <= end => {
                    let offset = walk.offset();
                    next = header.size().next_index();
                    walk.pass(&header);
                    if !wants_more(&header, offset) {
                        break;
                    }
                }
                _ => return Err(walk.fault(Wrong::Shorter { expected: end, found: TreeSize(next.0) })),
            }
        }
        Ok(walk.offset())
    }

    /// The log's size where the segment ends, as far as this reader sees.
    pub(crate) fn end_of(&self, segment: &SurveyedSegment) -> TreeSize {
        segment.seal.as_ref().map_or(self.size(), |seal| seal.size.min(self.size()))
    }
}
