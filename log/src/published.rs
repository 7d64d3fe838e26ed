//! Checkpoints that were handed out. The log keeps them, so that it notices when an older state of itself, watermark
//! and all, was put back: it must lead to every root that somebody else may hold.

use std::collections::BTreeMap;
use std::io;

use crate::checkpoint::SignedCheckpoint;
use crate::disk::{Access, Disk, Readers, read_small, write_small};
use crate::fault::{Fault, Wrong, same_root};
use crate::folder::{self, Folder};
use crate::hash::Hash;
use crate::place::TreeSize;
use crate::public_keys::PublicKeys;
use crate::reader::{ReadError, Reader};
use crate::watermark;

const CHECKPOINT_BYTES_MAX: u64 = 64 << 10;

impl Reader {
    /// Keeps the checkpoint at [`Reader::size`] in `published/`, and returns it to be handed out. Readers write
    /// nothing else; the log needs no lock for it.
    ///
    /// # Errors
    /// It is not durable: do not hand it out.
    pub fn publish(&self) -> io::Result<&SignedCheckpoint> {
        let (disk, folder) = self.files();
        // A reader may have seen a mark before it was durable; nothing is published above what survives.
        disk.open(&folder.join(watermark::FILE_NAME), Access::Read)?.sync()?;
        // Even if it is there already: it may be what a killed process left, visible and not durable.
        let path = folder.join(folder::published_name(self.size()));
        write_small(disk, &path, self.checkpoint().as_str().as_bytes(), Readers::Anyone)?;
        Ok(self.checkpoint())
    }
}

/// Every checkpoint in `published/`, with its file's name; each verified with the log's keys.
///
/// # Errors
/// The first that cannot be read, is malformed, or is not signed by this log.
pub(crate) fn read_all(
    disk: &dyn Disk,
    folder: &Folder,
    keys: &PublicKeys,
) -> Result<Vec<(String, SignedCheckpoint)>, Fault> {
    let names = disk
        .list(&folder.join(folder::PUBLISHED))
        .map_err(|error| Wrong::Unreadable(error).at(folder::PUBLISHED, None))?;
    let names = names.into_iter().filter(|name| name.ends_with(".checkpoint"));
    let read = names.map(|name| {
        let name = format!("{}/{name}", folder::PUBLISHED);
        let checkpoint = read_one(disk, folder, &name, keys).map_err(|wrong| wrong.at(&name, None))?;
        Ok((name, checkpoint))
    });
    read.collect()
}

fn read_one(
    disk: &dyn Disk,
    folder: &Folder,
    name: &str,
    keys: &PublicKeys,
) -> Result<SignedCheckpoint, Wrong> {
    let note = read_small(disk, &folder.join(name), CHECKPOINT_BYTES_MAX).map_err(Wrong::Unreadable)?;
    let note = String::from_utf8(note).map_err(|_| Wrong::NotThis("a checkpoint"))?;
    let checkpoint = SignedCheckpoint::parse(&note).map_err(Wrong::Note)?;
    keys.verify(&checkpoint).map_err(Wrong::Note)?;
    let file = folder::published_name(checkpoint.claim().size);
    if file.as_os_str() == name {
        Ok(checkpoint)
    } else {
        Err(Wrong::Malformed("the file bears another size"))
    }
}

/// The log, at `size` with the frames that are about to be taken in, leads to every published checkpoint.
/// `roots` are those of the last segment.
pub(crate) fn check(
    disk: &dyn Disk,
    folder: &Folder,
    reader: &mut Reader,
    size: TreeSize,
    roots: &BTreeMap<TreeSize, Hash>,
) -> Result<(), ReadError> {
    for (name, checkpoint) in read_all(disk, folder, reader.keys())? {
        let claim = checkpoint.claim();
        let known = match roots.get(&claim.size) {
            Some(&root) => Some(root),
            None if claim.size <= reader.size() => reader.root_of_commit(claim.size)?,
            None => None,
        };
        leads_to(claim.size, claim.root, size, known).map_err(|wrong| wrong.at(name, None))?;
    }
    Ok(())
}

/// A checkpoint for `published`, `root` is one of a log of `size` that has root `known` there.
pub(crate) fn leads_to(
    published: TreeSize,
    root: Hash,
    size: TreeSize,
    known: Option<Hash>,
) -> Result<(), Wrong> {
    match known {
        Some(known) => same_root("the log at the size of the checkpoint", root, known),
        None if published > size => Err(Wrong::RolledBack { published, size }),
        None => Err(Wrong::NoSuchCheckpoint(published)),
    }
}
