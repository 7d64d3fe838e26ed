//! Coverage: when each source was looked at and with what outcome, and when nobody looked at all.

use std::collections::BTreeMap;

use annals_log::{CoveredTime, LOG_SOURCE};
use bincode::{Decode, Encode};

use crate::rows::CellType::{Text, Time};
use crate::rows::{Cell, ClosedTable, Column, TableSchema, TableSnapshot, cells_to_batch};

/// A row never ends: its `valid_to` is always null.
pub(super) const SCHEMA: TableSchema = TableSchema {
    name: "coverage",
    about: "When each source was looked at and with what outcome, and when no recorder ran",
    version: 1,
    columns: &[
        Column::of("source", Text),
        Column::nullable("scope", Text),
        Column::nullable("run_id", Text),
        Column::of("from_at", Time),
        Column::nullable("to_at", Time),
        Column::of("outcome", Text),
        Column::nullable("detail", Text),
    ],
    ending: &[],
    key_columns: 1,
    origin_columns: 0,
    keeps_history: true,
    follows_chain_alone: false,
    evidence: &[],
};

/// A statement of an entry on the times that are covered.
pub(super) enum Look {
    /// A session began.
    Started {
        index: u64,
        recorded_at_ms: i64,
        /// The entry before, if it was read in the same portion.
        last: Option<Last>,
    },
    Step(HistoryStep),
    Covered {
        index: u64,
        source: String,
        covered: CoveredTime,
    },
}

/// A row of a run's history.
pub(super) struct HistoryStep {
    pub(super) index: u64,
    pub(super) source: String,
    pub(super) run_id: String,
    pub(super) step: u64,
    pub(super) at_ms: i64,
}

/// The last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(super) struct Last {
    pub(super) index: u64,
    pub(super) recorded_at_ms: i64,
    /// It ends a session in order.
    pub(super) ends_session: bool,
}

/// The last row of a run's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(super) struct LastRow {
    step: u64,
    at_ms: i64,
}

/// A fold over the looks at all sources.
pub(super) struct CoverageFold {
    pub(super) rows: ClosedTable,
    pub(super) last: Option<Last>,
    /// By source and run.
    pub(super) last_rows: BTreeMap<(String, String), LastRow>,
}

/// One row.
struct Covered<'a> {
    source: &'a str,
    scope: Option<&'a str>,
    run_id: Option<&'a str>,
    from_ms: i64,
    to_ms: Option<i64>,
    outcome: &'a str,
    detail: Option<&'a str>,
    index: u64,
}

impl Default for CoverageFold {
    fn default() -> Self {
        Self { rows: ClosedTable::new(&SCHEMA), last: None, last_rows: BTreeMap::new() }
    }
}

impl CoverageFold {
    pub(super) fn take(&mut self, looks: Vec<Look>, last: Option<Last>) {
        for look in looks {
            match look {
                Look::Started { index, recorded_at_ms, last } => {
                    // The first session begins right behind entry 0, which belongs to it.
                    if let Some(last) = last.or(self.last).filter(|last| last.index > 0) {
                        self.put(&Covered::not_running(last, index, recorded_at_ms));
                    }
                }
                Look::Step(seen) => self.take_step(seen),
                Look::Covered { index, source, covered } => {
                    self.put(&Covered {
                        source: &source,
                        scope: covered.scope.as_deref(),
                        run_id: covered.run_id.as_deref(),
                        from_ms: covered.from_ms,
                        to_ms: Some(covered.to_ms),
                        outcome: covered.outcome,
                        detail: covered.detail.as_deref(),
                        index,
                    });
                }
            }
        }
        self.last = last.or(self.last);
    }

    /// Steps count one by one in all that upstream logs, so one that is passed over is a row that is not had.
    fn take_step(&mut self, seen: HistoryStep) {
        let HistoryStep { index, source, run_id, step, at_ms } = seen;
        let key = (source, run_id);
        let before = self.last_rows.get(&key).copied();
        let first_missing = before.map_or(0, |before| before.step.saturating_add(1));
        if step > first_missing {
            let detail = format!("steps {first_missing} to {} are not in the history", step - 1);
            self.put(&Covered {
                source: &key.0,
                scope: Some("history"),
                run_id: Some(&key.1),
                from_ms: before.map_or(at_ms, |before| before.at_ms),
                to_ms: Some(at_ms),
                outcome: "missing",
                detail: Some(&detail),
                index,
            });
        }
        self.last_rows.insert(key, LastRow { step, at_ms });
    }

    fn put(&mut self, covered: &Covered<'_>) {
        self.rows.push_cells(&covered.cells());
    }

    /// Returns the rows as a table: the current row is the one that the next entry may end, if there is an entry.
    pub(super) fn snapshot(&self) -> TableSnapshot {
        let current: Vec<_> = self.last.iter().map(|last| Covered::since(*last).cells()).collect();
        TableSnapshot { schema: &SCHEMA, open: cells_to_batch(&SCHEMA, &current), closed: self.rows.rows() }
    }
}

impl Covered<'static> {
    /// Returns the time between two sessions.
    fn not_running(last: Last, index: u64, started_ms: i64) -> Self {
        let cut_off = "the session before was cut off: it ended at some time in between";
        Self {
            to_ms: Some(started_ms),
            outcome: "not_running",
            detail: (!last.ends_session).then_some(cut_off),
            index,
            ..Self::since(last)
        }
    }

    /// Returns the time behind the last entry.
    fn since(last: Last) -> Self {
        let (outcome, detail) = if last.ends_session {
            ("not_running", "the recorder stopped, and has not been started since")
        } else {
            ("not_final", "the recorder still runs, or was cut off here: nothing more is known")
        };
        Self {
            source: LOG_SOURCE,
            scope: None,
            run_id: None,
            from_ms: last.recorded_at_ms,
            to_ms: None,
            outcome,
            detail: Some(detail),
            index: last.index,
        }
    }
}

impl Covered<'_> {
    /// Returns the cells of [`SCHEMA`], those of its ending included.
    fn cells(&self) -> Vec<Cell> {
        vec![
            self.source.into(),
            Cell::of(self.scope),
            Cell::of(self.run_id),
            Cell::Time(self.from_ms),
            Cell::time(self.to_ms),
            self.outcome.into(),
            Cell::of(self.detail),
            self.index.into(),
            (self.index + 1).into(),
            Cell::Null,
        ]
    }
}
