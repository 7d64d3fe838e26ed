//! Small files, which are read and written whole.

use std::io;
use std::path::{Path, PathBuf};

use super::{Access, Disk, Readers};

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

/// Makes a small file durable under its name, in the place of one that had it: a new file beside it, synced, renamed,
/// folder synced. A crash leaves the old file or the new one, and perhaps a `.new`, which the next writer removes.
pub(crate) fn write_small(disk: &dyn Disk, path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let new = write_beside(disk, path, bytes, readers)?;
    disk.rename(&new, path)?;
    disk.sync_folder(parent(path))
}

/// The same, if nothing has the name yet. Of several who put it there at once one does.
///
/// # Errors
/// `AlreadyExists`: what has the name is as it was.
pub(crate) fn put_new_small(disk: &dyn Disk, path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let new = write_beside(disk, path, bytes, readers)?;
    match disk.rename_new(&new, path) {
        Err(error) => {
            // Where it stays it is in nobody's way, and the writer removes it when it is old.
            let _ = disk.remove(&new);
            Err(error)
        }
        Ok(()) => disk.sync_folder(parent(path)),
    }
}

/// A file without its name yet, durable; under a name of its own, since others may write the same file meanwhile.
fn write_beside(disk: &dyn Disk, path: &Path, bytes: &[u8], readers: Readers) -> io::Result<PathBuf> {
    let new = path.with_added_extension(format!("{:016x}.new", getrandom::u64()?));
    let file = disk.create(&new, readers)?;
    file.write_at(bytes, 0)?;
    file.sync()?;
    Ok(new)
}

fn parent(path: &Path) -> &Path {
    path.parent().expect("a file of the log lies in a folder")
}
