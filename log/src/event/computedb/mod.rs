//! What a validator's own database told: its rows, and the polls of it.

mod db_row;
mod poll;
mod row;

pub use db_row::{DbRow, DbRowError, SqlValue};
pub use poll::{ComputeDbPoll, DbReading, DbTable, DbTableOutcome};
pub use row::{ComputeDbRow, DbRowPlace};
