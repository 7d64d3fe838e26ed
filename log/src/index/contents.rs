//! The files of the database, from outside: whether they are those that were left.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::hash::Hash;

const CHUNK_BYTES: usize = 1 << 20;

/// What is in the files, digested once: the tables of the database are written once, and what a holder has digested
/// when it began need not be read again when it ends.
#[derive(Default)]
pub(super) struct Contents {
    known: BTreeMap<PathBuf, (Look, Hash)>,
}

/// How a file looks from outside: inode, length, and when it was last changed in any way, which nobody can set.
type Look = (u64, u64, i64, i64);

impl Contents {
    /// SHA-256 over the names, lengths and bytes of all files and folders below `folder`. The database has checksums
    /// of its own, which anybody can make.
    ///
    /// # Errors
    /// Something there is neither file nor folder, or cannot be read.
    pub(super) fn digest(&mut self, folder: &Path) -> io::Result<Hash> {
        if !fs::symlink_metadata(folder)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let (mut files, before) = (Vec::new(), std::mem::take(&mut self.known));
        self.describe(folder, "", &before, &mut files)?;
        files.sort();
        Ok(Hash::of(files.concat().as_bytes()))
    }

    fn describe(
        &mut self,
        folder: &Path,
        above: &str,
        before: &BTreeMap<PathBuf, (Look, Hash)>,
        files: &mut Vec<String>,
    ) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (path, about) = (entry.path(), entry.metadata()?);
            let name = format!("{above}/{}", entry.file_name().to_string_lossy());
            if about.is_dir() {
                files.push(format!("{name}/\n"));
                self.describe(&path, &name, before, files)?;
                continue;
            }
            if !about.is_file() {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let look = (about.ino(), about.len(), about.ctime(), about.ctime_nsec());
            let digest = match before.get(&path) {
                Some((known, digest)) if *known == look => *digest,
                _ => digest_file(&path)?,
            };
            files.push(format!("{name} {} {digest}\n", about.len()));
            self.known.insert(path, (look, digest));
        }
        Ok(())
    }
}

/// Over the chunks that are not all zeros, each behind its number: fjall sets 64 MiB of them aside for its journal.
fn digest_file(path: &Path) -> io::Result<Hash> {
    const ZEROS: &[u8] = &[0; CHUNK_BYTES];
    let (mut file, mut digest, mut chunk) = (File::open(path)?, Sha256::new(), Vec::new());
    for number in 0_u64.. {
        chunk.clear();
        file.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            break;
        }
        if chunk != ZEROS[..chunk.len()] {
            digest.update(number.to_be_bytes());
            digest.update(&chunk);
        }
    }
    Ok(Hash(digest.finalize().into()))
}

/// Removes the folder and all in it, if it is there.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}
