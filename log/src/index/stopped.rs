//! `index/STOPPED`: written when a holder of the log stopped well, removed when the next one begins. An index without
//! it was left in the middle of something, and is made anew.

use std::io;
use std::path::{Path, PathBuf};

use super::contents;
use crate::disk::{Disk, Readers, read_small, write_small};
use crate::hash::Hash;
use crate::place::LogId;

const FILE_NAME: &str = "STOPPED";
const BYTES_MAX: u64 = 4096;
/// Of the rows. An index with rows of another form is made anew.
const FORMAT: u32 = 1;

/// The folder of the index: the database in it, and the word beside it.
pub(super) struct IndexFolder {
    path: PathBuf,
    log_id: LogId,
}

impl IndexFolder {
    pub(super) fn new(root: &Path, log_id: LogId) -> Self {
        Self { path: root.join(crate::folder::INDEX), log_id }
    }

    pub(super) fn database(&self) -> PathBuf {
        self.path.join("fjall")
    }

    /// Says that the database is whole, durably.
    pub(super) fn say_stopped(&self, disk: &dyn Disk) -> io::Result<()> {
        let text = self.text(contents::digest(&self.database())?);
        write_small(disk, &self.path.join(FILE_NAME), text.as_bytes(), Readers::Anyone)
    }

    /// Whether the last holder left the database whole, and it is still as it was left. From here on it no longer
    /// counts as whole: a crash before the next [`IndexFolder::say_stopped`] has it made anew.
    pub(super) fn take_stopped(&self, disk: &dyn Disk) -> io::Result<bool> {
        disk.create_folder(&self.path, Readers::Anyone)?;
        let path = self.path.join(FILE_NAME);
        let text = match read_small(disk, &path, BYTES_MAX) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            text => text.ok(),
        };
        disk.remove(&path)?;
        disk.sync_folder(&self.path)?;
        let Some(text) = text else { return Ok(false) };
        Ok(contents::digest(&self.database()).is_ok_and(|digest| self.text(digest).as_bytes() == text))
    }

    fn text(&self, contents: Hash) -> String {
        format!("annals index {FORMAT}\nlog {}\nfiles {contents}\n", self.log_id)
    }
}
