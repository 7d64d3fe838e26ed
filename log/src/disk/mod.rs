//! The seam between the log and the disk: every write, sync, rename and read goes through here, so that tests can
//! record them, fail any of them, and rebuild what a power cut leaves.

mod held;
mod holes;
mod small;
mod system;

use std::io;
use std::path::Path;
use std::time::SystemTime;

pub(crate) use held::must_still_be;
pub use holes::has_hole;
pub(crate) use small::{put_new_small, read_small, write_small};
pub use system::{SystemDisk, make_folder, open_regular, refuse_linked};
pub(crate) use system::{open_file, open_folder, open_or_make};

/// What the log asks of a file system.
pub trait Disk: Send + Sync {
    /// Opens an existing file. What is no regular file is refused and not waited for, and to write no link is followed.
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
    /// The same, if nothing has the name `to` yet.
    ///
    /// # Errors
    /// `AlreadyExists` among others: nothing was changed.
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// What has this name; a link is looked at itself.
    ///
    /// # Errors
    /// `NotFound` among others.
    fn look(&self, path: &Path) -> io::Result<Named>;
    /// Returns which file or folder has this name, and asks for nothing else.
    ///
    /// # Errors
    /// `NotFound` among others.
    fn id_at(&self, path: &Path) -> io::Result<FileId> {
        self.look(path).map(|named| named.id)
    }
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
    /// Which file it is, whatever its name is by now.
    ///
    /// # Errors
    /// As the system's.
    fn id(&self) -> io::Result<FileId>;
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
    /// Returns the offset of the next bytes at or after `offset` that were ever written, skipping holes; `None` when
    /// there are no more.
    ///
    /// # Errors
    /// As the system's.
    fn data_from(&self, offset: u64) -> io::Result<Option<u64>>;
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

/// A file or folder, whatever its names are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileId {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

/// What has a name.
#[derive(Debug, Clone, Copy)]
pub struct Named {
    /// Which file or folder.
    pub id: FileId,
    /// What it is.
    pub kind: NamedKind,
    /// When it was last written.
    pub modified: SystemTime,
}

/// What can have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, whatever it leads to.
    Link,
    /// A FIFO, a socket, a device.
    Other,
}

/// Who may read what is made. Nobody but the owner may write it, whatever the umask is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Whoever the umask lets (0644, folders 0755): the log is meant to be read.
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
