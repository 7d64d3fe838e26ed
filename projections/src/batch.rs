//! Rows as Arrow columns.

use arrow_array::RecordBatch;

use crate::cell::Cell;
use crate::column_builder::ColumnBuilder;
use crate::rows::Row;
use crate::schema::TableSchema;

/// How a row ended.
pub(crate) struct End<'a> {
    /// Of [`TableSchema::ending`]; none where nothing is known.
    pub(crate) cells: &'a [Cell],
    pub(crate) valid_to: u64,
}

/// Key, row and end of each, as the columns of [`TableSchema::arrow`].
pub(crate) fn rows_to_batch<'a>(
    schema: &TableSchema,
    rows: impl Iterator<Item = (&'a [Cell], &'a Row, Option<End<'a>>)>,
) -> RecordBatch {
    let mut builders: Vec<_> =
        schema.all_columns().map(|column| ColumnBuilder::of(column.cell_type)).collect();
    for (key, row, end) in rows {
        let valid_to = Cell::of(end.as_ref().map(|end| end.valid_to));
        let known = end.map_or(&[][..], |end| end.cells);
        let own = known.iter().chain(std::iter::repeat(&Cell::Null)).take(schema.ending.len());
        let last = [Cell::UInt(row.log_index), Cell::UInt(row.valid_from), valid_to];
        let cells = key.iter().chain(&row.values).chain(own).chain(&last);
        for (builder, cell) in builders.iter_mut().zip(cells) {
            builder.append(cell);
        }
    }
    let columns = builders.iter_mut().map(ColumnBuilder::finish).collect();
    RecordBatch::try_new(schema.arrow(), columns).expect("the cells of a row are of its columns' types")
}
