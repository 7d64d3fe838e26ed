//! The files of the database, from outside: whether they are those that were left.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::hash::Hash;

/// Tables carry checksums of their own, which are looked at when they are read; what is smaller than this says which
/// tables there are, and carries none. Of a longer one the end is digested, which says what is where in it.
const DIGESTED_BYTES_MAX: u64 = 1 << 20;
const END_BYTES: u64 = 64 << 10;

/// SHA-256 over the names and lengths of all files and folders below `folder`, the bytes of small files, and the last
/// ones of long files.
///
/// # Errors
/// Something there is neither file nor folder, or cannot be read.
pub(super) fn digest(folder: &Path) -> io::Result<Hash> {
    let mut files = Vec::new();
    describe(folder, "", &mut files)?;
    files.sort();
    Ok(Hash::of(files.concat().as_bytes()))
}

fn describe(folder: &Path, above: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{above}/{}", entry.file_name().to_string_lossy());
        let about = entry.metadata()?;
        if about.is_dir() {
            files.push(format!("{name}/\n"));
            describe(&entry.path(), &name, files)?;
            continue;
        }
        if !about.is_file() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut file = File::open(entry.path())?;
        if about.len() > DIGESTED_BYTES_MAX {
            file.seek(SeekFrom::Start(about.len() - END_BYTES))?;
        }
        let mut bytes = Vec::new();
        file.take(DIGESTED_BYTES_MAX).read_to_end(&mut bytes)?;
        files.push(format!("{name} {} {}\n", about.len(), Hash::of(&bytes)));
    }
    Ok(())
}

/// Removes the folder and all in it, if it is there.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}
