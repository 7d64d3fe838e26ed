//! Whether a folder holds a log at all, or only the beginning of one.

use std::io;

use crate::disk::{Access, Disk};
use crate::fault::{Fault, Wrong};
use crate::folder::{self, Folder};
use crate::place::{LogIndex, TreeSize};
use crate::segment::{self, Head, SegmentWalk};
use crate::watermark::{self, Slots};

pub(crate) enum Presence {
    /// See [`is_absent`].
    Absent,
    /// `init` came no further than its first frame: nothing was ever acknowledged.
    Interrupted,
    /// Somebody was told that something is recorded here.
    Present,
}

impl Presence {
    /// # Errors
    /// The watermark is lost, or says that nothing was recorded where more was.
    pub(crate) fn of(disk: &dyn Disk, folder: &Folder) -> Result<Self, Fault> {
        if is_absent(disk, folder)? {
            return Ok(Self::Absent);
        }
        let has_segments =
            has_any(disk, folder, folder::SEGMENTS, |name| segment::first_of_name(name).is_some())?;
        let was_published = has_any(disk, folder, folder::PUBLISHED, folder::is_checkpoint)?;
        match Slots::read(disk, folder.root()) {
            Ok(slots) if slots.mark().size > TreeSize(0) => Ok(Self::Present),
            // The watermark stands at nothing, as it is first written: then no second commit can have followed.
            Ok(slots) if was_published || has_second_commit(disk, folder, &slots)? => {
                Err(Wrong::WatermarkBehind.at(watermark::FILE_NAME, None))
            }
            Ok(_) => Ok(Self::Interrupted),
            Err(fault) if !fault.is_denied() && !has_segments && !was_published => Ok(Self::Interrupted),
            Err(fault) => Err(fault),
        }
    }
}

/// Nothing of a log is here, not even a damaged one.
///
/// # Errors
/// Nobody knows: it could not be looked at.
pub(crate) fn is_absent(disk: &dyn Disk, folder: &Folder) -> Result<bool, Fault> {
    let of_log = |name: &str| name == folder::SEGMENTS || name == watermark::FILE_NAME;
    has_any(disk, folder, "", of_log).map(|is_there| !is_there)
}

fn has_any(
    disk: &dyn Disk,
    folder: &Folder,
    name: &str,
    counts: impl Fn(&str) -> bool,
) -> Result<bool, Fault> {
    match disk.list(&folder.join(name)) {
        Ok(names) => Ok(names.iter().any(|name| counts(name))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(false)
        }
        Err(error) => Err(Wrong::Unreadable(error).at(name, None)),
    }
}

fn has_second_commit(disk: &dyn Disk, folder: &Folder, slots: &Slots) -> Result<bool, Fault> {
    let later = |name: &str| segment::first_of_name(name).is_some_and(|first| first > LogIndex(0));
    if has_any(disk, folder, folder::SEGMENTS, later)? {
        return Ok(true);
    }
    let name = folder::segment_name(LogIndex(0));
    let Ok(file) = disk.open(&folder.join(&name), Access::Read) else { return Ok(false) };
    let mut walk = SegmentWalk::new(file, name, slots.mark().log_id, SegmentWalk::HEADERS)?;
    let Ok(Head::Frame(first)) = walk.head() else { return Ok(false) };
    walk.pass(&first);
    Ok(matches!(walk.head(), Ok(Head::Frame(_))))
}
