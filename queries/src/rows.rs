//! Rows on their way to Arrow: cells in, batches out, only the columns that are wanted.

use std::convert::Infallible;
use std::sync::Arc;

use annals_projections::{Cell, CellType, Column, ColumnBuilder};
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;

/// The most rows in a batch.
pub(crate) const BATCH_ROWS_MAX: usize = 8192;
/// A batch is handed on once its texts have this many bytes: a column of JSON would otherwise take gigabytes.
const BATCH_TEXT_BYTES: usize = 4 << 20;

/// A column of a table whose rows lie in memory, and how its cell is had from a row.
pub(crate) struct RowColumn<R> {
    column: Column,
    cell: fn(&R) -> Cell,
}

/// Collects rows, column by column.
pub(crate) struct Rows {
    wanted: Vec<Wanted>,
    schema: SchemaRef,
    count: usize,
    text_bytes: usize,
}

/// A column that was asked for.
struct Wanted {
    /// In the table's list of columns.
    place: usize,
    cells: ColumnBuilder,
}

impl<R> RowColumn<R> {
    /// A column whose cells are never null.
    pub(crate) const fn of(name: &'static str, cell_type: CellType, cell: fn(&R) -> Cell) -> Self {
        Self { column: Column::of(name, cell_type), cell }
    }

    /// A column whose cells may be null.
    pub(crate) const fn nullable(name: &'static str, cell_type: CellType, cell: fn(&R) -> Cell) -> Self {
        Self { column: Column::nullable(name, cell_type), cell }
    }

    /// The columns as a schema lists them.
    pub(crate) fn plain(columns: &[Self]) -> Vec<Column> {
        columns.iter().map(|column| column.column).collect()
    }
}

impl Rows {
    /// Collects those columns of a table whose places are in `wanted`, in that order.
    pub(crate) fn new(columns: &[Column], wanted: &[usize]) -> Self {
        let schema = Column::schema_of(wanted.iter().map(|&place| &columns[place]));
        let wanted = wanted.iter().map(|&place| {
            let cells = ColumnBuilder::of(columns[place].cell_type);
            Wanted { place, cells }
        });
        Self { wanted: wanted.collect(), schema, count: 0, text_bytes: 0 }
    }

    /// Adds a row of the table that has `columns`.
    ///
    /// # Panics
    /// If a cell is not of its column's type.
    pub(crate) fn push<R>(&mut self, columns: &[RowColumn<R>], row: &R) {
        let Ok(()) = self.try_push::<_, Infallible>(columns, |column| Ok((column.cell)(row)));
    }

    /// Adds a row of the table that has `columns`, and asks `cell` for the wanted ones, in the order of [`Rows::new`].
    ///
    /// # Errors
    /// The first that `cell` gives; the rows are then of no use any more.
    ///
    /// # Panics
    /// If a cell is not of its column's type.
    pub(crate) fn try_push<C, E>(
        &mut self,
        columns: &[C],
        mut cell: impl FnMut(&C) -> Result<Cell, E>,
    ) -> Result<(), E> {
        for wanted in &mut self.wanted {
            self.text_bytes += wanted.cells.append(&cell(&columns[wanted.place])?);
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

    /// Returns what was collected and goes on empty.
    pub(crate) fn take(&mut self) -> RecordBatch {
        let arrays = self.wanted.iter_mut().map(|wanted| wanted.cells.finish()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.count));
        (self.count, self.text_bytes) = (0, 0);
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
            .expect("builders are made from the schema, and every row has a cell in each")
    }
}
