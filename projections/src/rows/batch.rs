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
    let mut builders: Vec<_> =
        schema.all_columns().map(|column| ColumnBuilder::of(column.cell_type)).collect();
    for (key, row) in rows {
        let ending = std::iter::repeat_n(&Cell::Null, schema.ending.len());
        let last = [Cell::UInt(row.log_index), Cell::UInt(row.valid_from), Cell::Null];
        let cells = key.iter().chain(&row.values).chain(ending).chain(&last);
        for (builder, cell) in builders.iter_mut().zip(cells) {
            builder.append(cell);
        }
    }
    let columns = builders.iter_mut().map(ColumnBuilder::finish).collect();
    RecordBatch::try_new(schema.arrow(), columns).expect("the cells of a row are of its columns' types")
}
