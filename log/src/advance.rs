//! Following a log: a reader goes on to the newest watermark and reads only what is new.

use crate::checkpoint::SignedCheckpoint;
use crate::disk::Disk;
use crate::fault::{Fault, Wrong, same_log, same_root};
use crate::folder::Folder;
use crate::place::{LogIndex, TreeSize};
use crate::read_error::ReadError;
use crate::reader::Reader;
use crate::segment::{Head, SegmentWalk};
use crate::survey::{Survey, SurveyedSegment, shorter};
use crate::watermark::{self, Slots, Watermark};

/// The part of a log between two watermarks, before a reader takes it over.
struct Stretch {
    /// The segment that was the last one, now perhaps with its seal, and those that were begun behind it.
    segments: Vec<SurveyedSegment>,
    frames: Vec<FrameFound>,
    checkpoint: SignedCheckpoint,
    recorded_at_ms: i64,
    end_offset: u64,
}

struct FrameFound {
    segment: LogIndex,
    first: LogIndex,
    offset: u64,
}

impl Reader {
    /// Goes on to the newest watermark. Returns `false` if that is where the reader is already, which costs one read
    /// of a small file; otherwise the headers of the new frames are read, and the last of them whole.
    ///
    /// The checkpoint at the new size is verified as [`Reader::open`] does. The entries are not hashed: a scan behind
    /// the edge of what was read before does that. Checkpoints that were handed out meanwhile are not compared; each
    /// was taken from this log by somebody who opened it.
    ///
    /// # Errors
    /// A fault, after ten looks; also where the log is shorter than it was. The reader stays where it was.
    pub fn advance(&mut self) -> Result<bool, ReadError> {
        Self::patiently(|| self.advance_once()).map_err(|error| error.below(self.folder.root()))
    }

    fn advance_once(&mut self) -> Result<bool, ReadError> {
        let slots = Slots::read(&*self.disk, self.folder.root())?;
        if let Some(fault) = slots.damaged() {
            return Err(fault.into());
        }
        let (mark, before) = (slots.mark(), self.survey.mark);
        if mark != before {
            must_be_later(&mark, &before).map_err(|wrong| wrong.at(watermark::FILE_NAME, None))?;
            let stretch = Stretch::read(&*self.disk, &self.folder, &self.survey, self.end_offset, &mark)?;
            let end = &stretch.segments[stretch.segments.len() - 1];
            self.keys.verify(&stretch.checkpoint).map_err(|error| Wrong::Note(error).at(end.name(), None))?;
            self.go_on(mark, stretch);
        }
        self.survey.slots = slots;
        Ok(mark != before)
    }

    fn go_on(&mut self, mark: Watermark, stretch: Stretch) {
        let Stretch { segments, frames, checkpoint, recorded_at_ms, end_offset } = stretch;
        for FrameFound { segment, first, offset } in frames {
            if let Some(offsets) = self.offsets.get_mut(&segment) {
                offsets.push((first, offset));
            }
        }
        self.survey.segments.pop();
        self.survey.segments.extend(segments);
        self.survey.mark = mark;
        (self.checkpoint, self.recorded_at_ms) = (checkpoint, recorded_at_ms);
        (self.end_offset, self.beyond) = (end_offset, None);
    }
}

fn must_be_later(mark: &Watermark, before: &Watermark) -> Result<(), Wrong> {
    same_log(before.log_id, mark.log_id)?;
    if mark.size == before.size {
        return same_root("the watermark", before.root, mark.root);
    }
    if mark.size < before.size { Err(shorter(before, mark.size)) } else { Ok(()) }
}

impl Stretch {
    /// Reads on behind `end_offset`, where the mark of `survey` is, up to `mark`.
    fn read(
        disk: &dyn Disk,
        folder: &Folder,
        survey: &Survey,
        end_offset: u64,
        mark: &Watermark,
    ) -> Result<Self, Fault> {
        let mut size = survey.mark.size;
        let (mut segments, mut frames) = (Vec::new(), Vec::new());
        let mut segment = survey.last().clone();
        let mut walk = segment.walk(disk, folder, SegmentWalk::HEADERS)?;
        // In a segment that was only begun there is no frame yet to go on behind.
        if size.next_index() > segment.first() {
            walk.go_on(end_offset, size.next_index(), survey.mark.commit + 1);
        }
        loop {
            let offset = walk.offset();
            match walk.head()? {
                Head::Frame(header) if header.size() <= mark.size => {
                    frames.push(FrameFound { segment: segment.first(), first: header.first, offset });
                    size = header.size();
                    if size < mark.size {
                        walk.pass(&header);
                        continue;
                    }
                    let recorded_at_ms = header.recorded_at_ms;
                    let checkpoint = walk.take(header)?.checkpoint().clone();
                    same_root("the watermark", checkpoint.claim().root, mark.root)
                        .map_err(|wrong| walk.fault(wrong))?;
                    segments.push(segment);
                    let end_offset = walk.offset();
                    return Ok(Self { segments, frames, checkpoint, recorded_at_ms, end_offset });
                }
                Head::Seal(seal) if seal.size == size => {
                    let (sealed, next) = next_segment(disk, folder, &segment, size, mark)?;
                    segments.push(sealed);
                    segment = next;
                    walk = segment.walk(disk, folder, SegmentWalk::HEADERS)?;
                }
                _ => return Err(walk.fault(shorter(mark, size))),
            }
        }
    }
}

/// Returns the segment again, with the seal that it has now, and the one behind it, which begins at `size`.
fn next_segment(
    disk: &dyn Disk,
    folder: &Folder,
    segment: &SurveyedSegment,
    size: TreeSize,
    mark: &Watermark,
) -> Result<(SurveyedSegment, SurveyedSegment), Fault> {
    let sealed = SurveyedSegment::of(disk, folder, segment.first(), false, mark)?;
    let next = SurveyedSegment::of(disk, folder, size.next_index(), true, mark)?;
    sealed.joins(&next)?;
    Ok((sealed, next))
}
