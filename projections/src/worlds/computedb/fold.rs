//! Validators' own databases: rows that wait for the end of the poll that saw them.

use std::collections::BTreeMap;

use annals_log::{DbRow, DbRowPlace, SqlValue};

use super::told::{ToldDb, WaitingRow};

/// A fold over the entries of databases.
#[derive(Debug, Default)]
pub(crate) struct Databases {
    /// Rows by native id. Those of a poll that was cut off wait for the next poll, which does not tell them again.
    pub(crate) waiting: BTreeMap<String, WaitingRow>,
}

/// What a poll changed.
#[derive(Debug)]
pub(crate) struct DbPolled {
    pub(crate) database: String,
    /// The tables of which it told every row, as upstream names them.
    pub(crate) tables: Vec<String>,
    pub(crate) rows: Vec<DbChange>,
}

/// A row that changed.
#[derive(Debug)]
pub(crate) struct DbChange {
    pub(crate) database: String,
    /// The table's name at upstream.
    pub(crate) table: String,
    pub(crate) key: SqlValue,
    /// The row as it is now; `None` when it is gone.
    pub(crate) row: Option<DbRow>,
    /// The entry that told it.
    pub(crate) log_index: u64,
}

impl Databases {
    /// Folds an entry. Returns what changed; `None` for a poll that read nothing again.
    pub(crate) fn take(&mut self, told: ToldDb) -> Option<DbPolled> {
        match told {
            ToldDb::Row { native_id, row } => {
                self.waiting.insert(native_id, row);
                None
            }
            ToldDb::Poll { database, tables } => {
                let prefixes = tables.iter().map(|table| DbRowPlace::prefix(&database, table));
                let rows = prefixes.flat_map(|prefix| self.take_under(&prefix)).collect();
                if tables.is_empty() { None } else { Some(DbPolled { database, tables, rows }) }
            }
        }
    }

    fn take_under(&mut self, prefix: &str) -> Vec<DbChange> {
        let is_under = |native_id: &str| native_id.starts_with(prefix);
        let mut from = self.waiting.split_off(prefix);
        let behind = from.keys().find(|native_id| !is_under(native_id)).cloned();
        if let Some(behind) = behind {
            self.waiting.append(&mut from.split_off(&behind));
        }
        from.into_iter().map(|(native_id, row)| DbChange::of(&native_id, row)).collect()
    }
}

impl DbChange {
    fn of(native_id: &str, row: WaitingRow) -> Self {
        let place = DbRowPlace::read(native_id).expect("it was read when it came");
        let (database, table) = (place.database.to_owned(), place.table.to_owned());
        let read = |line: String| DbRow::read(&line).expect("it was read when it came");
        Self { database, table, key: place.key, row: row.line.map(read), log_index: row.log_index }
    }
}
