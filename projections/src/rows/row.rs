//! A row: as a fold makes it, and as its table keeps it.

use super::cell::Cell;

/// A row as a fold makes it.
pub(crate) struct NewRow {
    pub(crate) key: Vec<Cell>,
    /// The cells of the columns after the key.
    pub(crate) values: Vec<Cell>,
    /// The entry that it comes from.
    pub(crate) log_index: u64,
}

/// A current row, kept under its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) values: Box<[Cell]>,
    pub(crate) log_index: u64,
    pub(crate) valid_from: u64,
    pub(super) bucket: u16,
}

impl Row {
    /// Whether the first `compared` of these values are the row's.
    pub(super) fn says(&self, values: &[Cell], compared: usize) -> bool {
        self.values.iter().zip(values).take(compared).all(|(one, other)| one == other)
    }
}
