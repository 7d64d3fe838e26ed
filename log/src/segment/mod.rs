//! Segments: the files that are the log. LOG-FORMAT.md gives them to the byte.

mod entries;
mod frame;
mod header;
mod payload;
mod seal;
mod walk;

pub(crate) use entries::{FRAME_HEADER_BYTES, FrameEntries};
pub use frame::Frame;
pub(crate) use frame::{FrameHeader, FrameParts};
pub(crate) use header::{SEGMENT_HEADER_BYTES, SegmentHeader};
pub(crate) use payload::{Expander, PACKED_MIN_BYTES, PayloadRecord, RECORD_BYTES_MAX, Stored};
pub(crate) use seal::{SEAL_BYTES, Seal};
pub(crate) use walk::{Head, SegmentWalk};

use crate::place::LogIndex;

/// `<first index, 20 digits>.seg`: names sort as their indexes do.
pub(crate) fn file_name(first: LogIndex) -> String {
    format!("{:020}.seg", first.0)
}

/// The first index in a file name, `None` for a name that [`file_name`] does not make.
pub(crate) fn first_of_name(name: &str) -> Option<LogIndex> {
    let first = LogIndex(name.strip_suffix(".seg")?.parse().ok()?);
    (file_name(first) == name).then_some(first)
}
