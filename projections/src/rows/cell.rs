//! A value in a row.

use std::cmp::Ordering;

use bincode::{BorrowDecode, Decode, Encode};

/// A value of a column, `Null` where nothing is known.
///
/// Cells of a column order as SQL orders them, `Null` first, `NaN` last.
#[derive(Debug, Clone, Encode, Decode)]
pub enum Cell {
    /// Nothing is known.
    Null,
    /// As [`CellType::Bool`].
    Bool(bool),
    /// As [`CellType::Int`].
    Int(i64),
    /// As [`CellType::UInt`].
    UInt(u64),
    /// As [`CellType::Float`].
    Float(f64),
    /// As [`CellType::Text`].
    Text(Box<str>),
    /// As [`CellType::Time`].
    Time(i64),
}

/// A cell that borrows its text; it encodes to the same bytes as the [`Cell`].
#[derive(Debug, Clone, Copy, Encode, BorrowDecode)]
pub(crate) enum CellRef<'a> {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Text(&'a str),
    Time(i64),
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellType {
    /// True or false.
    Bool,
    /// 64 bits, signed.
    Int,
    /// 64 bits, never negative.
    UInt,
    /// A double.
    Float,
    /// UTF-8.
    Text,
    /// Milliseconds since 1970 UTC.
    Time,
}

impl Cell {
    /// Returns the value as a cell, `Null` for `None`.
    pub fn of<T: Into<Self>>(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }

    /// Returns a time in milliseconds since 1970 UTC as a cell, `Null` for `None`.
    pub fn time(ms: Option<i64>) -> Self {
        ms.map_or(Self::Null, Self::Time)
    }

    pub(crate) fn text_bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            _ => 0,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Int(_) => 2,
            Self::UInt(_) => 3,
            Self::Float(_) => 4,
            Self::Text(_) => 5,
            Self::Time(_) => 6,
        }
    }
}

impl CellRef<'_> {
    /// Returns the type of columns that hold it; `None` for `Null`, which is of every type.
    pub(crate) fn cell_type(self) -> Option<CellType> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(_) => CellType::Bool,
            Self::Int(_) => CellType::Int,
            Self::UInt(_) => CellType::UInt,
            Self::Float(_) => CellType::Float,
            Self::Text(_) => CellType::Text,
            Self::Time(_) => CellType::Time,
        })
    }
}

impl<'a> From<&'a Cell> for CellRef<'a> {
    fn from(cell: &'a Cell) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Bool(value) => Self::Bool(*value),
            Cell::Int(value) => Self::Int(*value),
            Cell::UInt(value) => Self::UInt(*value),
            Cell::Float(value) => Self::Float(*value),
            Cell::Text(value) => Self::Text(value),
            Cell::Time(value) => Self::Time(*value),
        }
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Cell {}

impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Cell {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(one), Self::Bool(other)) => one.cmp(other),
            (Self::Int(one), Self::Int(other)) | (Self::Time(one), Self::Time(other)) => one.cmp(other),
            (Self::UInt(one), Self::UInt(other)) => one.cmp(other),
            (Self::Float(one), Self::Float(other)) => one.total_cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        Self::UInt(value)
    }
}

/// All `NaN`s become the same one.
impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Float(if value.is_nan() { f64::NAN } else { value })
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}
