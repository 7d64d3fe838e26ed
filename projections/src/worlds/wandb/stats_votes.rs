//! `stats_votes`: every entry of every run's `stats`, and why it counts or not.

use super::ballot::Entry;
use super::change::{Cast, Change};
use super::columns::{
    OfEntry, OfRun, created_at, entry_gpu_name, entry_hotkey, entry_num_gpus, run_id, score, score_text,
    validator,
};
use super::run::Run;
use super::seen_run::SeenRun;
use super::world::Wandb;
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, Rows, TableSchema};
use crate::upstream::python;
use crate::worlds::table::Table;

const COLUMNS: Columns<VoteKey<'_>, VoteRow<'_>> = Columns {
    key: &[created_at(), run_id(), ColumnOf::of("uid_key", CellType::Text, |key| key.uid_key.into())],
    values: &[
        ColumnOf::nullable("uid", CellType::Int, |row| {
            Cell::of(row.uid_text.as_ref().and_then(|uid| uid.parse::<i64>().ok()))
        }),
        ColumnOf::nullable("uid_text", CellType::Text, |row| Cell::of(row.uid_text.as_deref())),
        ColumnOf::of("position", CellType::UInt, |row| (row.cast.place as u64).into()),
        validator(),
        entry_hotkey(),
        entry_gpu_name(),
        entry_num_gpus(),
        score(),
        score_text(),
        ColumnOf::nullable("own_score", CellType::Bool, |row| {
            Cell::of(row.entry().map(|entry| entry.is_own_score))
        }),
        ColumnOf::nullable("allocated", CellType::Bool, |row| {
            Cell::of(row.entry().map(|entry| entry.is_allocated))
        }),
        ColumnOf::of("counts", CellType::Bool, |row| (row.is_let_in && row.cast.verdict.counts()).into()),
        ColumnOf::of("reason", CellType::Text, |row| {
            let reason = if row.is_let_in { row.cast.verdict.as_str() } else { row.seen.standing.as_str() };
            reason.into()
        }),
    ],
    origin: &[],
};

const SCHEMA: TableSchema = TableSchema {
    name: "stats_votes",
    about: "Every validator's entry on every uid; whether it counts, and why not",
    version: 2,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &[],
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: true,
    follows_chain_alone: false,
    evidence: &[Evidence::WholePolls],
};

pub(crate) struct StatsVotes;

/// A run's vote on a uid.
struct VoteKey<'a> {
    run: &'a Run,
    uid_key: &'a str,
}

/// What the vote says, and what upstream makes of it.
struct VoteRow<'a> {
    seen: &'a SeenRun,
    cast: Cast<'a>,
    /// The uid as Python reads it; `None` where the key is no integer.
    uid_text: Option<String>,
    /// Whether upstream reads the run's votes at all.
    is_let_in: bool,
}

impl CellSource for VoteKey<'_> {
    type For<'a> = VoteKey<'a>;
}

impl OfRun for VoteKey<'_> {
    fn run(&self) -> &Run {
        self.run
    }
}

impl CellSource for VoteRow<'_> {
    type For<'a> = VoteRow<'a>;
}

impl OfRun for VoteRow<'_> {
    fn run(&self) -> &Run {
        &self.seen.run
    }
}

impl OfEntry for VoteRow<'_> {
    fn entry(&self) -> Option<&Entry> {
        self.cast.vote.entry.as_ref()
    }
}

impl Table for StatsVotes {
    type World = Wandb;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, _: u64, change: &Change, world: &Wandb, rows: &mut Rows) {
        let flag = world.project.rules.policy.flag;
        for run in &change.runs {
            let is_moved = match (&run.old, &run.new) {
                (Some(old), Some(new)) => old.run.order() != new.run.order(),
                _ => true,
            };
            for (uid_key, (old, new)) in run.votes() {
                if let (Some(seen), Some(_)) = (&run.old, old)
                    && (new.is_none() || is_moved)
                {
                    rows.remove(&COLUMNS.key_of(&VoteKey { run: &seen.run, uid_key }));
                }
                if let (Some(seen), Some(cast)) = (&run.new, new) {
                    let uid_text = python::int(&cast.vote.uid_key);
                    let row = VoteRow { seen, cast, uid_text, is_let_in: seen.standing.counts(flag) };
                    rows.set(COLUMNS.row(&VoteKey { run: &seen.run, uid_key }, &row, seen.run.log_index));
                }
            }
        }
    }
}
