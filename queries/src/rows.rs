//! Rows on their way to Arrow: cells in, batches out, only the columns that are wanted.

use std::sync::Arc;

use annals_projections::{Cell, Column, ColumnBuilder};
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;

/// A batch has at most so many rows.
pub(crate) const BATCH_ROWS_MAX: usize = 8192;
/// And is handed on once its texts have so many bytes: a column of JSON would else take gigabytes.
const BATCH_TEXT_BYTES: usize = 4 << 20;

/// Collects rows, column by column.
pub(crate) struct Rows {
    columns: Vec<(&'static str, ColumnBuilder)>,
    schema: SchemaRef,
    count: usize,
    text_bytes: usize,
}

impl Rows {
    /// Rows of `columns`, of which only those at the places in `wanted` are kept, in that order.
    pub(crate) fn new(columns: &[Column], wanted: &[usize]) -> Self {
        let wanted: Vec<Column> = wanted.iter().map(|&place| columns[place]).collect();
        let schema = Column::schema_of(&wanted);
        let columns =
            wanted.iter().map(|column| (column.name, ColumnBuilder::of(column.cell_type))).collect();
        Self { columns, schema, count: 0, text_bytes: 0 }
    }

    /// Adds a row; `cell` is asked for the wanted columns, by name, in order.
    ///
    /// # Errors
    /// The first that `cell` gives; the rows are then of no use any more.
    ///
    /// # Panics
    /// If a cell is not of its column's type.
    pub(crate) fn push<E>(&mut self, mut cell: impl FnMut(&'static str) -> Result<Cell, E>) -> Result<(), E> {
        for (name, builder) in &mut self.columns {
            self.text_bytes += builder.append(&cell(name)?);
        }
        self.count += 1;
        Ok(())
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Time to hand them on.
    pub(crate) fn is_full(&self) -> bool {
        self.count >= BATCH_ROWS_MAX || self.text_bytes >= BATCH_TEXT_BYTES
    }

    /// What was collected; goes on empty.
    pub(crate) fn take(&mut self) -> RecordBatch {
        let arrays = self.columns.iter_mut().map(|(_, builder)| builder.finish()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.count));
        (self.count, self.text_bytes) = (0, 0);
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
            .expect("builders are made from the schema, and every row has a cell in each")
    }
}
