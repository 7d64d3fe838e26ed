//! A validator's own database, as far as its scores depend on it.

use std::collections::{BTreeMap, BTreeSet};

use annals_log::{DbRow, SqlValue};
use bincode::{Decode, Encode};

use crate::upstream::scores::{PogRow, newest_good};
use crate::worlds::computedb::{DbChange, DbPolled};

/// The rows of one database.
#[derive(Debug, Default)]
pub(crate) struct ValidatorDb {
    pub(super) read: DbRead,
    /// Rows of `pog_stats`, by id.
    pub(super) pog: BTreeMap<i64, HeldPog>,
    /// The ids of the rows of each hotkey.
    ids: BTreeMap<String, BTreeSet<i64>>,
    /// Rows of `stats`, by uid.
    pub(super) stats: BTreeMap<i64, HeldStats>,
}

/// What is known of the database as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub(crate) struct DbRead {
    /// Whether all rows of `pog_stats` were told: before that, a missing one says nothing.
    pub(super) is_pog_read: bool,
    /// The hotkeys in `wandb_runs`: whose runs the validator resumes.
    pub(super) hotkeys: BTreeSet<String>,
}

/// A row of `pog_stats`, and the entry that told it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HeldPog {
    pub(super) log_index: u64,
    pub(super) row: PogRow,
}

/// A row of `stats`.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(crate) struct HeldStats {
    pub(super) log_index: u64,
    pub(super) score: Option<f64>,
}

/// What a poll changed.
#[derive(Debug, Default)]
pub(super) struct DbTouched {
    /// Whether what is known of the database as a whole changed.
    pub(super) is_whole: bool,
    /// Hotkeys whose results changed.
    pub(super) hotkeys: BTreeSet<String>,
    /// Uids whose rows changed.
    pub(super) uids: BTreeSet<i64>,
}

impl ValidatorDb {
    /// Follows a poll of this database.
    pub(super) fn follow(&mut self, polled: &DbPolled) -> DbTouched {
        let mut touched = DbTouched::default();
        let before = self.read.clone();
        self.read.is_pog_read |= polled.tables.iter().any(|table| table == "pog_stats");
        for row in &polled.rows {
            match (row.table.as_str(), &row.key) {
                ("pog_stats", SqlValue::Integer(id)) => self.follow_pog(*id, row, &mut touched.hotkeys),
                ("stats", SqlValue::Integer(uid)) => {
                    self.follow_stats(*uid, row);
                    touched.uids.insert(*uid);
                }
                ("wandb_runs", SqlValue::Text(hotkey)) => {
                    if row.row.is_some() {
                        self.read.hotkeys.insert(hotkey.clone());
                    } else {
                        self.read.hotkeys.remove(hotkey);
                    }
                }
                _ => {}
            }
        }
        touched.is_whole = self.read != before;
        touched
    }

    fn follow_pog(&mut self, id: i64, change: &DbChange, hotkeys: &mut BTreeSet<String>) {
        if let Some(old) = self.pog.remove(&id) {
            if let Some(ids) = self.ids.get_mut(&old.row.hotkey) {
                ids.remove(&id);
            }
            hotkeys.insert(old.row.hotkey);
        }
        if let Some(row) = change.row.as_ref().and_then(|row| pog_row(id, row)) {
            hotkeys.insert(row.hotkey.clone());
            self.hold(HeldPog { log_index: change.log_index, row });
        }
    }

    /// Holds a row of `pog_stats`, told or saved.
    pub(super) fn hold(&mut self, held: HeldPog) {
        self.ids.entry(held.row.hotkey.clone()).or_default().insert(held.row.id);
        self.pog.insert(held.row.id, held);
    }

    fn follow_stats(&mut self, uid: i64, change: &DbChange) {
        let Some(row) = &change.row else {
            self.stats.remove(&uid);
            return;
        };
        let score = match row.get("score") {
            Some(SqlValue::Real(score)) => Some(*score),
            Some(SqlValue::Integer(score)) => Some(*score as f64),
            _ => None,
        };
        self.stats.insert(uid, HeldStats { log_index: change.log_index, score });
    }

    /// Returns the spec that the validator's own Proof-of-GPU left of a hotkey, and the entry that told it.
    pub(super) fn spec(&self, hotkey: &str) -> Option<(&PogRow, u64)> {
        let ids = self.ids.get(hotkey)?;
        let newest = newest_good(ids.iter().map(|id| &self.pog[id].row))?;
        Some((newest, self.pog[&newest.id].log_index))
    }
}

/// Reads a row of `pog_stats`; `None` for one that is nobody's.
fn pog_row(id: i64, row: &DbRow) -> Option<PogRow> {
    let text = |column| row.get(column).and_then(SqlValue::as_text).map(str::to_owned);
    Some(PogRow {
        id,
        hotkey: text("hotkey")?,
        gpu_name: text("gpu_name"),
        num_gpus: row.get("num_gpus").cloned().unwrap_or(SqlValue::Null),
        created_at: text("created_at"),
    })
}
