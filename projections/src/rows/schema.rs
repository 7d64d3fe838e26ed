//! What a state table looks like: its columns, its key, and the columns that every table ends with.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::cell::{Cell, CellRef, CellType};
use crate::evidence::Evidence;

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The name in SQL; the same fact has the same name in every table.
    pub name: &'static str,
    /// The type; the same fact has the same type in every table.
    pub cell_type: CellType,
    /// Whether a row may have null here.
    pub nullable: bool,
}

/// A table whose rows come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSchema {
    /// The name in SQL.
    pub name: &'static str,
    /// One sentence that says what the table holds.
    pub about: &'static str,
    /// Rises whenever the same entries would give other rows.
    pub version: u16,
    /// The table's own columns, the key first. After them and `ending` every table has [`TableSchema::ENDING`].
    pub columns: &'static [Column],
    /// The table's own columns that are null until a row ends; no state root includes them.
    pub ending: &'static [Column],
    /// How many of the first columns name a row; rows are in their order.
    pub key_columns: usize,
    /// How many of the last columns say how a row came about. A row that differs from the one before in these alone is
    /// the same row, and keeps them as they were.
    pub origin_columns: usize,
    /// Whether ended rows are kept. Where they are not, each change replaces the row, also one that says the same
    /// again.
    pub keeps_history: bool,
    /// Whether blocks, the state read after them and the policy alone decide its rows. Such a table can be asked for as
    /// of any block, also of one that was recorded long after it was made: right after the block's entries it shows the
    /// chain of that block, whereas a table of another source shows what that source said when the block was recorded.
    pub follows_chain_alone: bool,
    /// What its rows follow from, each of which has to be there before no row means anything. Empty where the log
    /// itself is enough.
    pub evidence: &'static [Evidence],
}

impl Column {
    /// Makes a column that no row has null.
    pub const fn of(name: &'static str, cell_type: CellType) -> Self {
        Self { name, cell_type, nullable: false }
    }

    /// Makes a column that may be null.
    pub const fn nullable(name: &'static str, cell_type: CellType) -> Self {
        Self { name, cell_type, nullable: true }
    }

    /// Returns the columns as Arrow has them. Times are in UTC, so that no setting changes what they say.
    pub fn schema_of<'a>(columns: impl IntoIterator<Item = &'a Self>) -> SchemaRef {
        Arc::new(Schema::new(columns.into_iter().map(Self::field).collect::<Vec<_>>()))
    }

    /// Whether a row may have this cell here.
    pub(crate) fn holds(&self, cell: CellRef<'_>) -> bool {
        cell.cell_type().map_or(self.nullable, |cell_type| cell_type == self.cell_type)
    }

    fn field(&self) -> Field {
        let data_type = match self.cell_type {
            CellType::Bool => DataType::Boolean,
            CellType::Int => DataType::Int64,
            CellType::UInt => DataType::UInt64,
            CellType::Float => DataType::Float64,
            CellType::Text => DataType::Utf8,
            CellType::Time => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        };
        Field::new(self.name, data_type, self.nullable)
    }
}

impl TableSchema {
    /// The columns that every table ends with: the entry that a row came from, the first size of the log at which the
    /// row is there, and the first at which it is not any more, null until it ends.
    pub const ENDING: [Column; 3] = [
        Column::of("log_index", CellType::UInt),
        Column::of("valid_from", CellType::UInt),
        Column::nullable("valid_to", CellType::UInt),
    ];

    /// Returns all columns, those of the ending included, as Arrow has them.
    pub fn arrow(&self) -> SchemaRef {
        Column::schema_of(self.all_columns())
    }

    /// Whether these cells are a row of this table, the key first.
    pub(crate) fn has_columns_of(&self, key: &[Cell], values: &[Cell]) -> bool {
        key.len() == self.key_columns
            && key.len() + values.len() == self.columns.len()
            && are_of(self.columns, key.iter().chain(values))
    }

    /// Asserts that these cells are a row of this table.
    ///
    /// # Panics
    /// If the table's list of columns makes a cell of another type than it says.
    pub(crate) fn check(&self, key: &[Cell], values: &[Cell]) {
        assert!(self.has_columns_of(key, values), "{}: {key:?} {values:?} is no row", self.name);
    }

    /// Whether these cells say how a row of this table ended.
    pub(crate) fn has_ending_of(&self, ending: &[Cell]) -> bool {
        ending.len() == self.ending.len() && are_of(self.ending, ending)
    }

    /// Returns how many of the columns after the key are compared to tell whether a row has changed.
    pub(crate) fn compared_columns(&self) -> usize {
        self.columns.len() - self.key_columns - self.origin_columns
    }

    /// Iterates over all columns, those of the ending included.
    pub fn all_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().chain(self.ending).chain(&Self::ENDING)
    }
}

fn are_of<'a>(columns: &[Column], cells: impl IntoIterator<Item = &'a Cell>) -> bool {
    cells.into_iter().zip(columns).all(|(cell, column)| column.holds(cell.into()))
}
