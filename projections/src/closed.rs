//! Rows that stand no more: in memory at first, then in files beside the saved state.

use std::io;
use std::path::PathBuf;

use arrow_array::RecordBatch;

use crate::batch::{End, rows_to_batch};
use crate::cell::Cell;
use crate::closed_file::{Batches, ClosedFile};
use crate::rows::Row;
use crate::schema::TableSchema;

/// So many rows make a batch.
const BATCH_ROWS: usize = 8192;
/// Beyond so many batches in memory they are written to a file.
const BATCHES_IN_MEMORY_MAX: usize = 16;

/// A row that stood from its `valid_from` up to, not including, `valid_to`.
pub(crate) struct ClosedRow {
    pub(crate) key: Box<[Cell]>,
    pub(crate) row: Row,
    /// Cells of [`TableSchema::ending`], or none.
    pub(crate) ending: Box<[Cell]>,
    pub(crate) valid_to: u64,
}

/// The past of one table, to be added to.
pub(crate) struct ClosedTable {
    schema: &'static TableSchema,
    keeping: Keeping,
    fresh: Vec<ClosedRow>,
    batches: Vec<RecordBatch>,
    files: Vec<ClosedFile>,
}

/// What becomes of rows that stand no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// They are let go.
    Nothing,
    /// They stay in memory.
    InMemory,
    /// They go into files in this folder when they are many.
    Files(PathBuf),
}

/// Rows of one table that stand no more, in the order in which they ended.
#[derive(Debug, Clone, Default)]
pub struct ClosedRows {
    files: Vec<ClosedFile>,
    batches: Vec<RecordBatch>,
}

impl ClosedRows {
    /// Rows in memory alone.
    pub fn in_memory(batches: Vec<RecordBatch>) -> Self {
        Self { files: Vec::new(), batches }
    }

    /// How many.
    pub fn len(&self) -> usize {
        let in_files: u64 = self.files.iter().map(|file| file.record.rows).sum();
        let in_files = usize::try_from(in_files).expect("they were in memory once");
        in_files + self.batches.iter().map(RecordBatch::num_rows).sum::<usize>()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads them, a batch at a time. A file is checked against its digest before anything of it is given.
    pub fn scan(&self) -> Batches {
        let files = self.files.clone().into_iter().flat_map(|file| file.scan());
        Box::new(files.chain(self.batches.clone().into_iter().map(Ok)))
    }
}

impl ClosedTable {
    pub(crate) fn new(schema: &'static TableSchema) -> Self {
        let (fresh, batches, files) = Default::default();
        Self { schema, keeping: Keeping::InMemory, fresh, batches, files }
    }

    /// What becomes of rows from now on; `files` have those of before.
    pub(crate) fn keep(&mut self, keeping: Keeping, files: Vec<ClosedFile>) {
        (self.keeping, self.files) = (keeping, files);
    }

    pub(crate) fn push(&mut self, row: ClosedRow) {
        if self.keeping == Keeping::Nothing {
            return;
        }
        self.fresh.push(row);
        if self.fresh.len() == BATCH_ROWS {
            self.batches.push(self.batch());
            self.fresh.clear();
        }
    }

    /// Writes what is in memory to a file if it is much.
    ///
    /// # Errors
    /// The disk; then everything is still in memory.
    pub(crate) fn spill(&mut self) -> io::Result<()> {
        if self.batches.len() < BATCHES_IN_MEMORY_MAX { Ok(()) } else { self.write() }
    }

    /// Writes what is in memory to a file, if there is a folder for it. Files that are not much larger are written again
    /// into it, so that there are never many.
    ///
    /// # Errors
    /// The disk; then everything is still in memory.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        let Keeping::Files(folder) = &self.keeping else { return Ok(()) };
        let batches = self.all_batches();
        let mut rows: u64 = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        if rows == 0 {
            return Ok(());
        }
        let mut kept = self.files.len();
        while kept > 0 && self.files[kept - 1].record.rows <= 2 * rows {
            kept -= 1;
            rows += self.files[kept].record.rows;
        }
        let merged = ClosedRows { files: self.files.split_off(kept), batches };
        match ClosedFile::write(folder, self.schema, merged.scan()) {
            Ok(file) => self.files.push(file),
            Err(error) => {
                self.files.extend(merged.files);
                return Err(error);
            }
        }
        self.batches.clear();
        self.fresh.clear();
        Ok(())
    }

    pub(crate) fn files(&self) -> &[ClosedFile] {
        &self.files
    }

    pub(crate) fn rows(&self) -> ClosedRows {
        ClosedRows { files: self.files.clone(), batches: self.all_batches() }
    }

    fn all_batches(&self) -> Vec<RecordBatch> {
        let fresh = (!self.fresh.is_empty()).then(|| self.batch());
        self.batches.iter().cloned().chain(fresh).collect()
    }

    fn batch(&self) -> RecordBatch {
        rows_to_batch(
            self.schema,
            self.fresh.iter().map(|closed| {
                let end = End { cells: &closed.ending, valid_to: closed.valid_to };
                (&*closed.key, &closed.row, Some(end))
            }),
        )
    }
}
