//! `wandb_runs`: the runs that are there, each in its last state.

use super::change::Change;
use super::columns::{created_at, hotkey, run_id, signature, state};
use super::run::Run;
use super::world::Wandb;
use crate::evidence::Evidence;
use crate::rows::{Cell, CellType, ColumnOf, Columns, Rows, TableSchema};
use crate::upstream::python::Scalar;
use crate::worlds::table::Table;

const COLUMNS: Columns<Run, Run> = Columns {
    key: &[run_id(), created_at()],
    values: &[
        ColumnOf::nullable("display_name", CellType::Text, |run| Cell::of(run.display_name.as_deref())),
        ColumnOf::nullable("role", CellType::Text, |run| Cell::of(run.config.role.as_deref())),
        ColumnOf::nullable("netuid", CellType::Int, |run| {
            Cell::of(run.config.netuid.as_ref().and_then(|netuid| netuid.parse::<i64>().ok()))
        }),
        hotkey(),
        state(),
        signature(),
        ColumnOf::nullable("version", CellType::Int, |run| {
            Cell::of(run.config.version.as_ref().and_then(Scalar::to_i64))
        }),
        ColumnOf::nullable("config_sha256", CellType::Text, |run| Cell::of(run.config_digest())),
        ColumnOf::of("recorded_at", CellType::Time, |run| Cell::Time(run.recorded_at_ms)),
    ],
    origin: &[],
};

const SCHEMA: TableSchema = TableSchema {
    name: "wandb_runs",
    about: "Runs that are there, as of the last complete poll, or as their client's file says",
    version: 2,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &[],
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: true,
    follows_chain_alone: false,
    evidence: &[Evidence::WholePolls],
};

pub(crate) struct WandbRuns;

impl Table for WandbRuns {
    type World = Wandb;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, _: u64, change: &Change, _: &Wandb, rows: &mut Rows) {
        for run in &change.runs {
            if let Some(old) = &run.old
                && run.new.as_ref().is_none_or(|new| new.run.order() != old.run.order())
            {
                rows.remove(&COLUMNS.key_of(&old.run));
            }
            if let Some(new) = &run.new {
                rows.set(COLUMNS.row(&new.run, &new.run, new.run.log_index));
            }
        }
    }
}
