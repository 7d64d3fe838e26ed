//! One writer: `LOCK` is locked by whoever holds the log, and says who that is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

pub(crate) const FILE_NAME: &str = "LOCK";

/// Held until dropped, or until the process ends, however it ends.
pub(crate) struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child that was forked a moment ago has the file open, too, until it executes.
        let _ = self.file.unlock();
    }
}

/// Why the lock was not had.
pub(crate) enum LockError {
    /// Somebody else writes; in their own words.
    Held(String),
    Io(io::Error),
}

impl Lock {
    pub(crate) fn take(folder: &Path, holder: &str) -> Result<Self, LockError> {
        let path = folder.join(FILE_NAME);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)
            .map_err(LockError::Io)?;
        match file.try_lock() {
            Ok(()) => Self::sign(&mut file, holder).map_err(LockError::Io)?,
            Err(TryLockError::WouldBlock) => {
                let mut held_by = String::new();
                let mut start = (&file).take(200);
                start.read_to_string(&mut held_by).map_err(LockError::Io)?;
                // Between taking the lock and signing it.
                let unknown = if held_by.is_empty() { "a process that just began" } else { "" };
                return Err(LockError::Held(format!("{}{unknown}", held_by.trim())));
            }
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
        }
        Ok(Self { file })
    }

    /// Only told to people; the lock itself is the operating system's.
    fn sign(file: &mut File, holder: &str) -> io::Result<()> {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "process {}, {holder}", std::process::id())
    }
}
