//! A copy of a database, made without a lock, as a power cut would have left it.
//!
//! The files are read over and over until twice in a row every byte of all of them was the same. Then there was a
//! moment, between the two readings, at which they were exactly this together: what SQLite makes of files after a power
//! cut it makes of the copy, and that is the last state that a commit left. (A page that was changed and put back
//! between the two readings does no harm: a commit changes a counter in the first page, which is read first.)

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::looks::Files;

/// Of the files together.
const BYTES_MAX: u64 = 1 << 30;
const PIECE_BYTES: usize = 1 << 20;
/// The files are read so often without a pause, for the shorter the time between two readings, the likelier that nobody
/// writes meanwhile.
const READINGS_IN_A_ROW: u32 = 32;
const PAUSE: Duration = Duration::from_millis(20);
/// With an owner that writes without a pause there is no end to this.
const SETTLES_WITHIN: Duration = Duration::from_secs(5);

/// A copy in a folder that nobody else may look into, and that goes with it: as its owner's file, it has secrets in it.
/// Who is killed within the milliseconds that it is there leaves it where temporary files lie.
pub(super) struct DbCopy {
    folder: TempDir,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    /// One of the database's files. Where they lie is nobody's business who reads the log.
    #[error("{name}: {source}")]
    Owner { name: String, source: io::Error },
    /// The place for the copy.
    #[error("no copy of it could be made in {folder} (TMPDIR names another place): {source}", folder = .folder.display())]
    Scratch { folder: PathBuf, source: io::Error },
    /// More than anybody wants to copy at every poll.
    #[error("it has over {BYTES_MAX} bytes: its owner could VACUUM it")]
    TooLarge,
    /// It was different in each of many readings.
    #[error("it was written to without a pause for {} seconds", SETTLES_WITHIN.as_secs())]
    Restless,
}

impl DbCopy {
    /// Copies the files as they are at some moment from now on.
    pub(super) fn of(files: &Files) -> Result<Self, CopyError> {
        let scratch = |source| CopyError::Scratch { folder: std::env::temp_dir(), source };
        let copy =
            Self { folder: tempfile::Builder::new().prefix("annals-computedb-").tempdir().map_err(scratch)? };
        let since = Instant::now();
        let mut piece = (vec![0; PIECE_BYTES], vec![0; PIECE_BYTES]);
        for readings in 1_u32.. {
            if !copy.renew(files, &mut piece)? {
                return Ok(copy);
            }
            if readings.is_multiple_of(READINGS_IN_A_ROW) {
                if since.elapsed() > SETTLES_WITHIN {
                    break;
                }
                std::thread::sleep(PAUSE);
            }
        }
        Err(CopyError::Restless)
    }

    /// Of the database itself; what is beside it is beside the copy too.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("db")
    }

    /// Brings the copy up to what the files are. Whether they were not what it was.
    fn renew(&self, files: &Files, piece: &mut (Vec<u8>, Vec<u8>)) -> Result<bool, CopyError> {
        let (mut left, mut is_new) = (BYTES_MAX, false);
        for (from, name) in files.0.iter().zip(["db", "db-journal", "db-wal"]) {
            let to = self.folder.path().join(name);
            is_new |= Copying { from, to: &to, left: &mut left }.renew(piece)?;
        }
        // The file may have been removed or replaced by an empty one; a database without one is none.
        if is_new || self.path().exists() {
            Ok(is_new)
        } else {
            let source = io::Error::from(io::ErrorKind::NotFound);
            Err(owner(&files.0[0], source))
        }
    }
}

/// One file on its way.
struct Copying<'a> {
    from: &'a Path,
    to: &'a Path,
    left: &'a mut u64,
}

impl Copying<'_> {
    fn scratch(&self, source: io::Error) -> CopyError {
        CopyError::Scratch { folder: std::env::temp_dir(), source }
    }

    fn renew(self, piece: &mut (Vec<u8>, Vec<u8>)) -> Result<bool, CopyError> {
        let mut from = match File::open(self.from) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.forget(),
            from => from.map_err(|error| owner(self.from, error))?,
        };
        let mut is_new = !self.to.exists();
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut to = options.open(self.to).map_err(|error| self.scratch(error))?;
        let mut at = 0;
        loop {
            let read = fill(&mut from, &mut piece.0).map_err(|error| owner(self.from, error))?;
            if read == 0 {
                break;
            }
            *self.left = self.left.checked_sub(read as u64).ok_or(CopyError::TooLarge)?;
            let before = fill(&mut to, &mut piece.1[..read]).map_err(|error| self.scratch(error))?;
            if piece.0[..read] != piece.1[..before] {
                is_new = true;
                let written = to.seek(SeekFrom::Start(at)).and_then(|_| to.write_all(&piece.0[..read]));
                written.map_err(|error| self.scratch(error))?;
            }
            at += read as u64;
        }
        let bytes = to.metadata().map_err(|error| self.scratch(error))?.len();
        if bytes != at {
            is_new = true;
            to.set_len(at).map_err(|error| self.scratch(error))?;
        }
        Ok(is_new)
    }

    /// The file is not there (any more).
    fn forget(self) -> Result<bool, CopyError> {
        match std::fs::remove_file(self.to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            removed => removed.map(|()| true).map_err(|error| self.scratch(error)),
        }
    }
}

fn owner(path: &Path, source: io::Error) -> CopyError {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    CopyError::Owner { name, source }
}

/// Reads until `piece` is full or the file ends.
fn fill(file: &mut File, piece: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < piece.len() {
        match file.read(&mut piece[read..]) {
            Ok(0) => break,
            Ok(bytes) => read += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
