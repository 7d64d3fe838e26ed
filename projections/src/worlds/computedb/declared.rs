//! Columns of a validator's database as upstream declares them. SQLite lets anything stand in any of them.

use annals_log::json::{self, Value};
use annals_log::{DbRow, SqlValue, told_time_ms};

use crate::rows::Cell;

/// What upstream declares of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Declared {
    /// `INTEGER`.
    Integer,
    /// `REAL`.
    Real,
    /// `TEXT`.
    Text,
    /// `BOOLEAN`: upstream asks for its truth, which everything has.
    Truth,
    /// `TIMESTAMP`: a text that is a time.
    Time,
}

/// The columns of upstream's tables that annals read, each table's key first.
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
    /// As upstream writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Integer => "INTEGER",
            Self::Real => "REAL",
            Self::Text => "TEXT",
            Self::Truth => "BOOLEAN",
            Self::Time => "TIMESTAMP",
        }
    }

    /// The value as this; null is null, and `None` is what is of another type.
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

/// What stands in a column, as `declared`; null where the table has no such column, and what is of another type.
pub(crate) fn cell(row: &DbRow, column: &str, declared: Declared) -> Cell {
    row.get(column).and_then(|value| declared.cell(value)).unwrap_or(Cell::Null)
}

/// The JSON that a text is; `None` when there is none, or it is no JSON.
pub(crate) fn json_in(row: &DbRow, column: &str) -> Option<Value> {
    json::parse(row.get(column)?.as_text()?).ok()
}
