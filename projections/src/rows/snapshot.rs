//! A table as it stands, to be read: the rows that stand, and those that stood.

use arrow_array::RecordBatch;

use super::closed::ClosedRows;
use super::schema::TableSchema;

/// A state table at one size of the log. It stays as it is while the log goes on.
#[derive(Debug, Clone)]
pub struct TableSnapshot {
    /// Which table.
    pub schema: &'static TableSchema,
    /// Rows that stand, in the order of their key; all columns of [`TableSchema::arrow`].
    pub open: RecordBatch,
    /// Rows that stood, in the order in which they ended; the same columns.
    pub closed: ClosedRows,
}
