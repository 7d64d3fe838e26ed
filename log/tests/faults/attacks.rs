//! Every kind of damage to a log's files, as a list.

use super::attacker::Files;
use super::world::World;
use super::{bytes, checksums, exchanged, frames, marks, published};

/// Does something to the files of [`World::truth`], and tells what; `None` where there is nothing to do it to.
pub(crate) type Attack = fn(&World, &mut Files, &mut fastrand::Rng) -> Option<String>;

/// Each trial draws one: a new kind is a function and its line.
pub(crate) const ATTACKS: &[(&str, Attack)] = &[
    ("bytes: a flipped bit", bytes::flip),
    ("bytes: others", bytes::overwrite),
    ("bytes: a zeroed sector", bytes::zero_sector),
    ("bytes: a sector in the place of another", bytes::misdirect),
    ("bytes: cut", bytes::cut),
    ("bytes: extended", bytes::extend),
    ("files: removed", exchanged::remove),
    ("files: another in its place", exchanged::exchange),
    ("files: that of another log", exchanged::of_other_log),
    ("files: that of a fork", exchanged::of_fork),
    ("files: as it was earlier", exchanged::earlier),
    ("segments: two exchanged", exchanged::swap_segments),
    ("segments: one under another's name, its header made to fit", exchanged::rename_segment),
    ("segments: all of a fork", exchanged::segments_of_fork),
    ("segments: rubbish beside them", exchanged::leave_rubbish),
    ("frames: removed", frames::remove),
    ("frames: doubled", frames::double),
    ("frames: over another", frames::cover),
    ("frames: swapped", frames::swap),
    ("frames: moved between segments", frames::shift),
    ("frames: of another log", frames::of_other_log),
    ("frames: of a fork", frames::of_fork),
    ("frames: all from one on of a fork", frames::rest_of_fork),
    ("checksums: an entry", checksums::entry),
    ("checksums: an entry and all roots after it", checksums::entry_and_roots),
    ("checksums: an entry less or more", checksums::entry_count),
    ("checksums: payload records", checksums::payload_record),
    ("checksums: blobs", checksums::blob),
    ("checksums: a number in a frame's header", checksums::header_number),
    ("checksums: lengths", checksums::length),
    ("checksums: the checkpoint's text", checksums::checkpoint),
    ("checksums: a segment's header", checksums::segment_header),
    ("checksums: a seal", checksums::seal),
    ("watermark: older", marks::older),
    ("watermark: one stale page", marks::stale_page),
    ("watermark: forged", marks::forge),
    ("watermark: of a fork", marks::of_fork),
    ("watermark: older, a frame behind it bad", marks::older_and_a_bad_frame),
    ("watermark: older, a frame behind it gone", marks::older_and_a_frame_gone),
    ("published: of a fork", published::of_fork),
    ("published: newer", published::newer),
    ("published: emptied", published::empty),
    ("published: under another size", published::rename),
    ("published: its text", published::text),
    ("published: removed", published::remove),
];
