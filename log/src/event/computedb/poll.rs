//! `computedb_poll`: that a validator's database was looked at, and what was found of each table.

use bincode::{Decode, Encode};

use crate::event::json::Value;
use crate::event::json::fields::{list, number, object, text, texts, time};
use crate::event::{Anomaly, CoveredTime, Derived, EventView, Fact, Kind, Known, Memory};
use crate::hash::Hash;

/// Closes a poll of a database, whose name is the native id. The `computedb_row` events of it since its last poll are
/// the rows that are not as they were; a poll that only found the same has none.
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
    const NAME: &'static str = "computedb_poll";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = Some(|poll, event| vec![poll.remembered(event)]);
    const COVERED_TIMES: Derived<Self, CoveredTime> = Some(|poll, event| vec![poll.covered(event)]);
    const ANOMALIES: Derived<Self, Anomaly> =
        Some(|poll, _| poll.tables().iter().flat_map(DbTable::anomalies).collect());

    fn fields(&self) -> Value {
        let outcome = match &self.outcome {
            DbReading::Read(tables) => object([("read", list(tables, DbTable::field))]),
            DbReading::Unchanged => text("unchanged"),
            DbReading::Failed(reason) => object([("failed", text(reason))]),
        };
        object([("read_at_ms", time(self.read_at_ms)), ("outcome", outcome)])
    }
}

impl ComputeDbPoll {
    /// Whether there is something to go on from: rows that the log has stand until a poll says otherwise.
    pub fn is_read(&self) -> bool {
        !matches!(self.outcome, DbReading::Failed(_))
    }

    /// The tables of which the poll tells every row.
    pub fn tables_read(&self) -> impl Iterator<Item = &str> {
        self.tables().iter().filter(|table| !table.is_unread()).map(|table| table.name.as_str())
    }

    /// Returns what was found of each table, if the database was read again.
    fn tables(&self) -> &[DbTable] {
        match &self.outcome {
            DbReading::Read(tables) => tables,
            DbReading::Unchanged | DbReading::Failed(_) => &[],
        }
    }

    /// Has a digest unless the poll failed: the poll after it may go on from there if the database was not touched
    /// since.
    fn remembered(&self, event: &EventView<'_>) -> Memory {
        let digest = self.is_read().then(|| Hash::of(event.body));
        let position = u64::try_from(self.read_at_ms).ok();
        Memory::of(event.native_id, Known { digest, position, payload: None })
    }

    fn covered(&self, event: &EventView<'_>) -> CoveredTime {
        let tables = self.tables();
        let (outcome, detail) = match &self.outcome {
            DbReading::Unchanged => ("ok", Some("untouched since the poll before".to_owned())),
            DbReading::Failed(reason) => ("failed", Some(reason.clone())),
            DbReading::Read(_) => {
                let lacks: Vec<_> = tables.iter().flat_map(DbTable::lacks).collect();
                let outcome = if tables.iter().any(DbTable::is_unread) { "failed" } else { "ok" };
                (outcome, (!lacks.is_empty()).then(|| lacks.join("; ")))
            }
        };
        CoveredTime {
            scope: Some(event.native_id.to_owned()),
            run_id: None,
            from_ms: self.read_at_ms,
            to_ms: self.read_at_ms,
            outcome,
            detail,
        }
    }
}

impl DbTable {
    fn is_unread(&self) -> bool {
        matches!(self.outcome, DbTableOutcome::Unreadable(_))
    }

    fn field(&self) -> Value {
        let outcome = match &self.outcome {
            DbTableOutcome::Read { rows, lacks, unreadable } => {
                object([("rows", number(*rows)), ("lacks", texts(lacks)), ("unreadable", texts(unreadable))])
            }
            DbTableOutcome::Missing => text("missing"),
            DbTableOutcome::Unreadable(what) => object([("unreadable", text(what))]),
        };
        object([(self.name.as_str(), outcome)])
    }

    /// Says what was not had of the table, a sentence each.
    fn lacks(&self) -> Vec<String> {
        let name = &self.name;
        match &self.outcome {
            DbTableOutcome::Read { lacks, unreadable, .. } => {
                let lacks = lacks.iter().map(|column| format!("{name} has no column {column}"));
                lacks.chain(unreadable.iter().map(|what| format!("{name}: {what}"))).collect()
            }
            DbTableOutcome::Missing => vec![format!("there is no table {name}")],
            DbTableOutcome::Unreadable(what) => vec![format!("{name}: {what}")],
        }
    }

    fn anomalies(&self) -> Vec<Anomaly> {
        let name = self.name.as_str();
        match &self.outcome {
            DbTableOutcome::Unreadable(what) => vec![Anomaly::new("table_unreadable", name, what.as_str())],
            DbTableOutcome::Read { unreadable, .. } => {
                let anomaly = |what: &String| Anomaly::new("row_unreadable", name, what.as_str());
                unreadable.iter().map(anomaly).collect()
            }
            DbTableOutcome::Missing => Vec::new(),
        }
    }
}
