//! `computedb_poll`: that a validator's database was looked at, and what was found of each table.

use bincode::{Decode, Encode};

use crate::event::{Fact, Kind};

/// Closes a poll of a database, whose name is the native id. The `computedb_row` events of it since its last poll are the
/// rows that are not as they were; a poll that only found the same has none.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ComputeDbPoll {
    /// When its files were had, all as they were at one moment shortly before.
    pub read_at_ms: i64,
    /// What came of it.
    pub outcome: DbReading,
}

/// How a database was found.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum DbReading {
    /// It was read: as a commit of its owner's left it, all tables at the same.
    Read(Vec<DbTable>),
    /// Its files are those of the last poll, untouched: they were not read again.
    Unchanged,
    /// It was not read. Nobody may conclude from it that a row is not there.
    Failed(String),
}

/// A table of the database.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DbTable {
    /// As upstream calls it.
    pub name: String,
    /// What was found of it.
    pub outcome: DbTableOutcome,
}

/// What was found of a table.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum DbTableOutcome {
    /// Its rows: one that is not among them is gone.
    Read {
        /// How many.
        rows: u64,
        /// Columns of upstream's that it does not have.
        lacks: Vec<String>,
        /// Rows of which nothing was recorded, and why; they are none of `rows`.
        unreadable: Vec<String>,
    },
    /// The database has no such table, and so no rows of it.
    Missing,
    /// It was not read, for this reason: of its rows nothing is known.
    Unreadable(String),
}

impl Fact for ComputeDbPoll {
    const KIND: Kind = Kind(0x0501);
    const SCHEMA: u16 = 1;
}

impl ComputeDbPoll {
    /// Whether there is something to go on from: rows that the log has stand until a poll says otherwise.
    pub fn is_read(&self) -> bool {
        !matches!(self.outcome, DbReading::Failed(_))
    }

    /// The tables of which the poll tells every row.
    pub fn tables_read(&self) -> impl Iterator<Item = &str> {
        let tables = match &self.outcome {
            DbReading::Read(tables) => tables.as_slice(),
            DbReading::Unchanged | DbReading::Failed(_) => &[],
        };
        let is_read = |table: &&DbTable| !matches!(table.outcome, DbTableOutcome::Unreadable(_));
        tables.iter().filter(is_read).map(|table| table.name.as_str())
    }
}
