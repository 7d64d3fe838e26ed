//! `allocation_claims`: who was said to be allocated, from when to when, in the time of those who said it.

use std::collections::BTreeSet;

use crate::cell::{Cell, CellType};
use crate::change::Change;
use crate::claims::hotkeys_of;
use crate::project::SeenRun;
use crate::rows::{NewRow, Rows};
use crate::run::Run;
use crate::schema::{Column, TableSchema};
use crate::tables::{State, Table};

const SCHEMA: TableSchema = TableSchema {
    name: "allocation_claims",
    about: "What each run says is allocated, dated by the run: by the rows of its history, and by its configs as polled",
    version: 1,
    columns: &[
        Column::of("run_id", CellType::Text),
        Column::of("evidence", CellType::Text),
        Column::of("hotkey", CellType::Text),
        Column::nullable("validator", CellType::Text),
        Column::of("from_at", CellType::Time),
        Column::nullable("from_step", CellType::UInt),
    ],
    ending: &[Column::nullable("to_at", CellType::Time), Column::nullable("to_step", CellType::UInt)],
    key_columns: 3,
    keeps_history: true,
};

/// The table. A history has every list that was logged, also from before anybody recorded, and those that a client's
/// configs passed over; a config has what the server was left with. They stand beside each other: neither proves the other.
pub(super) struct AllocationClaims;

/// The row of a history that the list stands in.
const HISTORY: &str = "history";
/// The config, as a poll found it.
const CONFIG: &str = "config";

/// Everything that is allocated at a moment.
struct Said<'a> {
    run_id: &'a str,
    evidence: &'static str,
    hotkeys: BTreeSet<String>,
    /// Of the run, as known to the log when it heard of this.
    validator: Cell,
    /// The time, and the step.
    moment: [Cell; 2],
}

impl Table for AllocationClaims {
    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, change: &Change, state: &State, rows: &mut Rows) {
        if let Some(claim) = &change.claim {
            let run = state.project.held.get(&claim.run_id).map(|held| &held.seen.run);
            let said = Said {
                run_id: &claim.run_id,
                evidence: HISTORY,
                hotkeys: claim.hotkeys.clone(),
                validator: run.map_or(Cell::Null, Run::hotkey),
                moment: [Cell::Time(claim.at_ms), claim.step.into()],
            };
            said.put(change.index, rows);
        }
        for run in change.runs.iter().filter(|run| said_by(run.old.as_deref()) != said_by(run.new.as_deref()))
        {
            if let Some(Run { run_id, asked_at_ms: Some(at_ms), .. }) = run.new.as_ref().map(|new| &new.run) {
                let run = run.new.as_ref().map(|new| &new.run);
                let list = run.and_then(|run| run.config.allocated_hotkeys.as_ref());
                let said = Said {
                    run_id,
                    evidence: CONFIG,
                    hotkeys: list.map(hotkeys_of).unwrap_or_default(),
                    validator: run.map_or(Cell::Null, Run::hotkey),
                    moment: [Cell::Time(*at_ms), Cell::Null],
                };
                said.put(change.index, rows);
            }
        }
        // Whoever reads the server finds nothing of a run that is gone. One that comes back claims anew with its next row.
        for run_id in change.poll.iter().flat_map(|poll| &poll.gone) {
            rows.end_with(vec![Cell::time(change.poll.as_ref().map(|poll| poll.finished_at_ms)), Cell::Null]);
            rows.remove_under(&[run_id.as_str().into()]);
        }
    }
}

/// What a run says, and who it is.
fn said_by(seen: Option<&SeenRun>) -> Option<(Option<&str>, BTreeSet<String>)> {
    let run = &seen?.run;
    let hotkeys = run.config.allocated_hotkeys.as_ref().map(hotkeys_of).unwrap_or_default();
    Some((run.config.hotkey.as_deref(), hotkeys))
}

impl Said<'_> {
    /// What was said before and is not now has ended at this moment; what is new begins at it.
    fn put(&self, log_index: u64, rows: &mut Rows) {
        let prefix = [self.run_id.into(), self.evidence.into()];
        let key = |hotkey: &String| [prefix.as_slice(), &[hotkey.as_str().into()]].concat();
        rows.end_with(self.moment.to_vec());
        rows.keep_under(&prefix, &self.hotkeys.iter().map(key).collect());
        for hotkey in &self.hotkeys {
            let row = NewRow { key: key(hotkey), values: vec![self.validator.clone()], log_index };
            rows.set_with_origin(row, &self.moment);
        }
    }
}
