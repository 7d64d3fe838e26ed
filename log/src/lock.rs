//! One writer: `LOCK` is locked by whoever holds the log, and says who that is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

pub(crate) const FILE_NAME: &str = "LOCK";
const TRIES_MAX: u32 = 5;
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(10);

/// Held until dropped, or until the process ends, however it ends.
pub(crate) struct Lock {
    file: File,
}

/// Why the lock was not had.
pub(crate) enum LockError {
    /// Somebody else writes; in their own words.
    Held(String),
    Io(io::Error),
}

impl Lock {
    pub(crate) fn take(folder: &Path, holder: &str) -> Result<Self, LockError> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        let mut file = options.open(folder.join(FILE_NAME)).map_err(LockError::Io)?;
        let mut tries = 0;
        loop {
            tries += 1;
            match file.try_lock() {
                Ok(()) => break,
                // It may be a reader that asks whether somebody writes.
                Err(TryLockError::WouldBlock) if tries < TRIES_MAX => std::thread::sleep(TRY_AGAIN_AFTER),
                Err(TryLockError::WouldBlock) => return Err(LockError::Held(holder_of(&file))),
                Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
            }
        }
        Self::sign(&mut file, holder).map_err(LockError::Io)?;
        Ok(Self { file })
    }

    /// Somebody writes. Writes nothing, and holds up a writer that begins at this moment by nothing it would notice.
    pub(crate) fn is_held(folder: &Path) -> bool {
        let Ok(file) = File::open(folder.join(FILE_NAME)) else { return false };
        let outcome = file.try_lock_shared();
        let _ = file.unlock();
        matches!(outcome, Err(TryLockError::WouldBlock))
    }

    /// Only told to people; the lock itself is the operating system's.
    fn sign(file: &mut File, holder: &str) -> io::Result<()> {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "process {}, {holder}", std::process::id())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child that was forked a moment ago has the file open, too, until it executes.
        let _ = self.file.unlock();
    }
}

/// In the holder's own words.
fn holder_of(file: &File) -> String {
    let mut words = String::new();
    match file.take(200).read_to_string(&mut words) {
        Ok(read) if read > 0 => words.trim().to_owned(),
        _ => "a process that has not said who it is".to_owned(),
    }
}
