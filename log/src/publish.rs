//! Handing a checkpoint out, and whether the log still leads to those that were handed out before.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::checkpoint::SignedCheckpoint;
use crate::disk::{Access, Disk, Readers, put_new_small};
use crate::fault::{Fault, Wrong, same_root};
use crate::folder::{self, Folder};
use crate::hash::Hash;
use crate::place::TreeSize;
use crate::published::{ensure_folder, in_published, names, newest, read_all, read_one, size_of_fork};
use crate::read_error::ReadError;
use crate::reader::Reader;
use crate::watermark::{self, Slots};

/// Why a checkpoint must not be handed out.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The log does not lead to what was handed out before.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// It is not kept durably.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Reader {
    /// Keeps the checkpoint at [`Reader::size`] in `published/`, and returns it to be handed out. Readers write
    /// nothing else, any number of them at once; the log needs no lock for it. A checkpoint of another history that
    /// was handed out at this size stays, and this one is kept beside it.
    ///
    /// # Errors
    /// Do not hand it out.
    pub fn publish(&self) -> Result<&SignedCheckpoint, PublishError> {
        let (disk, folder) = self.files();
        folder::refuse_link(disk, folder, folder::PUBLISHED)?;
        must_not_be_behind(disk, folder)?;
        // A reader may have seen a mark before it was durable; nothing is published above what survives.
        disk.open(&folder.join(watermark::FILE_NAME), Access::Read)?.sync()?;
        ensure_folder(disk, folder)?;
        let checkpoint = self.checkpoint();
        let name = folder::published_name(checkpoint.claim().size);
        match put(disk, &folder.join(&name), checkpoint) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => self.must_be_kept(&name)?,
            outcome => outcome?,
        }
        Ok(checkpoint)
    }

    /// A checkpoint of this size was handed out before.
    fn must_be_kept(&self, name: &Path) -> Result<(), PublishError> {
        let ((disk, folder), ours) = (self.files(), self.checkpoint());
        let theirs = read_one(disk, folder, name, self.keys()).map_err(|wrong| wrong.at(name, None))?;
        let size = ours.claim().size;
        if theirs.claim() == ours.claim() {
            // It may be what a killed process left, visible and not durable.
            disk.open(&folder.join(name), Access::Read)?.sync()?;
            return Ok(disk.sync_folder(&folder.join(folder::PUBLISHED))?);
        }
        let beside = folder::fork_name(size, ours.claim().root);
        match put(disk, &folder.join(&beside), ours) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error.into()),
            _ => Err(Wrong::Fork { size }.at(beside, None).into()),
        }
    }
}

/// Nothing is written where something is: in a folder that is only read, what was kept there can be handed out again.
fn put(disk: &dyn Disk, path: &Path, checkpoint: &SignedCheckpoint) -> io::Result<()> {
    match disk.look(path) {
        Ok(_) => Err(ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            put_new_small(disk, path, checkpoint.as_str().as_bytes(), Readers::Anyone)
        }
        Err(error) => Err(error),
    }
}

/// The log may have been put back to an earlier day since the reader looked.
fn must_not_be_behind(disk: &dyn Disk, folder: &Folder) -> Result<(), Fault> {
    let Some((published, name)) = newest(&names(disk, folder)?) else { return Ok(()) };
    // In this order: a size is handed out only once the watermark has it.
    let size = Slots::read(disk, folder.root())?.mark().size;
    if published <= size { Ok(()) } else { Err(Wrong::RolledBack { published, size }.at(name, None)) }
}

/// The log leads to the last checkpoint that was handed out, and only one was at its size. Cheap, for every reader; the
/// others are for those who read all of the log.
pub(crate) fn check_newest(reader: &mut Reader) -> Result<(), ReadError> {
    let (disk, folder) = reader.files();
    let names = names(disk, folder)?;
    if let Some((size, name)) = names.iter().find_map(|name| Some((size_of_fork(name)?, in_published(name))))
    {
        return Err(Wrong::Fork { size }.at(name, None).into());
    }
    let Some((_, name)) = newest(&names) else { return Ok(()) };
    let published =
        read_one(disk, folder, Path::new(&name), reader.keys()).map_err(|wrong| wrong.at(&name, None))?;
    let (claim, ours) = (published.claim(), reader.checkpoint().claim());
    let known = match claim.size {
        size if size == ours.size => Some(ours.root),
        size if size < ours.size => reader.root_of_commit(size)?,
        _ => None,
    };
    leads_to(claim.size, claim.root, reader.size(), known).map_err(|wrong| wrong.at(name, None).into())
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
