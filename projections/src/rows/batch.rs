//! Turns the current rows of a table into Arrow columns.

use arrow_array::RecordBatch;

use super::cell::Cell;
use super::column_builder::ColumnBuilder;
use super::row::Row;
use super::schema::TableSchema;

/// Returns these rows as the columns of [`TableSchema::arrow`]; the columns of their end are null.
pub(crate) fn rows_to_batch<'a>(
    schema: &TableSchema,
    rows: impl Iterator<Item = (&'a [Cell], &'a Row)>,
) -> RecordBatch {
    let mut batch = Batch::of(schema);
    for (key, row) in rows {
        let ending = std::iter::repeat_n(&Cell::Null, schema.ending.len());
        let last = [Cell::UInt(row.log_index), Cell::UInt(row.valid_from), Cell::Null];
        batch.push(key.iter().chain(&row.values).chain(ending).chain(&last));
    }
    batch.finish(schema)
}

/// Returns rows that have a cell for each column of [`TableSchema::arrow`] as those columns.
pub(crate) fn cells_to_batch(schema: &TableSchema, rows: &[Vec<Cell>]) -> RecordBatch {
    let mut batch = Batch::of(schema);
    rows.iter().for_each(|row| batch.push(row));
    batch.finish(schema)
}

struct Batch(Vec<ColumnBuilder>);

impl Batch {
    fn of(schema: &TableSchema) -> Self {
        Self(schema.all_columns().map(|column| ColumnBuilder::of(column.cell_type)).collect())
    }

    fn push<'a>(&mut self, cells: impl IntoIterator<Item = &'a Cell>) {
        for (column, cell) in self.0.iter_mut().zip(cells) {
            column.append(cell);
        }
    }

    fn finish(mut self, schema: &TableSchema) -> RecordBatch {
        let columns = self.0.iter_mut().map(ColumnBuilder::finish).collect();
        RecordBatch::try_new(schema.arrow(), columns).expect("the cells of a row are of its columns' types")
    }
}
