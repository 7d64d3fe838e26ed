//! The folder of a log: what lies where.

use std::io;
use std::path::{Path, PathBuf};

use crate::disk::{Disk, NamedKind};
use crate::fault::{Fault, Wrong};
use crate::hash::Hash;
use crate::place::{LogIndex, TreeSize};
use crate::segment;

pub(crate) const SEGMENTS: &str = "segments";
pub(crate) const KEYS: &str = "keys";
pub(crate) const PUBLISHED: &str = "published";
pub(crate) const INDEX: &str = "index";
pub(crate) const TABLES: &str = "tables";
pub(crate) const CUT: &str = "cut";
/// The end of the name of a checkpoint that was handed out.
pub(crate) const CHECKPOINT_ENDING: &str = ".checkpoint";
pub(crate) const KEY_FILE: &str = "keys/ed25519";

/// Paths in a log's folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root.join(name)
    }
}

/// No folder of the log is a link: what comes from somebody else may lead anywhere, and is written to.
///
/// # Errors
/// `Linked`, or one could not be looked at.
pub(crate) fn refuse_links(disk: &dyn Disk, folder: &Folder) -> Result<(), Fault> {
    [SEGMENTS, KEYS, PUBLISHED, INDEX, TABLES, CUT]
        .iter()
        .try_for_each(|name| refuse_link(disk, folder, name))
}

/// The same of one of them.
pub(crate) fn refuse_link(disk: &dyn Disk, folder: &Folder, name: &str) -> Result<(), Fault> {
    match disk.look(&folder.join(name)) {
        Ok(named) if named.kind == NamedKind::Link => Err(Wrong::Linked.at(name, None)),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Wrong::Unreadable(error).at(name, None)),
        _ => Ok(()),
    }
}

/// A segment, relative to the folder.
pub(crate) fn segment_name(first: LogIndex) -> PathBuf {
    Path::new(SEGMENTS).join(segment::file_name(first))
}

/// A checkpoint that was handed out, relative to the folder. There is one of a size.
pub(crate) fn published_name(size: TreeSize) -> PathBuf {
    Path::new(PUBLISHED).join(format!("{:020}.checkpoint", size.0))
}

/// Whether a file in `published/` is a checkpoint: one that is being written has another name.
pub(crate) fn is_checkpoint(name: &str) -> bool {
    name.ends_with(CHECKPOINT_ENDING)
}

/// Another checkpoint of a size, beside the one that was handed out before.
pub(crate) fn fork_name(size: TreeSize, root: Hash) -> PathBuf {
    Path::new(PUBLISHED).join(format!("{:020}.{}.checkpoint", size.0, hex::encode(&root.0[..8])))
}
