//! The operating system's files.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{
    Advice, AtFlags, CWD, FallocateFlags, OFlags, RenameFlags, StatxFlags, makedev, renameat_with, statx,
};
use rustix::io::Errno;

use super::{Access, Disk, DiskFile, FileId, Named, NamedKind, Readers};
use crate::fault::shown;

/// The operating system's files.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(open_file(path, access)?))
    }

    fn create(&self, path: &Path, readers: Readers) -> io::Result<Box<dyn DiskFile>> {
        let mode = if readers == Readers::Owner { 0o600 } else { 0o644 };
        Ok(Box::new(OpenOptions::new().read(true).write(true).create_new(true).mode(mode).open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Not every file system can; a second name does as well, and a crash here leaves both.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                std::fs::hard_link(from, to)?;
                std::fs::remove_file(from)
            }
            outcome => Ok(outcome?),
        }
    }

    fn look(&self, path: &Path) -> io::Result<Named> {
        let about = std::fs::symlink_metadata(path)?;
        let kind = match about.file_type() {
            kind if kind.is_file() => NamedKind::File,
            kind if kind.is_dir() => NamedKind::Folder,
            kind if kind.is_symlink() => NamedKind::Link,
            _ => NamedKind::Other,
        };
        Ok(Named { id: id_of(&about), kind, modified: about.modified()? })
    }

    fn id_at(&self, path: &Path) -> io::Result<FileId> {
        // Whoever asks a file for its times makes its next write take a new one, which then goes through the journal:
        // 15 us for each question between two commits, measured on ext4 and Linux 6.18.
        match statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::INO) {
            Ok(about) => {
                let device = makedev(about.stx_dev_major, about.stx_dev_minor);
                Ok(FileId { device, inode: about.stx_ino })
            }
            Err(Errno::NOSYS) => self.look(path).map(|named| named.id),
            Err(error) => Err(error.into()),
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn create_folder(&self, path: &Path, readers: Readers) -> io::Result<()> {
        let mode = if readers == Readers::Owner { 0o700 } else { 0o755 };
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
    fn id(&self) -> io::Result<FileId> {
        Ok(id_of(&self.metadata()?))
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }

    fn data_from(&self, offset: u64) -> io::Result<Option<u64>> {
        super::holes::data_from(self, offset)
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
            Err(Errno::OPNOTSUPP) => Self::set_len(self, length),
            outcome => Ok(outcome?),
        }
    }

    fn forget_cached(&self) -> io::Result<()> {
        Ok(rustix::fs::fadvise(self, 0, None, Advice::DontNeed)?)
    }
}

/// Opens a file to read. A FIFO, a device, a folder in its place is refused, and nobody is waited for.
///
/// # Errors
/// `NotFound` among others.
pub fn open_regular(path: &Path) -> io::Result<File> {
    open_file(path, Access::Read)
}

/// Refuses a folder in a log's folder that is a link: it may come from somebody else, and lead anywhere. One that is
/// not there is fine.
///
/// # Errors
/// It is a link, or no folder, or could not be looked at.
pub fn refuse_linked(folder: &Path) -> io::Result<()> {
    match SystemDisk.look(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Ok(Named { kind: NamedKind::Folder, .. }) => Ok(()),
        Ok(Named { kind: NamedKind::Link, .. }) => Err(io::Error::new(
            ErrorKind::NotADirectory,
            format!("{} is a link, and annals writes into no folder of a log through one", shown(folder)),
        )),
        Ok(_) => Err(io::Error::new(ErrorKind::NotADirectory, format!("{} is no folder", shown(folder)))),
        Err(error) => Err(error),
    }
}

/// Makes a folder in a log's folder, if it is not there yet. Whatever the umask is, only its owner may write to it.
///
/// # Errors
/// As of [`refuse_linked`], or it cannot be made.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    refuse_linked(folder)?;
    SystemDisk.create_folder(folder, Readers::Anyone)
}

pub(crate) fn open_file(path: &Path, access: Access) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    match access {
        Access::Read => open(&mut options, OFlags::empty(), path),
        Access::Write => open(options.write(true), OFlags::NOFOLLOW, path),
    }
}

/// Opens a folder, to lock it.
pub(crate) fn open_folder(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags((OFlags::DIRECTORY | OFlags::NOFOLLOW).bits().cast_signed())
        .open(path)
}

/// Opens a file to write that may be there; as it is, nothing is cut from it.
pub(crate) fn open_or_make(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o644);
    open(&mut options, OFlags::NOFOLLOW, path)
}

/// Whoever opens a FIFO waits for somebody at its other end, unless told not to. Regular files know no such waiting.
fn open(options: &mut OpenOptions, flags: OFlags, path: &Path) -> io::Result<File> {
    let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = options.custom_flags(flags.bits().cast_signed()).open(path).map_err(|error| {
        match Errno::from_io_error(&error) {
            Some(Errno::LOOP) => refused("it is a link, and annals writes to no file of a log through one"),
            Some(Errno::NXIO) => refused("it is no regular file"),
            _ => error,
        }
    })?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(refused("it is no regular file")) }
}

fn refused(why: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, why)
}

fn id_of(about: &Metadata) -> FileId {
    FileId { device: about.dev(), inode: about.ino() }
}
