//! A file of ended rows that is never changed: blocks of rows, and the edges of the table's tree before and after them.
//!
//! The file proves nothing by itself: its rows must lead from the edge before it to the edge after it, and the edge
//! after the last file is the past that the saved state vouches for.

use std::fs::{File, Permissions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use annals_log::disk::open_regular;
use annals_log::{Hash, RightEdge, TreeSize};
use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use bincode::{Decode, Encode};
use tempfile::NamedTempFile;

use super::closed_block::ClosedBlock;
use super::schema::TableSchema;

/// A block that claims to be longer is refused: the longest row, after a block that was almost full.
const BLOCK_BYTES_MAX: u32 = (16 << 20) + (2 << 20);

/// What the saved state says of a file.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct FileRecord {
    /// Its name in the folder of the saved state.
    name: String,
    bytes: u64,
    /// The tree over all rows of the table up to the last one in this file: how many there are, and the edge.
    rows_through: u64,
    edge: Vec<[u8; 32]>,
}

/// A file, held open: a reader goes on when the file is removed meanwhile.
#[derive(Debug, Clone)]
pub(crate) struct ClosedFile {
    pub(crate) record: FileRecord,
    path: PathBuf,
    file: Arc<File>,
    before: RightEdge,
    behind: RightEdge,
    /// Set once its rows were found to lead from the one edge to the other.
    is_sound: Arc<OnceLock<()>>,
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
    /// Writes the rows of `files` and then of `blocks` to one file in `folder`; `before` is the tree before them. The
    /// file gets its name once it is whole: a crash leaves one that no saved state names.
    pub(crate) fn write(
        folder: &Path,
        schema: &TableSchema,
        before: RightEdge,
        files: &[Self],
        blocks: &[Arc<ClosedBlock>],
    ) -> io::Result<Self> {
        let mut writer = BlockWriter {
            to: BufWriter::new(new_file(folder, "closed-")?),
            bytes: 0,
            behind: before.clone(),
        };
        for file in files {
            file.check().map_err(io::Error::other)?;
            for block in file.blocks() {
                writer.write(&block.map_err(io::Error::other)?)?;
            }
        }
        blocks.iter().try_for_each(|block| writer.write(block))?;
        let BlockWriter { to, bytes, behind } = writer;
        let new = to.into_inner().map_err(io::IntoInnerError::into_error)?;
        // First row and root after the last one: no other content has this name.
        let (first, root) = (before.size(), behind.root().to_string());
        let name = format!("{}-{first}-{}.rows", schema.name, &root[..16]);
        let path = folder.join(&name);
        new.as_file().sync_all()?;
        let file = Arc::new(new.persist(&path).map_err(|error| error.error)?);
        let edge = behind.hashes().iter().map(|hash| hash.0).collect();
        let record = FileRecord { name, bytes, rows_through: behind.size().0, edge };
        let is_sound = Arc::new(OnceLock::from(()));
        Ok(Self { record, path, file, before, behind, is_sound })
    }

    /// Opens a file whose rows come after `before`; `None` when it is missing, or not as long as recorded.
    pub(crate) fn open(folder: &Path, record: FileRecord, before: &RightEdge) -> Option<Self> {
        let hashes = record.edge.iter().map(|&hash| Hash(hash)).collect();
        let behind = RightEdge::from_parts(TreeSize(record.rows_through), hashes)?;
        // A name with a path in it must not lead out of the folder.
        let path = folder.join(Path::new(&record.name).file_name()?);
        let file = Arc::new(open_regular(&path).ok()?);
        let is_whole = record.rows_through > before.size().0
            && file.metadata().is_ok_and(|found| found.len() == record.bytes);
        let (before, is_sound) = (before.clone(), Arc::default());
        is_whole.then_some(Self { record, path, file, before, behind, is_sound })
    }

    /// Returns how many rows it has.
    pub(crate) fn rows(&self) -> u64 {
        self.behind.size().0 - self.before.size().0
    }

    /// Returns the tree over all rows up to its last one.
    pub(crate) fn edge(&self) -> &RightEdge {
        &self.behind
    }

    /// Checks its rows against the tree, the first time it is called.
    ///
    /// # Errors
    /// [`DamagedTable`].
    pub(crate) fn check(&self) -> Result<(), ArrowError> {
        if self.is_sound.get().is_some() {
            return Ok(());
        }
        let mut edge = self.before.clone();
        for block in self.blocks() {
            block?.iter().for_each(|row| edge.push(Hash::leaf(row)));
            if edge.size() > self.behind.size() {
                break;
            }
        }
        if edge != self.behind {
            return Err(self.damaged("it is not what was written"));
        }
        self.is_sound.get_or_init(|| ());
        Ok(())
    }

    /// Reads the rows, unchecked: call [`ClosedFile::check`] first.
    pub(crate) fn scan(self, schema: &'static TableSchema) -> Batches {
        let batches = self.blocks().map(move |block| {
            block?.to_batch(schema).ok_or_else(|| self.damaged("its rows are not of this table"))
        });
        Box::new(batches)
    }

    fn blocks(&self) -> impl Iterator<Item = Result<ClosedBlock, ArrowError>> + Send + use<> {
        let mut from = BufReader::new(Positioned { file: Arc::clone(&self.file), at: 0 });
        let (mut left, damaged) = (self.record.bytes, self.clone());
        std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            let block = read_block(&mut from, &mut left);
            if block.is_err() {
                left = 0;
            }
            Some(block.map_err(|error| damaged.damaged(&error.to_string())))
        })
    }

    fn damaged(&self, what: &str) -> ArrowError {
        let what = what.to_owned();
        ArrowError::ExternalError(Box::new(DamagedTable { path: self.path.clone(), what }))
    }
}

/// A file of blocks that is being written, and the tree after the rows in it so far.
struct BlockWriter {
    to: BufWriter<NamedTempFile>,
    bytes: u64,
    behind: RightEdge,
}

impl BlockWriter {
    fn write(&mut self, block: &ClosedBlock) -> io::Result<()> {
        let length = u32::try_from(block.bytes().len()).expect("a block ends with the row that fills it");
        self.to.write_all(&length.to_be_bytes())?;
        self.to.write_all(block.bytes())?;
        self.bytes += 4 + u64::from(length);
        block.iter().for_each(|row| self.behind.push(Hash::leaf(row)));
        Ok(())
    }
}

/// Reads the next block of a file of which `left` bytes remain.
fn read_block(from: &mut impl Read, left: &mut u64) -> io::Result<ClosedBlock> {
    let not_written = || io::Error::from(io::ErrorKind::InvalidData);
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    *left = left.checked_sub(4 + u64::from(length)).ok_or_else(not_written)?;
    if length == 0 || length > BLOCK_BYTES_MAX {
        return Err(not_written());
    }
    let mut bytes = vec![0; length as usize];
    from.read_exact(&mut bytes)?;
    ClosedBlock::of(bytes).ok_or_else(not_written)
}

/// Makes a file that has no lasting name yet. Tables hold nothing that is not in the log, so the file is readable by
/// everybody who may read the log.
pub(crate) fn new_file(folder: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(prefix)
        .suffix(".new")
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(folder)
}

/// A reader with its own position in a file that several read.
struct Positioned {
    file: Arc<File>,
    at: u64,
}

impl Read for Positioned {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(bytes, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
