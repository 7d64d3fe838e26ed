//! `allocation_claims`: who was said to be allocated, from when to when, by the clock of those who said it.

use std::collections::BTreeSet;

use super::change::{Change, PollSeen, RunChange};
use super::claims::{Claim, hotkeys_of};
use super::columns::{OfListVerdict, counts, reason};
use super::list_verdict::ListVerdict;
use super::run::Run;
use super::world::Wandb;
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, Rows, TableSchema, cells, plain};
use crate::worlds::table::Table;

const COLUMNS: Columns<ClaimKey<'_>, ClaimRow<'_>> = Columns {
    key: &[
        ColumnOf::of("run_id", CellType::Text, |key| key.run_id.into()),
        ColumnOf::of("evidence", CellType::Text, |key| key.evidence.into()),
        ColumnOf::of("hotkey", CellType::Text, |key| key.hotkey.into()),
    ],
    values: &[
        ColumnOf::nullable("validator", CellType::Text, |row| Cell::of(row.validator)),
        counts(),
        reason(),
    ],
    origin: &[
        ColumnOf::of("from_at", CellType::Time, |row| Cell::Time(row.moment.at_ms)),
        ColumnOf::nullable("from_step", CellType::UInt, |row| Cell::of(row.moment.step)),
    ],
};

const ENDING: &[ColumnOf<Moment>] = &[
    ColumnOf::nullable("to_at", CellType::Time, |moment| Cell::Time(moment.at_ms)),
    ColumnOf::nullable("to_step", CellType::UInt, |moment| Cell::of(moment.step)),
];

const SCHEMA: TableSchema = TableSchema {
    name: "allocation_claims",
    about: "What each run says is allocated, dated by the run: by the rows of its history, and by its configs as \
            polled; whether it counted when it was said, and why not",
    version: 2,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &plain::<_, { ENDING.len() }>(ENDING),
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: true,
    follows_chain_alone: false,
    evidence: &[Evidence::WholePolls],
};

/// A history has every list that was logged, also before anybody recorded, and those that a client's configs passed
/// over; a config has what the server was left with. Both are shown, since neither proves the other.
pub(crate) struct AllocationClaims;

/// The list is in a row of the run's history.
const HISTORY: &str = "history";
/// The list is in the run's config, as a poll found it.
const CONFIG: &str = "config";

/// A hotkey in what a run says, and where it says so.
struct ClaimKey<'a> {
    run_id: &'a str,
    evidence: &'static str,
    hotkey: &'a str,
}

/// The validator that says a hotkey is allocated, what upstream makes of that, and the time since when.
struct ClaimRow<'a> {
    validator: Option<&'a str>,
    verdict: ListVerdict,
    moment: Moment,
}

/// The moment at which a run says something.
#[derive(Clone, Copy)]
struct Moment {
    at_ms: i64,
    /// The step of a history's row.
    step: Option<u64>,
}

/// Everything that a run says is allocated at a moment.
struct Said<'a> {
    run_id: &'a str,
    evidence: &'static str,
    hotkeys: &'a BTreeSet<String>,
    /// The run's own hotkey, as known when this was recorded.
    validator: Option<&'a str>,
    /// The verdict at the entry that says it: who is valid later makes it no other claim.
    verdict: ListVerdict,
    moment: Moment,
}

impl Table for AllocationClaims {
    type World = Wandb;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, index: u64, change: &Change, world: &Wandb, rows: &mut Rows) {
        if let Some(claim) = &change.claim {
            take_claim(claim, world, index, rows);
        }
        for run in &change.runs {
            take_config(run, index, rows);
        }
        if let Some(poll) = &change.poll {
            end_gone(poll, rows);
        }
    }
}

fn take_claim(claim: &Claim, world: &Wandb, log_index: u64, rows: &mut Rows) {
    let seen = world.project.held.get(&claim.run_id).map(|held| &held.seen);
    let said = Said {
        run_id: &claim.run_id,
        evidence: HISTORY,
        hotkeys: &claim.hotkeys,
        validator: seen.and_then(|seen| seen.run.config.hotkey.as_deref()),
        verdict: seen.map_or(ListVerdict::RUN_UNKNOWN, |seen| ListVerdict::of_validators(seen.standing)),
        moment: Moment { at_ms: claim.at_ms, step: Some(claim.step) },
    };
    said.put(log_index, rows);
}

fn take_config(change: &RunChange, log_index: u64, rows: &mut Rows) {
    let Some(new) = change.new.as_deref() else { return };
    // A state that is judged anew was polled before, and says nothing a second time.
    if change.old.as_ref().is_some_and(|old| old.run.log_index == new.run.log_index) {
        return;
    }
    let Run { run_id, asked_at_ms: Some(at_ms), config, .. } = &new.run else { return };
    let said = Said {
        run_id,
        evidence: CONFIG,
        hotkeys: &config.allocated_hotkeys.as_ref().map(hotkeys_of).unwrap_or_default(),
        validator: config.hotkey.as_deref(),
        verdict: ListVerdict::of_validators(new.standing),
        moment: Moment { at_ms: *at_ms, step: None },
    };
    said.put(log_index, rows);
}

/// Ends the claims of runs that are gone, since a reader of the server no longer finds them. A run that comes back
/// claims again with its next row.
fn end_gone(poll: &PollSeen, rows: &mut Rows) {
    for run_id in &poll.gone {
        rows.end_with(cells(ENDING, &Moment { at_ms: poll.finished_at_ms, step: None }));
        rows.remove_under(&[run_id.as_str().into()]);
    }
}

impl Said<'_> {
    /// Ends at this moment what the run said before and does not say now; what is new begins at it.
    fn put(&self, log_index: u64, rows: &mut Rows) {
        let Self { run_id, evidence, validator, verdict, moment, .. } = *self;
        let key = |hotkey| ClaimKey { run_id, evidence, hotkey };
        rows.end_with(cells(ENDING, &moment));
        let keys = self.hotkeys.iter().map(|hotkey| COLUMNS.key_of(&key(hotkey))).collect();
        rows.keep_under(&[run_id.into(), evidence.into()], &keys);
        for hotkey in self.hotkeys {
            rows.set(COLUMNS.row(&key(hotkey), &ClaimRow { validator, verdict, moment }, log_index));
        }
    }
}

impl CellSource for ClaimKey<'_> {
    type For<'a> = ClaimKey<'a>;
}

impl CellSource for ClaimRow<'_> {
    type For<'a> = ClaimRow<'a>;
}

impl OfListVerdict for ClaimRow<'_> {
    fn list_verdict(&self) -> ListVerdict {
        self.verdict
    }
}

impl CellSource for Moment {
    type For<'a> = Self;
}
