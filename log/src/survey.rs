//! A look over a log's files without reading its frames: the watermark, every segment's header and seal, and that
//! they join without a gap. Where writer, readers and `verify` begin.

use std::path::PathBuf;

use crate::disk::{Access, Disk, DiskFile};
use crate::fault::{Fault, Wrong, same_log, same_number, same_root};
use crate::folder::{self, Folder};
use crate::place::{LogIndex, TreeSize};
use crate::segment::{self, SEAL_BYTES, SEGMENT_HEADER_BYTES, Seal, SegmentHeader, SegmentWalk};
use crate::watermark::{Slots, Watermark};

/// What was found; nothing below the watermark is missing as far as headers and seals tell.
#[derive(Debug, Clone)]
pub(crate) struct Survey {
    pub(crate) slots: Slots,
    pub(crate) mark: Watermark,
    /// In order, at least one.
    pub(crate) segments: Vec<SurveyedSegment>,
}

/// A segment, looked at from outside.
#[derive(Debug, Clone)]
pub(crate) struct SurveyedSegment {
    pub(crate) header: SegmentHeader,
    /// Every segment but the last has one.
    pub(crate) seal: Option<Seal>,
}

impl Survey {
    /// # Errors
    /// The first fault, in the order watermark, segments by index.
    pub(crate) fn of(disk: &dyn Disk, folder: &Folder) -> Result<Self, Fault> {
        let slots = Slots::read(disk, folder.root())?;
        let mark = slots.mark();
        let firsts = segment_firsts(disk, folder)?;
        let mut segments: Vec<SurveyedSegment> = Vec::with_capacity(firsts.len());
        for (place, &first) in firsts.iter().enumerate() {
            let is_last = place + 1 == firsts.len();
            let found = SurveyedSegment::of(disk, folder, first, is_last, &mark)?;
            match segments.last() {
                Some(before) => before.joins(&found)?,
                None => starts_the_log(&found)?,
            }
            segments.push(found);
        }
        let Some(last) = segments.last() else {
            return Err(Wrong::Missing.at(folder::segment_name(LogIndex(0)), None));
        };
        // The watermark is moved, in both slots, before a segment begins.
        if mark.size < last.header.edge.size() {
            let wrong = Wrong::Shorter { expected: last.header.edge.size(), found: mark.size };
            return Err(wrong.at(crate::watermark::FILE_NAME, None));
        }
        Ok(Self { slots, mark, segments })
    }

    pub(crate) fn last(&self) -> &SurveyedSegment {
        self.segments.last().expect("a survey has a segment at least")
    }

    /// The segment that holds `index`, if the log has come so far.
    pub(crate) fn segment_of(&self, index: LogIndex) -> &SurveyedSegment {
        let after = self.segments.partition_point(|segment| segment.first() <= index);
        &self.segments[after.saturating_sub(1)]
    }
}

impl SurveyedSegment {
    pub(crate) fn of(
        disk: &dyn Disk,
        folder: &Folder,
        first: LogIndex,
        is_last: bool,
        mark: &Watermark,
    ) -> Result<Self, Fault> {
        let name = folder::segment_name(first);
        let file = open_segment(disk, folder, first)?;
        let mut block = [0; SEGMENT_HEADER_BYTES];
        read_block(&*file, &mut block, 0, "segment header").map_err(|wrong| wrong.at(&name, 0))?;
        let header = SegmentHeader::decode(&block).map_err(|wrong| wrong.at(&name, 0))?;
        same_log(mark.log_id, header.log_id).map_err(|wrong| wrong.at(&name, 0))?;
        same_number("the first index, by the file's name,", first.0, header.first().0)
            .map_err(|wrong| wrong.at(&name, 0))?;
        let seal = if is_last { None } else { Some(read_seal(&*file, &name, mark)?) };
        Ok(Self { header, seal })
    }

    /// `next` goes on where this one ends.
    pub(crate) fn joins(&self, next: &Self) -> Result<(), Fault> {
        let seal = self.seal.as_ref().expect("only the last segment has no seal");
        same_number("the first index", seal.size.0, next.first().0)
            .and_then(|()| same_number("the first commit number", seal.next_commit, next.header.commit))
            .and_then(|()| same_root("the right edge", seal.root, next.header.edge.root()))
            .map_err(|wrong| wrong.at(next.name(), 0))
    }

    pub(crate) fn first(&self) -> LogIndex {
        self.header.first()
    }

    /// Relative to the log's folder.
    pub(crate) fn name(&self) -> PathBuf {
        folder::segment_name(self.first())
    }

    pub(crate) fn walk(
        &self,
        disk: &dyn Disk,
        folder: &Folder,
        read_bytes: usize,
    ) -> Result<SegmentWalk, Fault> {
        let file = open_segment(disk, folder, self.first())?;
        Ok(SegmentWalk::new(file, self.name(), self.header.log_id, read_bytes)?.behind(&self.header))
    }
}

fn starts_the_log(segment: &SurveyedSegment) -> Result<(), Fault> {
    same_number("the first index of the first segment", 0, segment.first().0)
        .and_then(|()| same_number("the first commit number", 1, segment.header.commit))
        .map_err(|wrong| wrong.at(segment.name(), 0))
}

fn segment_firsts(disk: &dyn Disk, folder: &Folder) -> Result<Vec<LogIndex>, Fault> {
    let names = disk
        .list(&folder.join(folder::SEGMENTS))
        .map_err(|error| Wrong::Unreadable(error).at(folder::SEGMENTS, None))?;
    // Anything else there is not ours: a `.new` that a crash left, somebody's copy.
    Ok(names.iter().filter_map(|name| segment::first_of_name(name)).collect())
}

fn open_segment(disk: &dyn Disk, folder: &Folder, first: LogIndex) -> Result<Box<dyn DiskFile>, Fault> {
    let name = folder::segment_name(first);
    disk.open(&folder.join(&name), Access::Read).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Wrong::Missing.at(name, None),
        _ => Wrong::Unreadable(error).at(name, None),
    })
}

fn read_seal(file: &dyn DiskFile, name: &PathBuf, mark: &Watermark) -> Result<Seal, Fault> {
    let file_bytes = file.length().map_err(|error| Wrong::Unreadable(error).at(name, None))?;
    let offset = file_bytes.saturating_sub(SEAL_BYTES as u64);
    let mut block = [0; SEAL_BYTES];
    read_block(file, &mut block, offset, "seal")
        .and_then(|()| Seal::decode(&block))
        .and_then(|seal| same_log(mark.log_id, seal.log_id).map(|()| seal))
        .and_then(|seal| same_number("the file's length", seal.file_bytes, file_bytes).map(|()| seal))
        .map_err(|wrong| wrong.at(name, offset))
}

fn read_block(file: &dyn DiskFile, block: &mut [u8], offset: u64, what: &'static str) -> Result<(), Wrong> {
    file.read_exact_at(block, offset).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => Wrong::Cut(what),
        _ => Wrong::Unreadable(error),
    })
}

/// A frame that ends beyond the watermark, or a walk that ends before it.
pub(crate) fn shorter(mark: &Watermark, found: TreeSize) -> Wrong {
    Wrong::Shorter { expected: mark.size, found }
}
