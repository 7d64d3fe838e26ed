//! A disk that writes down what is asked of it, and fails where it is told to.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use annals_log::disk::{Access, Disk, DiskFile, FileId, Named, Readers, SystemDisk};

/// Something that changes the disk, or a yes. Paths are relative to the log's folder, files are numbered in the
/// order they were opened or made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Create {
        path: PathBuf,
        file: usize,
    },
    Open {
        path: PathBuf,
        file: usize,
    },
    Write {
        file: usize,
        offset: u64,
        bytes: Vec<u8>,
    },
    SetLength {
        file: usize,
        length: u64,
    },
    Sync {
        file: usize,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Remove {
        path: PathBuf,
    },
    CreateFolder {
        path: PathBuf,
    },
    SyncFolder {
        path: PathBuf,
    },
    /// A commit was acknowledged: the log has so many test events.
    Yes {
        events: u64,
    },
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// With nothing done.
    Before(io::ErrorKind),
    /// With all of it done.
    After(io::ErrorKind),
    /// With half of a write done; other calls fail with nothing done.
    Halfway(io::ErrorKind),
}

/// What somebody else does to the files at a moment.
pub(super) type Meddling = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Record {
    steps: Vec<Step>,
    calls: usize,
    files: usize,
    fail: Option<(usize, Failure)>,
    failed: bool,
    /// Whoever made the calls is gone: after the first that fails all do.
    dies: bool,
    meddle: Option<(usize, Meddling)>,
    /// Steps taken after the failure.
    steps_after: usize,
    read_bytes: usize,
}

/// The operating system's disk, below `root`, watched.
pub(crate) struct WatchedDisk {
    root: PathBuf,
    record: Arc<Mutex<Record>>,
}

struct WatchedFile {
    file: Box<dyn DiskFile>,
    number: usize,
    record: Arc<Mutex<Record>>,
}

impl WatchedDisk {
    pub(crate) fn new(root: &Path) -> Arc<Self> {
        Arc::new(Self { root: root.to_owned(), record: Arc::default() })
    }

    /// The call number `call` (from 0) will fail; later ones work again.
    pub(super) fn failing(root: &Path, call: usize, failure: Failure) -> Arc<Self> {
        let disk = Self::new(root);
        disk.record.lock().unwrap().fail = Some((call, failure));
        disk
    }

    /// The call number `call` fails like this, and all that follow fail: what a process leaves that was killed there.
    pub(super) fn dying(root: &Path, call: usize, failure: Failure) -> Arc<Self> {
        let disk = Self::failing(root, call, failure);
        disk.record.lock().unwrap().dies = true;
        disk
    }

    /// Right before the call number `call` somebody else does something to the files.
    pub(super) fn meddled(root: &Path, call: usize, meddling: Meddling) -> Arc<Self> {
        let disk = Self::new(root);
        disk.record.lock().unwrap().meddle = Some((call, meddling));
        disk
    }

    pub(super) fn calls(&self) -> usize {
        self.record.lock().unwrap().calls
    }

    /// How much was read of all files.
    pub(crate) fn read_bytes(&self) -> usize {
        self.record.lock().unwrap().read_bytes
    }

    pub(super) fn steps(&self) -> Vec<Step> {
        self.record.lock().unwrap().steps.clone()
    }

    pub(super) fn steps_after_failure(&self) -> usize {
        self.record.lock().unwrap().steps_after
    }

    pub(super) fn yes(&self, events: u64) {
        self.record.lock().unwrap().steps.push(Step::Yes { events });
    }

    fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).unwrap_or(path).to_owned()
    }

    fn watch(
        &self,
        open: impl FnOnce() -> io::Result<Box<dyn DiskFile>>,
        step: impl FnOnce(usize) -> Step,
    ) -> io::Result<Box<dyn DiskFile>> {
        let number = self.record.lock().unwrap().files;
        let file = call(&self.record, Some(step(number)), open, || Ok(()))?;
        self.record.lock().unwrap().files += 1;
        Ok(Box::new(WatchedFile { file, number, record: Arc::clone(&self.record) }))
    }
}

/// Does one call, or fails it. `step` is `None` for calls that only read; `halfway` is what half of it does.
fn call<T>(
    record: &Mutex<Record>,
    step: Option<Step>,
    whole: impl FnOnce() -> io::Result<T>,
    halfway: impl FnOnce() -> io::Result<()>,
) -> io::Result<T> {
    let mut record = record.lock().unwrap();
    let this = record.calls;
    record.calls += 1;
    if record.failed && record.dies {
        return Err(io::ErrorKind::Other.into());
    }
    if let Some((_, meddling)) = record.meddle.take_if(|(call, _)| *call == this) {
        meddling();
    }
    if record.failed && step.is_some() {
        record.steps_after += 1;
    }
    let failure = record.fail.filter(|&(call, _)| call == this).map(|(_, failure)| failure);
    record.failed |= failure.is_some();
    match failure {
        Some(Failure::Before(kind)) => return Err(kind.into()),
        Some(Failure::Halfway(kind)) => {
            halfway()?;
            return Err(kind.into());
        }
        Some(Failure::After(kind)) => {
            whole()?;
            return Err(kind.into());
        }
        None => {}
    }
    let done = whole()?;
    record.steps.extend(step);
    Ok(done)
}

fn nothing() -> io::Result<()> {
    Ok(())
}

impl Disk for WatchedDisk {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        self.watch(|| SystemDisk.open(path, access), |file| Step::Open { path: self.relative(path), file })
    }

    fn create(&self, path: &Path, readers: Readers) -> io::Result<Box<dyn DiskFile>> {
        self.watch(
            || SystemDisk.create(path, readers),
            |file| Step::Create { path: self.relative(path), file },
        )
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let step = Step::Rename { from: self.relative(from), to: self.relative(to) };
        call(&self.record, Some(step), || SystemDisk.rename(from, to), nothing)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        let step = Step::Rename { from: self.relative(from), to: self.relative(to) };
        call(&self.record, Some(step), || SystemDisk.rename_new(from, to), nothing)
    }

    fn look(&self, path: &Path) -> io::Result<Named> {
        call(&self.record, None, || SystemDisk.look(path), nothing)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let step = Step::Remove { path: self.relative(path) };
        call(&self.record, Some(step), || SystemDisk.remove(path), nothing)
    }

    fn create_folder(&self, path: &Path, readers: Readers) -> io::Result<()> {
        let step = Step::CreateFolder { path: self.relative(path) };
        call(&self.record, Some(step), || SystemDisk.create_folder(path, readers), nothing)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let step = Step::SyncFolder { path: self.relative(path) };
        call(&self.record, Some(step), || SystemDisk.sync_folder(path), nothing)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        call(&self.record, None, || SystemDisk.list(path), nothing)
    }
}

impl DiskFile for WatchedFile {
    fn id(&self) -> io::Result<FileId> {
        call(&self.record, None, || self.file.id(), nothing)
    }

    fn data_from(&self, offset: u64) -> io::Result<Option<u64>> {
        call(&self.record, None, || self.file.data_from(offset), nothing)
    }

    fn length(&self) -> io::Result<u64> {
        call(&self.record, None, || self.file.length(), nothing)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let read = call(&self.record, None, || self.file.read_at(buffer, offset), nothing)?;
        self.record.lock().unwrap().read_bytes += read;
        Ok(read)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let step = Step::Write { file: self.number, offset, bytes: bytes.to_vec() };
        let half = &bytes[..bytes.len() / 2];
        call(
            &self.record,
            Some(step),
            || self.file.write_at(bytes, offset),
            || self.file.write_at(half, offset),
        )
    }

    fn sync(&self) -> io::Result<()> {
        call(&self.record, Some(Step::Sync { file: self.number }), || self.file.sync(), nothing)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let step = Step::SetLength { file: self.number, length };
        call(&self.record, Some(step), || self.file.set_len(length), nothing)
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        let step = Step::SetLength { file: self.number, length };
        call(&self.record, Some(step), || self.file.allocate(length), nothing)
    }

    fn forget_cached(&self) -> io::Result<()> {
        call(&self.record, None, || self.file.forget_cached(), nothing)
    }
}
