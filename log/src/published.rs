//! Checkpoints that were handed out. The log keeps them, so that it notices when an older state of itself, watermark
//! and all, was put back: it must lead to every root that somebody else may hold.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use crate::checkpoint::SignedCheckpoint;
use crate::disk::{Disk, Readers, read_small};
use crate::fault::{Fault, Wrong};
use crate::folder::{self, CHECKPOINT_ENDING, Folder};
use crate::place::TreeSize;
use crate::public_keys::PublicKeys;

const CHECKPOINT_BYTES_MAX: u64 = 64 << 10;
/// Nobody takes so long to write a checkpoint: what is still without its name by then was left by a crash.
const REMOVED_AFTER: Duration = Duration::from_hours(1);

/// Every checkpoint in `published/`, with its file's name; each verified with the log's keys.
///
/// # Errors
/// The first that cannot be read, is malformed, is not signed by this log, or is one of two of its size.
pub(crate) fn read_all(
    disk: &dyn Disk,
    folder: &Folder,
    keys: &PublicKeys,
) -> Result<Vec<(String, SignedCheckpoint)>, Fault> {
    let names = names(disk, folder)?;
    let read = names.iter().map(|name| {
        let (fork, name) = (size_of_fork(name), in_published(name));
        let checkpoint = match fork {
            Some(size) => Err(Wrong::Fork { size }),
            None => read_one(disk, folder, Path::new(&name), keys),
        };
        checkpoint.map_err(|wrong| wrong.at(&name, None)).map(|checkpoint| (name, checkpoint))
    });
    read.collect()
}

/// Those that bear the name of a checkpoint, sorted: by size, if the log has named them. A copy may come without the
/// folder, which then says as little as an empty one.
pub(crate) fn names(disk: &dyn Disk, folder: &Folder) -> Result<Vec<String>, Fault> {
    match disk.list(&folder.join(folder::PUBLISHED)) {
        Ok(mut names) => {
            names.retain(|name| folder::is_checkpoint(name));
            Ok(names)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Wrong::Unreadable(error).at(folder::PUBLISHED, None)),
    }
}

/// Makes the folder where a copy came without it. A crash leaves it empty, or not there.
pub(crate) fn ensure_folder(disk: &dyn Disk, folder: &Folder) -> io::Result<()> {
    let place = folder.join(folder::PUBLISHED);
    match disk.look(&place) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            disk.create_folder(&place, Readers::Anyone)?;
            disk.sync_folder(folder.root())
        }
        // What else is wrong with it shows when something is put there.
        _ => Ok(()),
    }
}

pub(crate) fn newest(names: &[String]) -> Option<(TreeSize, String)> {
    names.iter().rev().find_map(|name| Some((size_of_name(name)?, in_published(name))))
}

pub(crate) fn in_published(name: &str) -> String {
    format!("{}/{name}", folder::PUBLISHED)
}

fn size_of_name(name: &str) -> Option<TreeSize> {
    let digits = name.strip_suffix(CHECKPOINT_ENDING)?;
    let is_size = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_size { digits.parse().ok().map(TreeSize) } else { None }
}

/// Of a name that [`folder::fork_name`] makes.
pub(crate) fn size_of_fork(name: &str) -> Option<TreeSize> {
    let (size, root) = name.strip_suffix(CHECKPOINT_ENDING)?.split_once('.')?;
    let is_root = root.len() == 16 && root.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_root { size_of_name(&format!("{size}{CHECKPOINT_ENDING}")) } else { None }
}

pub(crate) fn read_one(
    disk: &dyn Disk,
    folder: &Folder,
    name: &Path,
    keys: &PublicKeys,
) -> Result<SignedCheckpoint, Wrong> {
    let note = read_small(disk, &folder.join(name), CHECKPOINT_BYTES_MAX).map_err(Wrong::Unreadable)?;
    let note = String::from_utf8(note).map_err(|_| Wrong::NotThis("a checkpoint"))?;
    let checkpoint = SignedCheckpoint::parse(&note).map_err(Wrong::Note)?;
    keys.verify(&checkpoint).map_err(Wrong::Note)?;
    let file = folder::published_name(checkpoint.claim().size);
    if file == name { Ok(checkpoint) } else { Err(Wrong::Malformed("the file bears another size")) }
}

/// Removes what crashes left; what is younger somebody may be writing.
pub(crate) fn remove_leftovers(disk: &dyn Disk, folder: &Folder) -> io::Result<()> {
    let place = folder.join(folder::PUBLISHED);
    let names = match disk.list(&place) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        names => names?,
    };
    for name in names.iter().filter(|name| name.ends_with(".new")) {
        let path = place.join(name);
        let age = match disk.look(&path) {
            // Whoever wrote it has given it its name meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            named => named?.modified.elapsed(),
        };
        // One from the future is young.
        if age.is_ok_and(|age| age > REMOVED_AFTER) {
            disk.remove(&path)?;
        }
    }
    Ok(())
}
