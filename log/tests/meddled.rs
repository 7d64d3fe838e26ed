//! A disk on which somebody meddles in the middle of what the log does, or nothing may be seen, or all ends.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use annals_log::disk::{Access, Disk, DiskFile, FileId, Named, Readers, SystemDisk};

/// What happens at a call, before it is done.
pub(crate) enum Then {
    /// Somebody else's doing.
    Meddle(Box<dyn FnOnce() + Send>),
    /// The process is killed: this call and all later ones do nothing.
    Die,
}

#[derive(Default)]
struct State {
    calls: usize,
    then: Option<(usize, Then)>,
    is_dead: bool,
    denied: Option<PathBuf>,
}

#[derive(Clone, Default)]
pub(crate) struct MeddledDisk(Arc<Mutex<State>>);

struct MeddledFile {
    file: Box<dyn DiskFile>,
    disk: MeddledDisk,
}

impl MeddledDisk {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// One that lets nobody see what is at `path`.
    pub(crate) fn denying(path: &Path) -> Arc<dyn Disk> {
        let disk = Self::default();
        disk.0.lock().unwrap().denied = Some(path.to_owned());
        Arc::new(disk)
    }

    /// The call number `call` from now on, from 0, is preceded by this.
    pub(crate) fn at_call(&self, call: usize, then: Then) {
        let mut state = self.0.lock().unwrap();
        (state.calls, state.then) = (0, Some((call, then)));
    }

    /// Whether it has happened.
    pub(crate) fn has_happened(&self) -> bool {
        self.0.lock().unwrap().then.is_none()
    }

    fn call(&self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let is_due = state.then.as_ref().is_some_and(|(call, _)| *call == state.calls);
        state.calls += 1;
        match state.then.take_if(|_| is_due) {
            Some((_, Then::Die)) => state.is_dead = true,
            Some((_, Then::Meddle(meddle))) => {
                drop(state);
                meddle();
                return Ok(());
            }
            None => {}
        }
        if state.is_dead { Err(io::Error::other("the process was killed")) } else { Ok(()) }
    }

    fn call_at(&self, path: &Path) -> io::Result<()> {
        self.call()?;
        let is_denied = self.0.lock().unwrap().denied.as_deref() == Some(path);
        if is_denied { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
    }

    fn file(&self, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(MeddledFile { file, disk: self.clone() })
    }
}

impl Disk for MeddledDisk {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        self.call_at(path)?;
        SystemDisk.open(path, access).map(|file| self.file(file))
    }

    fn create(&self, path: &Path, readers: Readers) -> io::Result<Box<dyn DiskFile>> {
        self.call_at(path)?;
        SystemDisk.create(path, readers).map(|file| self.file(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call()?;
        SystemDisk.rename(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call()?;
        SystemDisk.rename_new(from, to)
    }

    fn look(&self, path: &Path) -> io::Result<Named> {
        self.call()?;
        SystemDisk.look(path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.call()?;
        SystemDisk.remove(path)
    }

    fn create_folder(&self, path: &Path, readers: Readers) -> io::Result<()> {
        self.call()?;
        SystemDisk.create_folder(path, readers)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.call()?;
        SystemDisk.sync_folder(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.call_at(path)?;
        SystemDisk.list(path)
    }
}

impl DiskFile for MeddledFile {
    fn id(&self) -> io::Result<FileId> {
        self.disk.call()?;
        self.file.id()
    }

    fn length(&self) -> io::Result<u64> {
        self.disk.call()?;
        self.file.length()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.disk.call()?;
        self.file.read_at(buffer, offset)
    }

    fn data_from(&self, offset: u64) -> io::Result<Option<u64>> {
        self.disk.call()?;
        self.file.data_from(offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.disk.call()?;
        self.file.write_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.call()?;
        self.file.sync()
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.disk.call()?;
        self.file.set_len(length)
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        self.disk.call()?;
        self.file.allocate(length)
    }

    fn forget_cached(&self) -> io::Result<()> {
        self.disk.call()?;
        self.file.forget_cached()
    }
}
