//! A file of closed rows: Arrow's IPC file format, named by its digest, never changed.

use std::fs::{File, Permissions};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annals_log::Hash;
use arrow_array::RecordBatch;
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;
use arrow_schema::ArrowError;
use bincode::{Decode, Encode};
use tempfile::NamedTempFile;

use crate::digest::{Digesting, digest_of};
use crate::schema::TableSchema;

/// What the saved state says of a file.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct FileRecord {
    /// In the folder of the saved state.
    name: String,
    pub(crate) rows: u64,
    bytes: u64,
    sha256: [u8; 32],
}

/// A file, held open: whoever reads it goes on when it is removed meanwhile.
#[derive(Debug, Clone)]
pub(crate) struct ClosedFile {
    pub(crate) record: FileRecord,
    path: PathBuf,
    file: Arc<File>,
}

/// A saved table is not what was written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}: a saved table is damaged", path.display())]
pub struct DamagedTable {
    path: PathBuf,
    what: String,
}

/// Batches as they are read.
pub(crate) type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

impl FileRecord {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl ClosedFile {
    /// Writes batches to a file in `folder`. It is whole before it has its name: a crash leaves one that nobody names.
    pub(crate) fn write(folder: &Path, schema: &TableSchema, batches: Batches) -> io::Result<Self> {
        let new = new_file(folder, "closed-")?;
        let mut writer = FileWriter::try_new(BufWriter::new(Digesting::of(new)), &schema.arrow())
            .map_err(io::Error::other)?;
        let mut rows = 0;
        for batch in batches {
            let batch = batch.map_err(io::Error::other)?;
            rows += batch.num_rows() as u64;
            writer.write(&batch).map_err(io::Error::other)?;
        }
        let (new, sha256, bytes) = writer.into_inner().map_err(io::Error::other)?.into_inner()?.finish();
        let name = format!("{}-{}.arrow", schema.name, &Hash(sha256).to_string()[..16]);
        let path = folder.join(&name);
        new.as_file().sync_all()?;
        let file = Arc::new(new.persist(&path).map_err(|error| error.error)?);
        Ok(Self { record: FileRecord { name, rows, bytes, sha256 }, path, file })
    }

    /// Opens a file; `None` when it is not there, or not as long as it was.
    pub(crate) fn open(folder: &Path, record: FileRecord) -> Option<Self> {
        let path = folder.join(&record.name);
        let file = Arc::new(File::open(&path).ok()?);
        let is_whole = file.metadata().is_ok_and(|found| found.len() == record.bytes);
        is_whole.then_some(Self { record, path, file })
    }

    /// Reads it, after it was checked against its digest.
    pub(crate) fn scan(&self) -> Batches {
        match self.checked() {
            Ok(batches) => Box::new(batches),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }

    fn checked(&self) -> Result<FileReader<BufReader<Positioned>>, ArrowError> {
        let damaged = |what: String| {
            ArrowError::ExternalError(Box::new(DamagedTable { path: self.path.clone(), what }))
        };
        let from_start = || Positioned { file: Arc::clone(&self.file), at: 0, end: self.record.bytes };
        match digest_of(from_start()) {
            Ok(sha256) if sha256 == self.record.sha256 => {
                FileReader::try_new(BufReader::new(from_start()), None)
            }
            Ok(_) => Err(damaged("it is not what was written".to_owned())),
            Err(error) => Err(damaged(error.to_string())),
        }
    }
}

/// A file that has no name yet. Tables hold nothing that the log does not, so who may read that may read them.
pub(crate) fn new_file(folder: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(prefix)
        .suffix(".new")
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(folder)
}

/// A reader with a place of its own in a file that several read.
struct Positioned {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Read for Positioned {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(bytes, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Positioned {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
