//! A disk that is a list of files in memory, and takes no writes.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annals_log::disk::{Access, Disk, DiskFile, FileId, Named, NamedKind, Readers, SystemDisk};

#[derive(Clone, Default)]
pub(crate) struct MemoryDisk(pub(crate) BTreeMap<PathBuf, Arc<[u8]>>);

struct MemoryFile(Arc<[u8]>);

fn no_writes<T>() -> io::Result<T> {
    Err(io::ErrorKind::ReadOnlyFilesystem.into())
}

impl Disk for MemoryDisk {
    fn open(&self, path: &Path, _: Access) -> io::Result<Box<dyn DiskFile>> {
        let bytes = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(MemoryFile(Arc::clone(bytes))))
    }

    fn create(&self, _: &Path, _: Readers) -> io::Result<Box<dyn DiskFile>> {
        no_writes()
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        no_writes()
    }

    fn rename_new(&self, _: &Path, _: &Path) -> io::Result<()> {
        no_writes()
    }

    fn look(&self, path: &Path) -> io::Result<Named> {
        let kind = if self.0.contains_key(path) {
            NamedKind::File
        } else if self.0.keys().any(|file| file.starts_with(path)) {
            NamedKind::Folder
        } else {
            return Err(io::ErrorKind::NotFound.into());
        };
        Ok(Named { kind, ..SystemDisk.look(Path::new("/"))? })
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        no_writes()
    }

    fn create_folder(&self, _: &Path, _: Readers) -> io::Result<()> {
        no_writes()
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        no_writes()
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let names: Vec<_> = self
            .0
            .keys()
            .filter(|file| file.parent() == Some(path))
            .filter_map(|file| Some(file.file_name()?.to_str()?.to_owned()))
            .collect();
        if names.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(names) }
    }
}

impl DiskFile for MemoryFile {
    /// The same of all: none takes the place of another.
    fn id(&self) -> io::Result<FileId> {
        Ok(SystemDisk.look(Path::new("/"))?.id)
    }

    fn data_from(&self, offset: u64) -> io::Result<Option<u64>> {
        Ok((offset < self.0.len() as u64).then_some(offset))
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.0.get(offset..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, _: &[u8], _: u64) -> io::Result<()> {
        no_writes()
    }

    fn sync(&self) -> io::Result<()> {
        no_writes()
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        no_writes()
    }

    fn allocate(&self, _: u64) -> io::Result<()> {
        no_writes()
    }

    fn forget_cached(&self) -> io::Result<()> {
        no_writes()
    }
}
