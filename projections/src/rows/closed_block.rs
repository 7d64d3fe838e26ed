//! A block of ended rows, each as the bytes that name it in the tree over a table's past.

use annals_log::decode;
use arrow_array::RecordBatch;

use super::cell::CellRef;
use super::column_builder::ColumnBuilder;
use super::schema::TableSchema;

/// A block is full with the row that brings it to this many rows or bytes.
const ROWS: usize = 8192;
const BYTES: usize = 1 << 20;

/// Rows one after another, each after its length in 4 bytes, big-endian.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClosedBlock {
    rows: usize,
    bytes: Vec<u8>,
}

impl ClosedBlock {
    /// Reads a block; `None` when `bytes` are not whole rows, one after another.
    pub(crate) fn of(bytes: Vec<u8>) -> Option<Self> {
        let mut block = Self { rows: 0, bytes };
        let (mut rows, mut left) = (0, block.bytes.as_slice());
        while !left.is_empty() {
            (_, left) = split_row(left)?;
            rows += 1;
        }
        block.rows = rows;
        Some(block)
    }

    pub(crate) fn push(&mut self, row: &[u8]) {
        let length = u32::try_from(row.len()).expect("the codec writes at most 16 MiB");
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(row);
        self.rows += 1;
    }

    pub(crate) fn is_full(&self) -> bool {
        self.rows >= ROWS || self.bytes.len() >= BYTES
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Iterates over the bytes of each row.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut left = self.bytes.as_slice();
        std::iter::from_fn(move || {
            let (row, rest) = split_row(left)?;
            left = rest;
            Some(row)
        })
    }

    /// Returns the rows as columns of [`TableSchema::arrow`]; `None` when one of them is not a row of this table.
    pub(crate) fn to_batch(&self, schema: &TableSchema) -> Option<RecordBatch> {
        let columns: Vec<_> = schema.all_columns().collect();
        let mut builders: Vec<_> = columns.iter().map(|column| ColumnBuilder::of(column.cell_type)).collect();
        for row in self.iter() {
            let cells: Vec<CellRef<'_>> = decode(row).ok()?;
            if cells.len() != columns.len() {
                return None;
            }
            for ((builder, cell), column) in builders.iter_mut().zip(cells).zip(&columns) {
                if !column.holds(cell) {
                    return None;
                }
                builder.append_ref(cell);
            }
        }
        RecordBatch::try_new(schema.arrow(), builders.iter_mut().map(ColumnBuilder::finish).collect()).ok()
    }
}

fn split_row(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}
