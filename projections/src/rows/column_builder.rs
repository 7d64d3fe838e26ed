//! Builds an Arrow column from cells.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, TimestampMillisecondBuilder, UInt64Builder,
};

use super::cell::{Cell, CellRef, CellType};

/// A column that is being filled.
pub struct ColumnBuilder(Builder);

enum Builder {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    UInt(UInt64Builder),
    Float(Float64Builder),
    Text(StringBuilder),
    Time(TimestampMillisecondBuilder),
}

impl ColumnBuilder {
    /// Begins a column of this type, in the Arrow type of [`crate::Column::schema_of`].
    pub fn of(cell_type: CellType) -> Self {
        Self(match cell_type {
            CellType::Bool => Builder::Bool(BooleanBuilder::new()),
            CellType::Int => Builder::Int(Int64Builder::new()),
            CellType::UInt => Builder::UInt(UInt64Builder::new()),
            CellType::Float => Builder::Float(Float64Builder::new()),
            CellType::Text => Builder::Text(StringBuilder::new()),
            CellType::Time => Builder::Time(TimestampMillisecondBuilder::new().with_timezone("UTC")),
        })
    }

    /// Adds a cell. Returns how many bytes of text it took.
    ///
    /// # Panics
    /// If the cell is not of the column's type.
    pub fn append(&mut self, cell: &Cell) -> usize {
        self.append_ref(cell.into())
    }

    pub(crate) fn append_ref(&mut self, cell: CellRef<'_>) -> usize {
        match (&mut self.0, cell) {
            (Builder::Bool(builder), CellRef::Bool(value)) => builder.append_value(value),
            (Builder::Int(builder), CellRef::Int(value)) => builder.append_value(value),
            (Builder::UInt(builder), CellRef::UInt(value)) => builder.append_value(value),
            (Builder::Float(builder), CellRef::Float(value)) => builder.append_value(value),
            (Builder::Text(builder), CellRef::Text(value)) => {
                builder.append_value(value);
                return value.len();
            }
            (Builder::Time(builder), CellRef::Time(value)) => builder.append_value(value),
            (_, CellRef::Null) => self.append_null(),
            (_, cell) => panic!("{cell:?} is not of the column's type"),
        }
        0
    }

    fn append_null(&mut self) {
        match &mut self.0 {
            Builder::Bool(builder) => builder.append_null(),
            Builder::Int(builder) => builder.append_null(),
            Builder::UInt(builder) => builder.append_null(),
            Builder::Float(builder) => builder.append_null(),
            Builder::Text(builder) => builder.append_null(),
            Builder::Time(builder) => builder.append_null(),
        }
    }

    /// Returns the column and begins another one.
    pub fn finish(&mut self) -> ArrayRef {
        match &mut self.0 {
            Builder::Bool(builder) => Arc::new(builder.finish()),
            Builder::Int(builder) => Arc::new(builder.finish()),
            Builder::UInt(builder) => Arc::new(builder.finish()),
            Builder::Float(builder) => Arc::new(builder.finish()),
            Builder::Text(builder) => Arc::new(builder.finish()),
            Builder::Time(builder) => Arc::new(builder.finish()),
        }
    }
}
