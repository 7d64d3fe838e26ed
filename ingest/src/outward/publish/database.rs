//! What to publish, as upstream's own database says it.

use std::path::Path;

use annals_log::Clock;
use annals_log::json::{Object, Value};

use super::{Role, State};
use crate::raw::Raw;
use crate::sources::{ComputeDbFile, ComputeDbFileError, retrieve_stats, rows_in};

/// In the question to the database; nobody sees it.
const NAME: &str = "published";

/// What a database says that is published.
#[derive(Debug, Clone, PartialEq)]
pub struct Database {
    /// As upstream's `retrieve_stats` gives it.
    stats: Object,
    allocated: Vec<Value>,
    penalized: Option<Vec<Value>>,
    /// The run of a hotkey, if upstream has remembered one.
    pub run_id: Option<String>,
}

/// Why nothing can be published of a database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// It is not there, no database, or not upstream's.
    #[error("this is not the database of upstream's validator, or cannot be read: {0}")]
    Unread(#[from] ComputeDbFileError),
    /// A part of it could not be read.
    #[error("the database has no table {0}, or none that can be read: whatever it says would be missing")]
    NoTable(&'static str),
    /// Upstream's own reading fails on a row, and it would then publish no stats at all.
    #[error(
        "of the rows of stats one has a score, or another value, that upstream can't publish either: mend the row first"
    )]
    Unfit,
    /// A list has something else than a hotkey in it.
    #[error("{table} has {value} in the place of a hotkey: mend the row first")]
    NoHotkey {
        /// Which list.
        table: &'static str,
        /// What stands there, as JSON.
        value: String,
    },
}

impl Database {
    /// Reads a copy of the database: what is published, and which run is a hotkey's. Nothing is ever written, although
    /// upstream writes `allocated` back when it publishes; nor are the details of an allocation read, which hold
    /// secrets.
    ///
    /// # Errors
    /// All but `Unfit`.
    pub fn read(path: &Path, hotkey: &str) -> Result<Self, DatabaseError> {
        let file = ComputeDbFile::open(path, Some(NAME))?;
        let once = file.once(Clock::System.now_ms())?;
        let raw = once.raw();
        let stats = rows_in(raw, "stats").ok_or(DatabaseError::NoTable("stats"))?;
        let told = retrieve_stats(&stats);
        if told.len() < stats.len() {
            return Err(DatabaseError::Unfit);
        }
        let is_of_hotkey =
            |row: &annals_log::DbRow| row.get("hotkey").and_then(|text| text.as_text()) == Some(hotkey);
        let runs = rows_in(raw, "wandb_runs").unwrap_or_default();
        let run_id = runs.iter().find(|row| is_of_hotkey(row)).and_then(|row| row.get("run_id")?.as_text());
        Ok(Self {
            stats: told,
            allocated: hotkeys(raw, "allocation")?.ok_or(DatabaseError::NoTable("allocation"))?,
            penalized: hotkeys(raw, "blacklist")?,
            run_id: run_id.map(str::to_owned),
        })
    }

    /// What upstream's `update_allocated_hotkeys` publishes of it, and behind that `update_penalized_hotkeys`.
    pub fn state(&self) -> State {
        let stats = self.stats.clone().into_iter().map(|(uid, entry)| (uid, self.as_allocated(entry)));
        let mut told = Object::default();
        told.insert("allocated_hotkeys".into(), Value::List(self.allocated.clone()));
        told.insert("stats".into(), Value::Object(stats.collect()));
        if let Some(penalized) = &self.penalized {
            told.insert("penalized_hotkeys".into(), Value::List(penalized.clone()));
        }
        State { role: Role::Validator, netuid: None, version: None, config: None, told }
    }

    /// The entry, with `allocated` as its hotkey is now.
    fn as_allocated(&self, entry: Value) -> Value {
        let Value::Object(mut entry) = entry else { return entry };
        let is_allocated = entry.get("hotkey").is_some_and(|hotkey| self.allocated.contains(hotkey));
        entry.insert("allocated".into(), Value::Bool(is_allocated));
        Value::Object(entry)
    }
}

/// The hotkeys of a table, in the order of its rows; `None` when there is no such table.
fn hotkeys(raw: &Raw, table: &'static str) -> Result<Option<Vec<Value>>, DatabaseError> {
    let Some(rows) = rows_in(raw, table) else { return Ok(None) };
    let hotkey = |row: &annals_log::DbRow| match row.get("hotkey").map(|cell| (cell.as_text(), cell)) {
        Some((Some(hotkey), _)) => Ok(Value::Text(hotkey.into())),
        other => {
            let value = other.map_or_else(|| "nothing".to_owned(), |(_, cell)| cell.to_json());
            Err(DatabaseError::NoHotkey { table, value })
        }
    };
    rows.iter().map(hotkey).collect::<Result<_, _>>().map(Some)
}
