//! The folder of a log: what lies where.

use std::path::{Path, PathBuf};

use crate::place::{LogIndex, TreeSize};
use crate::segment;

pub(crate) const SEGMENTS: &str = "segments";
pub(crate) const KEYS: &str = "keys";
pub(crate) const PUBLISHED: &str = "published";
pub(crate) const INDEX: &str = "index";
pub(crate) const CUT: &str = "cut";
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

/// A segment, relative to the folder.
pub(crate) fn segment_name(first: LogIndex) -> PathBuf {
    Path::new(SEGMENTS).join(segment::file_name(first))
}

/// A checkpoint that was handed out, relative to the folder. There is one of a size.
pub(crate) fn published_name(size: TreeSize) -> PathBuf {
    Path::new(PUBLISHED).join(format!("{:020}.checkpoint", size.0))
}
