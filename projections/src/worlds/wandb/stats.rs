//! `stats`: for each uid the entry that upstream picks, and how it was picked.

use super::ballot::Entry;
use super::change::Change;
use super::columns::{
    OfEntry, OfRun, created_at, entry_gpu_name, entry_hotkey, entry_num_gpus, run_id, score, score_text,
    validator,
};
use super::count::Dominant;
use super::run::Run;
use super::world::Wandb;
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, Rows, TableSchema};
use crate::upstream::python::Scalar;
use crate::worlds::table::Table;

/// The key is the uid as upstream's text of an integer.
const COLUMNS: Columns<&str, Dominant> = Columns {
    key: &[
        ColumnOf::nullable("uid", CellType::Int, |uid_text| Cell::of(uid_text.parse::<i64>().ok())),
        ColumnOf::of("uid_text", CellType::Text, |&uid_text| uid_text.into()),
    ],
    values: &[
        ColumnOf::of("uid_key", CellType::Text, |dominant| dominant.uid_key.as_str().into()),
        entry_hotkey(),
        entry_gpu_name(),
        entry_num_gpus(),
        score(),
        score_text(),
        ColumnOf::of("allocated", CellType::Bool, |dominant| dominant.entry.is_allocated.into()),
        ColumnOf::nullable("reliability_score", CellType::Float, |dominant| {
            Cell::of(dominant.entry.reliability_score.as_ref().and_then(Scalar::to_f64))
        }),
        ColumnOf::nullable("written_at", CellType::Text, |dominant| {
            Cell::of(dominant.entry.written_at.as_deref())
        }),
        created_at(),
        run_id(),
        validator(),
        ColumnOf::of("votes", CellType::UInt, |dominant| (dominant.votes as u64).into()),
        ColumnOf::of("entries", CellType::UInt, |dominant| (dominant.entries as u64).into()),
        ColumnOf::of("candidates", CellType::UInt, |dominant| (dominant.candidates as u64).into()),
        ColumnOf::of("rule", CellType::Text, |dominant| dominant.rule.as_str().into()),
        ColumnOf::of("order_tie", CellType::Bool, |dominant| dominant.is_order_tie.into()),
        ColumnOf::of("entry", CellType::Text, |dominant| {
            dominant.entry.json.as_deref().expect("an entry of the validator's own score is kept").into()
        }),
    ],
    origin: &[],
};

const SCHEMA: TableSchema = TableSchema {
    name: "stats",
    about: "The entry that upstream picks for each uid, with its votes and the rule that decided",
    version: 2,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &[],
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: true,
    follows_chain_alone: false,
    evidence: &[Evidence::WholePolls],
};

pub(crate) struct Stats;

impl CellSource for Dominant {
    type For<'a> = Self;
}

impl OfRun for Dominant {
    fn run(&self) -> &Run {
        &self.seen.run
    }
}

impl OfEntry for Dominant {
    fn entry(&self) -> Option<&Entry> {
        Some(&self.entry)
    }
}

impl Table for Stats {
    type World = Wandb;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, _: u64, _: &Change, world: &Wandb, rows: &mut Rows) {
        for (uid_text, dominant) in world.count.changes(&world.project) {
            match dominant {
                Some(dominant) => {
                    rows.set(COLUMNS.row(&uid_text, &dominant, dominant.seen.run.log_index));
                }
                None => rows.remove(&COLUMNS.key_of(&uid_text)),
            }
        }
    }
}
