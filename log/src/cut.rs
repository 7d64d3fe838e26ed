//! `cut/`: what opening a log cut from its end, kept for whoever wants to know what it was.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::disk::{Disk, DiskFile, Readers, write_small};
use crate::folder::{self, Folder};
use crate::hash::Hash;
use crate::place::TreeSize;

/// More than the frames that one sync makes durable.
const KEPT_BYTES_MAX: u64 = 65 << 20;
/// The oldest goes when there is another.
const FILES_MAX: usize = 16;

/// Keeps the bytes in `range` of a segment, durably, and returns the file, relative to the log's folder. Its name has
/// the size at which the log was cut, which is the index of the `recorder_started` that reports it, and a digest of
/// the bytes: after an interruption the same file is written again.
///
/// # Errors
/// As the disk's. Nothing may be cut then.
pub(crate) fn keep(
    disk: &dyn Disk,
    folder: &Folder,
    file: &dyn DiskFile,
    range: Range<u64>,
    size: TreeSize,
) -> io::Result<PathBuf> {
    let count = (range.end - range.start).min(KEPT_BYTES_MAX);
    let mut bytes = vec![0; usize::try_from(count).expect("it is some megabytes")];
    file.read_exact_at(&mut bytes, range.start)?;
    let place = folder.join(folder::CUT);
    disk.create_folder(&place, Readers::Anyone)?;
    disk.sync_folder(folder.root())?;
    let name = format!("{:020}-{}", size.0, hex::encode(&Hash::of(&bytes).0[..8]));
    remove_oldest(disk, &place, &name)?;
    write_small(disk, &place.join(&name), &bytes, Readers::Anyone)?;
    Ok(Path::new(folder::CUT).join(name))
}

fn remove_oldest(disk: &dyn Disk, place: &Path, coming: &str) -> io::Result<()> {
    let mut kept = disk.list(place)?;
    for unfinished in kept.extract_if(.., |name| name.ends_with(".new")) {
        disk.remove(&place.join(unfinished))?;
    }
    kept.retain(|name| name != coming);
    let too_many = (kept.len() + 1).saturating_sub(FILES_MAX);
    kept.iter().take(too_many).try_for_each(|name| disk.remove(&place.join(name)))
}
