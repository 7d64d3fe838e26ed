//! What the files of a database look like from outside.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A file system may keep times no finer than this: what was written last may be followed by more at the same time.
const SETTLED_AFTER: Duration = Duration::from_secs(2);
const NANOS: i128 = 1_000_000_000;

/// The files that are a database: the file itself, and what its owner writes beside it in a transaction. The `-shm`
/// beside a `-wal` says nothing that cannot be made again from that.
pub(super) struct Files(pub(super) [PathBuf; 3]);

/// What tells the files from what they were, without a look into them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Looks([Option<Look>; 3]);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    /// Device and inode.
    file: (u64, u64),
    bytes: u64,
    /// Since 1970, in nanoseconds.
    modified: i128,
    /// Of the inode: nobody can set it back.
    changed: i128,
}

impl Files {
    /// SQLite names what is beside a file after the file itself, not after a link to it.
    ///
    /// # Errors
    /// There is no such file, or it is none.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        if !fs::metadata(&path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
        }
        let beside = |ending: &str| {
            let mut name = path.clone().into_os_string();
            name.push(ending);
            PathBuf::from(name)
        };
        let (journal, wal) = (beside("-journal"), beside("-wal"));
        Ok(Self([path, journal, wal]))
    }

    pub(super) fn look(&self) -> io::Result<Looks> {
        let [main, journal, wal] = &self.0;
        Ok(Looks([look(main)?, look(journal)?, look(wal)?]))
    }
}

fn look(path: &Path) -> io::Result<Option<Look>> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata?,
    };
    let nanos = |seconds: i64, nanos: i64| i128::from(seconds) * NANOS + i128::from(nanos);
    Ok(Some(Look {
        file: (metadata.dev(), metadata.ino()),
        bytes: metadata.len(),
        modified: nanos(metadata.mtime(), metadata.mtime_nsec()),
        changed: nanos(metadata.ctime(), metadata.ctime_nsec()),
    }))
}

impl Looks {
    /// Whether files that look like this again later have not been written to after `now`.
    pub(super) fn are_settled(&self, now: SystemTime) -> bool {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let settled = since.saturating_sub(SETTLED_AFTER).as_nanos();
        let is_settled = |look: &Look| {
            u128::try_from(look.modified.max(look.changed)).is_ok_and(|written| written <= settled)
        };
        self.0.iter().flatten().all(is_settled)
    }
}
