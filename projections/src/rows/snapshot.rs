//! A table at one size of the log, to be read: its current rows, and those that have ended.

use arrow_array::RecordBatch;

use super::closed::ClosedRows;
use super::schema::TableSchema;

/// A state table at one size of the log. It stays as it is while the log goes on.
#[derive(Debug, Clone)]
pub struct TableSnapshot {
    /// The table's schema.
    pub schema: &'static TableSchema,
    /// The current rows, in the order of their key; all columns of [`TableSchema::arrow`].
    pub open: RecordBatch,
    /// The ended rows, in the order in which they ended; the same columns.
    pub closed: ClosedRows,
}
