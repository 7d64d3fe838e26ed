//! Rows without a meaning: cells, columns, schemas, the rows of a table, and those that it had before.

mod batch;
mod cell;
mod closed;
mod closed_block;
mod closed_file;
mod column_builder;
mod column_of;
mod row;
mod schema;
mod snapshot;
mod store;

pub(crate) use batch::cells_to_batch;
pub use cell::{Cell, CellType};
pub use closed::ClosedRows;
pub(crate) use closed::{ClosedTable, Keeping};
pub use closed_file::DamagedTable;
pub(crate) use closed_file::{ClosedFile, FileRecord, new_file};
pub use column_builder::ColumnBuilder;
pub(crate) use column_of::{CellSource, ColumnOf, Columns, cells, plain};
pub(crate) use row::NewRow;
pub use schema::{Column, TableSchema};
pub use snapshot::TableSnapshot;
pub(crate) use store::Rows;
