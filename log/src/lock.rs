//! One writer. It locks the key that it signs with and the key's folder, which their owner alone can open, so that no
//! reader is ever in its way; whoever exchanges the one leaves the other. Before anything is written or promised it
//! looks whether they and the files that it writes to still have their names.
//!
//! `LOCK` says who writes, and is locked, too, for those who ask whether somebody does. Nothing relies on it: anybody
//! may remove it, and anybody who reads it may lock it.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::disk::{Access, Disk, DiskFile, FileId, must_still_be, open_file, open_folder, open_or_make};
use crate::fault::{Fault, Wrong};
use crate::folder::{self, Folder};

pub(crate) const FILE_NAME: &str = "LOCK";
const TRIES_MAX: u32 = 5;
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(10);

/// Held until dropped, or until the process ends, however it ends.
pub(crate) struct Lock {
    /// The key's folder, and the key.
    locked: [File; 2],
    /// Whoever takes the folder away, or puts another one there, takes the key's name, too.
    key: Name,
    watermark: Option<Name>,
    /// The last one.
    segment: Option<Name>,
    /// `LOCK`, once it says who writes.
    said: Option<File>,
}

/// Under which a file was opened.
struct Name {
    path: PathBuf,
    id: FileId,
}

/// Why the lock was not had.
pub(crate) enum LockError {
    /// Somebody else writes; in their own words.
    Held(String),
    /// There is no key that could be locked.
    Key(Fault),
}

impl Lock {
    /// Changes nothing in the folder.
    pub(crate) fn take(disk: &dyn Disk, folder: &Folder) -> Result<Self, LockError> {
        let paths = [folder.join(folder::KEYS), folder.join(folder::KEY_FILE)];
        let not_had = |error: io::Error| match error.kind() {
            ErrorKind::WouldBlock => LockError::Held(holder_of(folder)),
            _ => LockError::Key(Wrong::Unreadable(error).at(folder::KEY_FILE, None)),
        };
        let locked = [open_folder(&paths[0]), open_key(&paths[1])];
        let [keys, key] = locked.map(|file| file.and_then(lock).map_err(not_had));
        let locked = [keys?, key?];
        let [_, key_path] = paths;
        let key = Name::of(key_path, &locked[1]).map_err(not_had)?;
        let lock = Self { locked, key, watermark: None, segment: None, said: None };
        // Another key may have been put there between opening and locking.
        lock.must_hold_key(disk).map_err(not_had)?;
        Ok(lock)
    }

    /// From now on the watermark, too, has to keep its name.
    pub(crate) fn watch_watermark(&mut self, path: PathBuf, file: &dyn DiskFile) -> io::Result<()> {
        self.watermark = Some(Name::of(path, file)?);
        Ok(())
    }

    /// The same of the segment that is written to next, in the place of the one before.
    pub(crate) fn watch_segment(&mut self, path: PathBuf, file: &dyn DiskFile) -> io::Result<()> {
        self.segment = Some(Name::of(path, file)?);
        Ok(())
    }

    /// # Errors
    /// The key is gone, or another one has its place: another writer can have begun.
    pub(crate) fn must_hold_key(&self, disk: &dyn Disk) -> io::Result<()> {
        self.key.must_be_kept(disk)
    }

    /// # Errors
    /// The last segment is gone, or another one has its place: nobody would find what is written to it.
    pub(crate) fn must_hold_segment(&self, disk: &dyn Disk) -> io::Result<()> {
        self.segment.as_ref().map_or(Ok(()), |segment| segment.must_be_kept(disk))
    }

    /// # Errors
    /// The same of the watermark.
    pub(crate) fn must_hold_watermark(&self, disk: &dyn Disk) -> io::Result<()> {
        self.watermark.as_ref().map_or(Ok(()), |watermark| watermark.must_be_kept(disk))
    }

    /// Says in `LOCK` who writes.
    pub(crate) fn say(&mut self, folder: &Folder, holder: &str) -> io::Result<()> {
        let mut file = open_or_make(&folder.join(FILE_NAME))?;
        for _ in 0..TRIES_MAX {
            match file.try_lock() {
                // It may be a reader that asks whether somebody writes; one that keeps it locked is in nobody's way.
                Err(TryLockError::WouldBlock) => std::thread::sleep(TRY_AGAIN_AFTER),
                _ => break,
            }
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "process {}, {holder}", std::process::id())?;
        self.said = Some(file);
        Ok(())
    }

    /// Somebody writes, or says so: not to be relied on. Writes nothing, and holds up nobody.
    pub(crate) fn is_held(folder: &Path) -> bool {
        let Ok(file) = open_file(&folder.join(FILE_NAME), Access::Read) else { return false };
        let outcome = file.try_lock_shared();
        let _ = file.unlock();
        matches!(outcome, Err(TryLockError::WouldBlock))
    }
}

impl Name {
    fn of(path: PathBuf, file: &dyn DiskFile) -> io::Result<Self> {
        Ok(Self { id: file.id()?, path })
    }

    fn must_be_kept(&self, disk: &dyn Disk) -> io::Result<()> {
        must_still_be(disk, &self.path, self.id)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child that was forked a moment ago has the files open, too, until it executes.
        for file in self.said.iter().chain(&self.locked) {
            let _ = file.unlock();
        }
    }
}

/// To write, for NFS locks nothing else; to read, where its owner took even that from it.
fn open_key(path: &Path) -> io::Result<File> {
    match open_file(path, Access::Write) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => open_file(path, Access::Read),
        opened => opened,
    }
}

/// # Errors
/// `WouldBlock`: another writer has it.
fn lock(file: File) -> io::Result<File> {
    match file.try_lock() {
        // NFS locks no folder; the key is left.
        Err(TryLockError::Error(_)) if file.metadata()?.is_dir() => Ok(file),
        outcome => Ok(outcome.map(|()| file)?),
    }
}

/// In the holder's own words.
fn holder_of(folder: &Folder) -> String {
    let mut words = String::new();
    let file = open_file(&folder.join(FILE_NAME), Access::Read);
    match file.and_then(|file| file.take(200).read_to_string(&mut words)) {
        Ok(read) if read > 0 => words.trim().to_owned(),
        _ => "a process that has not said who it is".to_owned(),
    }
}
