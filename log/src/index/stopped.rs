//! `index/STOPPED`: written when a holder of the log stopped well, removed when the next one begins. An index without
//! it was left in the middle of something, and is made anew. The log's key attests it: what a database does not find
//! nothing else can tell, so it counts only if the holder of the key has made it.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

use super::contents::Contents;
use crate::attest::Attester;
use crate::disk::{Disk, Readers, read_small, refuse_linked, write_small};
use crate::hash::Hash;

const FILE_NAME: &str = "STOPPED";
const BYTES_MAX: u64 = 4096;
/// Of the rows, and of the database's settings, which fjall keeps as they were when the database was made. An index of
/// another form is made anew. 2: small memtables and tables.
const FORMAT: u32 = 2;
/// What is attested: this text, and nothing else of that name.
const ATTESTED_NAME: &str = "index/STOPPED";

/// The folder of the index: the database in it, and the word beside it.
pub(super) struct IndexFolder {
    path: PathBuf,
    attester: Attester,
    contents: RefCell<Contents>,
}

impl IndexFolder {
    pub(super) fn new(root: &Path, attester: Attester) -> Self {
        Self { path: root.join(crate::folder::INDEX), attester, contents: RefCell::default() }
    }

    pub(super) fn database(&self) -> PathBuf {
        self.path.join("fjall")
    }

    /// Makes the database's folder, the owner's alone: its files have the modes that the umask lets them.
    pub(super) fn make_database(&self, disk: &dyn Disk) -> io::Result<PathBuf> {
        disk.create_folder(&self.database(), Readers::Owner)?;
        Ok(self.database())
    }

    /// Says that the database is whole, durably.
    pub(super) fn say_stopped(&self, disk: &dyn Disk) -> io::Result<()> {
        let note = self.attester.attest(ATTESTED_NAME, described(self.digest()?));
        write_small(disk, &self.path.join(FILE_NAME), note.as_bytes(), Readers::Anyone)
    }

    /// Whether the last holder left the database whole, and it is still as it was left. From here on it no longer
    /// counts as whole: a crash before the next [`IndexFolder::say_stopped`] has it made anew.
    pub(super) fn take_stopped(&self, disk: &dyn Disk) -> io::Result<bool> {
        refuse_linked(&self.path)?;
        disk.create_folder(&self.path, Readers::Anyone)?;
        let path = self.path.join(FILE_NAME);
        let note = match read_small(disk, &path, BYTES_MAX) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            note => note.ok(),
        };
        disk.remove(&path)?;
        disk.sync_folder(&self.path)?;
        let Some(note) = note.and_then(|note| String::from_utf8(note).ok()) else { return Ok(false) };
        let digest = self.digest();
        Ok(digest.is_ok_and(|digest| self.attester.has_attested(ATTESTED_NAME, described(digest), &note)))
    }

    fn digest(&self) -> io::Result<Hash> {
        self.contents.borrow_mut().digest(&self.database())
    }
}

fn described(contents: Hash) -> Hash {
    Hash::of(format!("annals index {FORMAT}\nfiles {contents}\n").as_bytes())
}
