//! Columns of a validator's database as upstream declares them. SQLite allows values of any type in each of them.

use annals_log::json::{self, Value};
use annals_log::{DbRow, SqlValue, told_time_ms};

use crate::rows::Cell;

/// The type that upstream declares for a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Declared {
    /// `INTEGER`.
    Integer,
    /// `REAL`.
    Real,
    /// `TEXT`.
    Text,
    /// `BOOLEAN`: upstream asks for its truth, which every value has.
    Truth,
    /// `TIMESTAMP`: a text that is a time.
    Time,
}

/// Returns the columns of an upstream table that annals reads, the key first.
pub(crate) fn columns_of(table: &str) -> &'static [(&'static str, Declared)] {
    use Declared::{Integer, Real, Text, Time, Truth};
    match table {
        "pog_stats" => &[
            ("id", Integer),
            ("hotkey", Text),
            ("gpu_name", Text),
            ("num_gpus", Integer),
            ("created_at", Time),
        ],
        "stats" => &[
            ("uid", Integer),
            ("hotkey", Text),
            ("gpu_specs", Text),
            ("score", Real),
            ("allocated", Truth),
            ("own_score", Truth),
            ("reliability_score", Real),
            ("created_at", Time),
        ],
        "allocation" => &[("id", Integer), ("hotkey", Text)],
        "blacklist" => &[("id", Integer), ("hotkey", Text), ("details", Text)],
        "wandb_runs" => &[("hotkey", Text), ("run_id", Text)],
        "miner_details" => {
            &[("id", Integer), ("hotkey", Text), ("details", Text), ("no_specs_count", Integer)]
        }
        _ => &[],
    }
}

impl Declared {
    /// Returns the type as upstream writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Integer => "INTEGER",
            Self::Real => "REAL",
            Self::Text => "TEXT",
            Self::Truth => "BOOLEAN",
            Self::Time => "TIMESTAMP",
        }
    }

    /// Returns the value as a cell of this type; a null is a null of every type, and `None` a value of another type.
    pub(crate) fn cell(self, value: &SqlValue) -> Option<Cell> {
        Some(match (self, value) {
            (Self::Truth, value) => value.is_truthy().into(),
            (_, SqlValue::Null) => Cell::Null,
            (Self::Integer, SqlValue::Integer(value)) => (*value).into(),
            (Self::Real, SqlValue::Real(value)) => (*value).into(),
            (Self::Text, SqlValue::Text(text)) => text.as_str().into(),
            (Self::Time, SqlValue::Text(text)) => Cell::Time(told_time_ms(text)?),
            _ => return None,
        })
    }
}

/// Returns the value of a column as a cell; null where the row has no such column, or a value of another type.
pub(crate) fn cell(row: &DbRow, column: &str, declared: Declared) -> Cell {
    row.get(column).and_then(|value| declared.cell(value)).unwrap_or(Cell::Null)
}

/// Parses the text in a column as JSON; `None` when it is not a text, or not JSON.
pub(crate) fn json_in(row: &DbRow, column: &str) -> Option<Value> {
    json::parse(row.get(column)?.as_text()?).ok()
}
