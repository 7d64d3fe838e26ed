//! What a state table looks like: its columns, its key, and the columns that every table ends with.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::cell::{Cell, CellRef, CellType};

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The same fact has the same name in every table.
    pub name: &'static str,
    /// And the same type.
    pub cell_type: CellType,
    /// Whether a row may know nothing of it.
    pub nullable: bool,
}

/// A table whose rows come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSchema {
    /// As in SQL.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Rises whenever the same entries would give other rows.
    pub version: u16,
    /// Its own, the key first. Behind them and `ending` every table has [`TableSchema::ENDING`].
    pub columns: &'static [Column],
    /// Its own that are known once a row stands no more, null before; no state root has them.
    pub ending: &'static [Column],
    /// How many of the first columns name a row; rows are in their order.
    pub key_columns: usize,
    /// How many of the last columns say how a row came about. A row that differs from the one before in these alone is
    /// the same row, and keeps them as they were.
    pub origin_columns: usize,
    /// Whether rows that are no more can be asked for. Where not, a row is simply the last that was heard.
    pub keeps_history: bool,
    /// Whether blocks, the state read after them and the policy alone decide its rows. Such a table can be asked for as
    /// of any block, also of one that was recorded long after it was made: right after the block's entries it shows the
    /// chain of that block, whereas a table of another source shows what that source said when the block was recorded.
    pub follows_chain_alone: bool,
}

impl Column {
    /// A column whose rows all know it.
    pub const fn of(name: &'static str, cell_type: CellType) -> Self {
        Self { name, cell_type, nullable: false }
    }

    /// A column of which a row may know nothing.
    pub const fn nullable(name: &'static str, cell_type: CellType) -> Self {
        Self { name, cell_type, nullable: true }
    }

    /// Columns as Arrow has them. Times are in UTC, so that nobody's settings change what they say.
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
    /// The entry that a row came from, the first size of the log at which it stood, and the first at which it did not
    /// any more; null while it stands.
    pub const ENDING: [Column; 3] = [
        Column::of("log_index", CellType::UInt),
        Column::of("valid_from", CellType::UInt),
        Column::nullable("valid_to", CellType::UInt),
    ];

    /// All columns, those of the ending included, as Arrow has them.
    pub fn arrow(&self) -> SchemaRef {
        Column::schema_of(self.all_columns())
    }

    /// Whether these cells are a row of this table, the key first.
    pub(crate) fn has_columns_of(&self, key: &[Cell], values: &[Cell]) -> bool {
        key.len() == self.key_columns
            && key.len() + values.len() == self.columns.len()
            && are_of(self.columns, key.iter().chain(values))
    }

    /// Panics unless these cells are a row of this table: its list of columns then makes a cell of another type than it
    /// says.
    pub(crate) fn check(&self, key: &[Cell], values: &[Cell]) {
        assert!(self.has_columns_of(key, values), "{}: {key:?} {values:?} is no row", self.name);
    }

    /// Whether these cells say how a row of this table ended.
    pub(crate) fn has_ending_of(&self, ending: &[Cell]) -> bool {
        ending.len() == self.ending.len() && are_of(self.ending, ending)
    }

    /// How many of the columns behind the key make a row another one.
    pub(crate) fn compared_columns(&self) -> usize {
        self.columns.len() - self.key_columns - self.origin_columns
    }

    pub(crate) fn all_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().chain(self.ending).chain(&Self::ENDING)
    }
}

fn are_of<'a>(columns: &[Column], cells: impl IntoIterator<Item = &'a Cell>) -> bool {
    cells.into_iter().zip(columns).all(|(cell, column)| column.holds(cell.into()))
}
