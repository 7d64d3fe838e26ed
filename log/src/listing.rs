//! What lies in a log's folder, as far as a reader sees: its segments, and the checkpoints that were handed out.

use std::path::PathBuf;

use crate::checkpoint::SignedCheckpoint;
use crate::place::{LogIndex, TreeSize};
use crate::published;
use crate::read_error::ReadError;
use crate::reader::Reader;
use crate::survey::SurveyedSegment;

/// A file of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentFile {
    /// Relative to the log's folder.
    pub file: PathBuf,
    /// The index of its first entry, there or still to come.
    pub first: LogIndex,
    /// The log's size where it ends.
    pub size: TreeSize,
    /// Without what was set aside for later frames.
    pub bytes: u64,
    /// Nothing is ever added to it.
    pub sealed: bool,
}

impl Reader {
    /// The log's files, in order.
    ///
    /// # Errors
    /// A fault in the last one.
    pub fn segments(&self) -> Result<Vec<SegmentFile>, ReadError> {
        let describe = |segment: &SurveyedSegment| {
            let bytes = match &segment.seal {
                Some(seal) => seal.file_bytes,
                None => self.each_header(segment, |_, _| true)?,
            };
            Ok(SegmentFile {
                file: segment.name(),
                first: segment.first(),
                size: self.end_of(segment),
                bytes,
                sealed: segment.seal.is_some(),
            })
        };
        self.survey().segments.iter().map(describe).collect()
    }

    /// The checkpoints in `published/` at or below [`Reader::size`], by size; each is signed by this log.
    ///
    /// # Errors
    /// The first that cannot be read, is malformed, or was signed by somebody else.
    pub fn published(&self) -> Result<Vec<SignedCheckpoint>, ReadError> {
        let (disk, folder) = self.files();
        let all = published::read_all(disk, folder, self.keys())?;
        let mut published: Vec<_> = all.into_iter().map(|(_, checkpoint)| checkpoint).collect();
        published.retain(|checkpoint| checkpoint.claim().size <= self.size());
        published.sort_by_key(|checkpoint| checkpoint.claim().size);
        Ok(published)
    }
}
