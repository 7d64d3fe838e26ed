//! Reads a segment from front to back, one frame in memory at a time.

use std::path::{Path, PathBuf};

use crate::disk::DiskFile;
use crate::fault::{Fault, Wrong, same_number};
use crate::place::{LogId, LogIndex};
use crate::segment::{
    FRAME_HEADER_BYTES, Frame, FrameHeader, SEAL_BYTES, SEGMENT_HEADER_BYTES, Seal, SegmentHeader, frame,
    seal,
};

/// What stands at a place in a segment.
pub(crate) enum Head {
    Frame(FrameHeader),
    Seal(Seal),
    /// Zeros, or the end of the file: nothing was ever written here.
    Nothing,
}

/// A place in a segment that moves forward, frame by frame. A frame that does not follow the one before it, or the
/// segment's header, is a fault for every reader: it is another frame than the one that was written here.
pub(crate) struct SegmentWalk {
    file: Box<dyn DiskFile>,
    /// Relative to the log's folder, for faults.
    name: PathBuf,
    log_id: LogId,
    file_bytes: u64,
    offset: u64,
    /// What the frame here begins with; `None` after a seek, where the frame before was not seen.
    expected: Option<Expected>,
    /// The bytes of the file from `buffer_offset` on.
    buffer: Vec<u8>,
    buffer_offset: u64,
    read_bytes: usize,
}

/// What the next frame has to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Expected {
    first: LogIndex,
    commit: u64,
}

impl SegmentWalk {
    /// To read every frame.
    pub(crate) const WHOLE: usize = 1 << 20;
    /// To hop from header to header.
    pub(crate) const HEADERS: usize = 4096;

    /// Begins behind the segment's header, which was not read; `read_bytes` is how much is read at once.
    pub(crate) fn new(
        file: Box<dyn DiskFile>,
        name: PathBuf,
        log_id: LogId,
        read_bytes: usize,
    ) -> Result<Self, Fault> {
        let file_bytes = file.length().map_err(|error| Wrong::Unreadable(error).at(&name, None))?;
        let (buffer, offset) = (Vec::new(), SEGMENT_HEADER_BYTES as u64);
        let (expected, buffer_offset) = (None, offset);
        Ok(Self { file, name, log_id, file_bytes, offset, expected, buffer, buffer_offset, read_bytes })
    }

    /// The same, where the first frame has to follow `header`.
    pub(crate) fn behind(mut self, header: &SegmentHeader) -> Self {
        self.expected = Some(Expected { first: header.first(), commit: header.commit });
        self
    }

    /// Where the next frame begins.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Relative to the log's folder.
    pub(crate) fn name(&self) -> &Path {
        &self.name
    }

    /// Goes on at the frame that begins at `offset`. That it follows the one before it is not known there.
    pub(crate) fn seek(&mut self, offset: u64) {
        (self.offset, self.expected) = (offset, None);
    }

    /// Goes on at `offset`, where the frame of this first index and commit number has to begin.
    pub(crate) fn go_on(&mut self, offset: u64, first: LogIndex, commit: u64) {
        (self.offset, self.expected) = (offset, Some(Expected { first, commit }));
    }

    /// A fault at the current frame.
    pub(crate) fn fault(&self, wrong: Wrong) -> Fault {
        wrong.at(&self.name, self.offset)
    }

    /// What stands here; does not move.
    pub(crate) fn head(&mut self) -> Result<Head, Fault> {
        let Some(block) = self.bytes(self.offset, FRAME_HEADER_BYTES)? else {
            let rest = usize::try_from(self.file_bytes.saturating_sub(self.offset)).unwrap_or(usize::MAX);
            let rest = self.bytes(self.offset, rest)?.unwrap_or_default();
            let nothing = rest.iter().all(|&byte| byte == 0);
            return if nothing { Ok(Head::Nothing) } else { Err(self.fault(Wrong::Cut("frame header"))) };
        };
        let block: [u8; FRAME_HEADER_BYTES] = block.try_into().expect("that many were asked for");
        let head = match block[..4].try_into().expect("four bytes") {
            frame::MAGIC => FrameHeader::decode(&block, self.log_id)
                .and_then(|header| self.follows(&header).map(|()| Head::Frame(header))),
            seal::MAGIC => Seal::decode(&block).map(Head::Seal),
            [0, 0, 0, 0] if block.iter().all(|&byte| byte == 0) => Ok(Head::Nothing),
            _ => Err(Wrong::NotThis("a frame")),
        };
        head.map_err(|wrong| self.fault(wrong))
    }

    /// A checksum says that a frame is whole, and nothing of its place: one that was moved, doubled or whose
    /// neighbour was taken out is as whole as before.
    fn follows(&self, header: &FrameHeader) -> Result<(), Wrong> {
        let Some(expected) = self.expected else { return Ok(()) };
        same_number("the commit number", expected.commit, header.commit)?;
        same_number("the first index", expected.first.0, header.first.0)
    }

    /// Moves to the next place from here on, and before `end`, that begins like a frame; `false` where there is none.
    pub(crate) fn seek_frame(&mut self, end: u64) -> Result<bool, Fault> {
        loop {
            // In a hole there is none, however long it is.
            let data =
                self.file.data_from(self.offset).map_err(|error| self.fault(Wrong::Unreadable(error)))?;
            let Some(data) = data else { return Ok(false) };
            self.seek(data);
            let left = self.file_bytes.min(end).saturating_sub(self.offset);
            let left = usize::try_from(left).unwrap_or(usize::MAX);
            if left < FRAME_HEADER_BYTES {
                return Ok(false);
            }
            let (offset, count) = (self.offset, left.min(Self::WHOLE));
            let Some(bytes) = self.bytes(offset, count)? else { return Ok(false) };
            let found = memchr::memmem::find(bytes, &frame::MAGIC);
            // One that begins in these bytes and ends in the next is found there.
            let next = found.unwrap_or(count - (frame::MAGIC.len() - 1));
            self.seek(offset + next as u64);
            if found.is_some() {
                return Ok(true);
            }
        }
    }

    /// The seal that ends the file, if one does. Moves.
    pub(crate) fn seal_at_end(&mut self) -> Option<Seal> {
        let file_bytes = self.file_bytes;
        self.seek(file_bytes.checked_sub(SEAL_BYTES as u64)?);
        match self.head() {
            Ok(Head::Seal(seal)) if seal.file_bytes == file_bytes && seal.log_id == self.log_id => Some(seal),
            _ => None,
        }
    }

    /// Moves behind the frame that `header` stands for, and reads it.
    pub(crate) fn take(&mut self, header: FrameHeader) -> Result<Frame<'_>, Fault> {
        let (offset, name) = (self.offset, self.name.clone());
        self.pass(&header);
        let body = self.bytes(offset + FRAME_HEADER_BYTES as u64, header.body_bytes())?;
        body.ok_or(Wrong::Cut("frame body"))
            .and_then(|body| Frame::decode(header, body))
            .map_err(|wrong| wrong.at(name, offset))
    }

    /// Moves behind the frame that `header` stands for.
    pub(crate) fn pass(&mut self, header: &FrameHeader) {
        self.offset += header.frame_bytes() as u64;
        // A commit number has 64 bits; one that is the last of them is followed by none.
        let commit = header.commit.checked_add(1);
        self.expected = commit.map(|commit| Expected { first: header.size().next_index(), commit });
    }

    /// The bytes of the frame that `header` stands for, header included; does not move.
    pub(crate) fn raw(&mut self, header: &FrameHeader) -> Result<&[u8], Fault> {
        let cut = self.fault(Wrong::Cut("frame body"));
        self.bytes(self.offset, header.frame_bytes())?.ok_or(cut)
    }

    /// `count` bytes from `start` on, `None` when the file ends before them.
    fn bytes(&mut self, start: u64, count: usize) -> Result<Option<&[u8]>, Fault> {
        let end = start.saturating_add(count as u64);
        if end > self.file_bytes {
            return Ok(None);
        }
        let buffered = self.buffer_offset..self.buffer_offset + self.buffer.len() as u64;
        if start < buffered.start || end > buffered.end {
            self.refill(start, count)?;
        }
        let at =
            usize::try_from(start - self.buffer_offset).expect("the buffer begins at or before the start");
        Ok(self.buffer.get(at..at + count))
    }

    fn refill(&mut self, start: u64, count: usize) -> Result<(), Fault> {
        let left = usize::try_from(self.file_bytes - start).unwrap_or(usize::MAX);
        self.buffer.resize(count.max(self.read_bytes).min(left), 0);
        self.buffer_offset = start;
        let read = self.file.read_full_at(&mut self.buffer, start);
        self.buffer.truncate(*read.as_ref().unwrap_or(&0));
        let read = read.map_err(|error| Wrong::Unreadable(error).at(&self.name, start))?;
        if read < count {
            // The writer sealed the segment meanwhile, and cut what it had set aside.
            self.file_bytes = start + read as u64;
        }
        Ok(())
    }
}
