//! The seam between the log and the disk: every write, sync, rename and read goes through here, so that tests can
//! record them, fail any of them, and rebuild what a power cut leaves.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{Advice, FallocateFlags};

/// What the log asks of a file system.
pub trait Disk: Send + Sync {
    /// Opens an existing file.
    ///
    /// # Errors
    /// `NotFound` among others.
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>>;
    /// Makes an empty file that was not there, to write. Its name lasts only after [`Disk::sync_folder`].
    ///
    /// # Errors
    /// `AlreadyExists` among others.
    fn create(&self, path: &Path, readers: Readers) -> io::Result<Box<dyn DiskFile>>;
    /// Puts `from` in the place of `to`, at once; lasts only after [`Disk::sync_folder`].
    ///
    /// # Errors
    /// The old state, unless the folder was synced since.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    /// The file is still there.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes a folder and those above it; one that exists is left alone.
    ///
    /// # Errors
    /// Some of them may have been made.
    fn create_folder(&self, path: &Path, readers: Readers) -> io::Result<()>;
    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// They may or may not be: stop, reopen.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// The names in a folder, sorted.
    ///
    /// # Errors
    /// `NotFound` among others.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;
}

/// An open file. Offsets are absolute; there is no cursor, so threads may share it.
pub trait DiskFile: Send + Sync {
    /// Length in bytes.
    ///
    /// # Errors
    /// As the system's.
    fn length(&self) -> io::Result<u64>;
    /// Reads some bytes, 0 only at or past the end.
    ///
    /// # Errors
    /// As the system's.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// Any part of them may have been written.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Makes what was written durable, with the length (fdatasync).
    ///
    /// # Errors
    /// Nobody knows what is durable, and a second sync proves nothing: the kernel has marked the pages clean.
    fn sync(&self) -> io::Result<()>;
    /// Cuts or extends with zeros.
    ///
    /// # Errors
    /// The length is the old or the new one.
    fn set_len(&self, length: u64) -> io::Result<()>;
    /// Sets the disk's blocks aside and the length to `length`, so that later writes cannot run out of space.
    ///
    /// # Errors
    /// `StorageFull` among others.
    fn allocate(&self, length: u64) -> io::Result<()>;
    /// Lets the kernel forget its clean copies, so that the next read comes from the disk.
    ///
    /// # Errors
    /// As the system's.
    fn forget_cached(&self) -> io::Result<()>;
}

/// How an existing file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To read.
    Read,
    /// To read and write.
    Write,
}

/// Who may read what is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Whoever the umask lets: the log is meant to be read.
    Anyone,
    /// The owner alone (0600, folders 0700): keys.
    Owner,
}

impl dyn DiskFile + '_ {
    /// Fills `buffer` as far as the file goes, and says how far that was.
    pub(crate) fn read_full_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_at(&mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// Fills `buffer`, or fails with `UnexpectedEof`.
    pub(crate) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let filled = self.read_full_at(buffer, offset)?;
        if filled == buffer.len() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// Reads a small file whole; one longer than `max` is refused before a byte of it is read.
pub(crate) fn read_small(disk: &dyn Disk, path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let file = disk.open(path, Access::Read)?;
    let length = file.length()?;
    if length > max {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{length} bytes, expected at most {max}"),
        ));
    }
    let mut bytes = vec![0; usize::try_from(length).expect("small files fit in memory")];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}

/// Makes a small file durable under its name: a new file beside it, synced, renamed, folder synced. A crash leaves
/// the old file or the new one, and perhaps `NAME.new`, which the next try or the next open of the log removes.
pub(crate) fn write_small(disk: &dyn Disk, path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let new = path.with_added_extension("new");
    let file = match disk.create(&new, readers) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            disk.remove(&new)?;
            disk.create(&new, readers)?
        }
        outcome => outcome?,
    };
    file.write_at(bytes, 0)?;
    file.sync()?;
    disk.rename(&new, path)?;
    disk.sync_folder(path.parent().expect("a file of the log lies in a folder"))
}

/// The operating system's files.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OpenOptions::new().read(true).write(access == Access::Write).open(path)?))
    }

    fn create(&self, path: &Path, readers: Readers) -> io::Result<Box<dyn DiskFile>> {
        let mode = if readers == Readers::Owner { 0o600 } else { 0o666 };
        Ok(Box::new(OpenOptions::new().read(true).write(true).create_new(true).mode(mode).open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn create_folder(&self, path: &Path, readers: Readers) -> io::Result<()> {
        let mode = if readers == Readers::Owner { 0o700 } else { 0o777 };
        DirBuilder::new().recursive(true).mode(mode).create(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let mut names = std::fs::read_dir(path)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }
}

impl DiskFile for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        Self::set_len(self, length)
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        match rustix::fs::fallocate(self, FallocateFlags::empty(), 0, length) {
            // Not every file system can; then writes may meet a full disk later, and poison the log then.
            Err(rustix::io::Errno::OPNOTSUPP) => Self::set_len(self, length),
            outcome => Ok(outcome?),
        }
    }

    fn forget_cached(&self) -> io::Result<()> {
        Ok(rustix::fs::fadvise(self, 0, None, Advice::DontNeed)?)
    }
}
