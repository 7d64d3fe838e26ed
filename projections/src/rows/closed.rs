//! Rows that have ended: in memory at first, then in files beside the saved state; and the tree over all of them.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use annals_log::{Hash, PastRows, RightEdge, encode};

use super::cell::Cell;
use super::closed_block::ClosedBlock;
use super::closed_file::{Batches, ClosedFile};
use super::row::Row;
use super::schema::TableSchema;

/// As soon as this many blocks are in memory, they are written to a file.
const BLOCKS_IN_MEMORY_MAX: usize = 16;

/// A row that stood from its `valid_from` up to, not including, `valid_to`.
pub(crate) struct ClosedRow {
    pub(crate) key: Box<[Cell]>,
    pub(crate) row: Row,
    /// Cells of [`TableSchema::ending`], or none.
    pub(crate) ending: Box<[Cell]>,
    pub(crate) valid_to: u64,
}

/// The ended rows of one table, to which more are added.
pub(crate) struct ClosedTable {
    schema: &'static TableSchema,
    keeping: Keeping,
    /// The tree over the bytes of all rows that have ended, kept or not.
    edge: RightEdge,
    fresh: ClosedBlock,
    blocks: Vec<Arc<ClosedBlock>>,
    files: Vec<ClosedFile>,
}

/// Where rows go when they end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// They are dropped.
    Nothing,
    /// They stay in memory.
    InMemory,
    /// They go into files in this folder when they are many.
    Files(PathBuf),
}

/// The ended rows of one table, in the order in which they ended.
#[derive(Debug, Clone, Default)]
pub struct ClosedRows {
    files: Vec<ClosedFile>,
    blocks: Vec<Arc<ClosedBlock>>,
}

impl ClosedRow {
    /// Returns the bytes that name it in the tree: all its cells, in the order of [`TableSchema::arrow`].
    fn encode(&self, schema: &TableSchema) -> Vec<u8> {
        let ending = self.ending.iter().chain(std::iter::repeat(&Cell::Null)).take(schema.ending.len());
        let last = [self.row.log_index, self.row.valid_from, self.valid_to].map(Cell::UInt);
        let cells = self.key.iter().chain(&self.row.values).chain(ending).chain(&last);
        encode(&cells.collect::<Vec<_>>())
    }
}

impl ClosedRows {
    /// Keeps these rows in memory; each has all cells of [`TableSchema::arrow`].
    pub fn in_memory(rows: &[Vec<Cell>]) -> Self {
        let mut block = ClosedBlock::default();
        rows.iter().for_each(|row| block.push(&encode(row)));
        Self { files: Vec::new(), blocks: vec![Arc::new(block)] }
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        let in_files: u64 = self.files.iter().map(ClosedFile::rows).sum();
        let in_files = usize::try_from(in_files).expect("they were in memory once");
        in_files + self.blocks.iter().map(|block| block.rows()).sum::<usize>()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads them, a batch at a time. All files are checked against the tree over their rows before the first batch is
    /// returned.
    pub fn scan(&self, schema: &'static TableSchema) -> Batches {
        if let Some(error) = self.files.iter().find_map(|file| file.check().err()) {
            return Box::new(std::iter::once(Err(error)));
        }
        let files = self.files.clone().into_iter().flat_map(move |file| file.scan(schema));
        let in_memory = self.blocks.clone().into_iter().map(move |block| {
            Ok(block.to_batch(schema).expect("rows in memory have the columns of their table"))
        });
        Box::new(files.chain(in_memory))
    }
}

impl ClosedTable {
    pub(crate) fn new(schema: &'static TableSchema) -> Self {
        let (fresh, blocks, files) = Default::default();
        Self { schema, keeping: Keeping::InMemory, edge: RightEdge::empty(), fresh, blocks, files }
    }

    /// Says where rows go that end from now on.
    pub(crate) fn keep(&mut self, keeping: Keeping) {
        self.keeping = keeping;
    }

    /// Puts back the files of rows that ended earlier, in their order.
    pub(crate) fn restore(&mut self, files: Vec<ClosedFile>) {
        self.edge = files.last().map_or_else(RightEdge::empty, |file| file.edge().clone());
        self.files = files;
    }

    /// Returns the number of rows that have ended, and 32 bytes that name them all.
    pub(crate) fn past(&self) -> PastRows {
        PastRows { rows: self.edge.size().0, root: self.edge.root().0 }
    }

    pub(crate) fn push(&mut self, row: &ClosedRow) {
        self.push_bytes(&row.encode(self.schema));
    }

    /// Adds a row that has all cells of [`TableSchema::arrow`].
    pub(crate) fn push_cells(&mut self, cells: &[Cell]) {
        self.push_bytes(&encode(&cells));
    }

    fn push_bytes(&mut self, bytes: &[u8]) {
        self.edge.push(Hash::leaf(bytes));
        if self.keeping == Keeping::Nothing {
            return;
        }
        self.fresh.push(bytes);
        if self.fresh.is_full() {
            self.blocks.push(Arc::new(std::mem::take(&mut self.fresh)));
        }
    }

    /// Writes what is in memory to a file once it is [`BLOCKS_IN_MEMORY_MAX`] blocks.
    ///
    /// # Errors
    /// I/O; everything is still in memory then.
    pub(crate) fn spill(&mut self) -> io::Result<()> {
        if self.blocks.len() < BLOCKS_IN_MEMORY_MAX { Ok(()) } else { self.write() }
    }

    /// Writes what is in memory to a file, if there is a folder for it. Earlier files that are not much larger are
    /// merged into the new one, so that there are never many.
    ///
    /// # Errors
    /// I/O, or an earlier file is damaged; everything is as before then.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        let Keeping::Files(folder) = &self.keeping else { return Ok(()) };
        let blocks = self.all_blocks();
        let mut rows: u64 = blocks.iter().map(|block| block.rows() as u64).sum();
        if rows == 0 {
            return Ok(());
        }
        let mut kept = self.files.len();
        while kept > 0 && self.files[kept - 1].rows() <= 2 * rows {
            kept -= 1;
            rows += self.files[kept].rows();
        }
        let before =
            kept.checked_sub(1).map_or_else(RightEdge::empty, |last| self.files[last].edge().clone());
        let file = ClosedFile::write(folder, self.schema, before, &self.files[kept..], &blocks)?;
        self.files.truncate(kept);
        self.files.push(file);
        self.blocks.clear();
        self.fresh = ClosedBlock::default();
        Ok(())
    }

    /// Whether every row that has ended lies in a file, as after [`ClosedTable::write`] if there is a folder for them.
    pub(crate) fn is_in_files(&self) -> bool {
        self.files.last().map_or(0, |last| last.edge().size().0) == self.edge.size().0
    }

    pub(crate) fn files(&self) -> &[ClosedFile] {
        &self.files
    }

    pub(crate) fn rows(&self) -> ClosedRows {
        ClosedRows { files: self.files.clone(), blocks: self.all_blocks() }
    }

    fn all_blocks(&self) -> Vec<Arc<ClosedBlock>> {
        let fresh = (self.fresh.rows() > 0).then(|| Arc::new(self.fresh.clone()));
        self.blocks.iter().cloned().chain(fresh).collect()
    }
}
