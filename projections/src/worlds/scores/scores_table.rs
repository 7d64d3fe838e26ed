//! `scores`: for each validator's view and each uid the score that upstream gives, and why.

use std::collections::BTreeSet;

use super::scored::{Inputs, Scored, Subject};
use super::view::View;
use super::world::{Scores, ScoresChange};
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, Rows, TableSchema};
use crate::upstream::scores::{ScoreReason, SyncException};
use crate::upstream::spec_columns::{gpu_name_of, num_gpus_of};
use crate::worlds::table::Table;

const COLUMNS: Columns<ScoreKey<'_>, ScoreRow<'_>> = Columns {
    key: &[
        ColumnOf::nullable("validator", CellType::Text, |key| Cell::of(key.view.validator.as_deref())),
        ColumnOf::nullable("database", CellType::Text, |key| Cell::of(key.view.database.as_deref())),
        ColumnOf::of("uid", CellType::Int, |key| i64::from(key.uid).into()),
    ],
    values: &[
        ColumnOf::of("hotkey", CellType::Text, |row| row.hotkey.into()),
        // What goes into the weights: 1 for eight of the best GPU.
        ColumnOf::nullable("score", CellType::Float, |row| Cell::of(row.scored.score)),
        // What goes into the validator's table `stats`: a hundred times that.
        ColumnOf::nullable("stats_score", CellType::Float, |row| Cell::of(row.scored.stats_score)),
        ColumnOf::of("reason", CellType::Text, |row| {
            row.scored.reason.map_or("unknown", ScoreReason::as_str).into()
        }),
        ColumnOf::nullable("not_queryable", CellType::Text, |row| match row.scored.reason {
            Some(ScoreReason::NotQueryable(why)) => why.as_str().into(),
            _ => Cell::Null,
        }),
        // What would decide and cannot be observed.
        ColumnOf::nullable("unknown", CellType::Text, |row| match row.scored.unknown.as_slice() {
            [] => Cell::Null,
            unknown => unknown.join(", ").into(),
        }),
        ColumnOf::nullable("own_score", CellType::Bool, |row| Cell::of(row.scored.is_own)),
        ColumnOf::nullable("gpu_name", CellType::Text, |row| gpu_name_of(row.scored.specs.as_ref())),
        ColumnOf::nullable("num_gpus", CellType::Int, |row| num_gpus_of(row.scored.specs.as_ref())),
        // v1.9.0's error: another validator's score, 0 to 100, is taken for one of 0 to 1.
        ColumnOf::of("external_hundredfold", CellType::Bool, |row| row.scored.is_hundredfold.into()),
        ColumnOf::nullable("exception", CellType::Text, |row| {
            Cell::of(row.scored.exception.map(SyncException::as_str))
        }),
    ],
    // The entries of when the row came about: one that tells an input again, unchanged, makes no other row.
    origin: &[
        ColumnOf::of("neuron_log_index", CellType::UInt, |row| row.inputs.neuron.into()),
        ColumnOf::nullable("axon_log_index", CellType::UInt, |row| Cell::of(row.inputs.axon)),
        ColumnOf::nullable("pog_log_index", CellType::UInt, |row| Cell::of(row.inputs.pog)),
        ColumnOf::nullable("external_log_index", CellType::UInt, |row| Cell::of(row.inputs.external)),
        ColumnOf::nullable("checklist_log_index", CellType::UInt, |row| Cell::of(row.inputs.checklist)),
        ColumnOf::nullable("stats_log_index", CellType::UInt, |row| Cell::of(row.inputs.stats)),
    ],
};

const SCHEMA: TableSchema = TableSchema {
    name: "scores",
    about: "What upstream's sync_scores gives each uid in each validator's view, the reason, and what cannot be known",
    version: 1,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &[],
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: true,
    follows_chain_alone: false,
    evidence: &[Evidence::Chain, Evidence::Databases],
};

/// A row is a call of `sync_scores` that would be made after the entry: one that reaches W&B and upstream's repository.
/// Where the call would end in an exception at the uid, the row is there all the same, and names it; `upstream_outcome`
/// has those of upstream's readers. The database's own `blacklist` decides no score: upstream shows it, and no more.
pub(crate) struct ScoresTable;

/// A uid in a view.
struct ScoreKey<'a> {
    view: &'a View,
    uid: u16,
}

/// A score, and the entries behind it.
struct ScoreRow<'a> {
    hotkey: &'a str,
    scored: Scored,
    inputs: Inputs,
}

impl CellSource for ScoreKey<'_> {
    type For<'a> = ScoreKey<'a>;
}

impl CellSource for ScoreRow<'_> {
    type For<'a> = ScoreRow<'a>;
}

impl Table for ScoresTable {
    type World = Scores;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, _: u64, change: &ScoresChange, world: &Scores, rows: &mut Rows) {
        if change.is_whole {
            let are_there: BTreeSet<_> = world
                .views
                .iter()
                .flat_map(|view| change.uids.keys().map(|&uid| COLUMNS.key_of(&ScoreKey { view, uid })))
                .collect();
            rows.retain(|key| are_there.contains(key));
        }
        for view in &world.views {
            for (&uid, external) in &change.uids {
                let key = ScoreKey { view, uid };
                let Some(subject) = Subject::of(world, view, uid, external.as_ref()) else {
                    rows.remove(&COLUMNS.key_of(&key));
                    continue;
                };
                let scored = subject.score();
                let inputs = subject.inputs(&scored);
                let log_index = scored.decided_by(&inputs);
                let row = ScoreRow { hotkey: &subject.neuron.hotkey, scored, inputs };
                rows.set(COLUMNS.row(&key, &row, log_index));
            }
        }
    }
}
