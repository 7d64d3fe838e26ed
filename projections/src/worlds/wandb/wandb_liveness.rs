//! `wandb_liveness`: when W&B last heard of each run, as of the last poll that saw it.

use annals_log::{ListedRun, told_time_ms};

use super::change::Change;
use super::world::Wandb;
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, Rows, TableSchema};
use crate::worlds::table::Table;

/// The key is the run's id.
const COLUMNS: Columns<&str, ListedRun> = Columns {
    key: &[ColumnOf::of("run_id", CellType::Text, |&run_id| run_id.into())],
    values: &[
        ColumnOf::nullable("heartbeat_at", CellType::Time, |run| {
            Cell::time(run.heartbeat_at.as_deref().and_then(told_time_ms))
        }),
        ColumnOf::of("state", CellType::Text, |run| run.state.as_str().into()),
    ],
    origin: &[],
};

const SCHEMA: TableSchema = TableSchema {
    name: "wandb_liveness",
    about: "Heartbeat and state of each run as of the last poll that saw it, complete or not; no past",
    version: 2,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &[],
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: false,
    follows_chain_alone: false,
    evidence: &[Evidence::Polls],
};

pub(crate) struct WandbLiveness;

impl CellSource for ListedRun {
    type For<'a> = Self;
}

impl Table for WandbLiveness {
    type World = Wandb;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, index: u64, change: &Change, _: &Wandb, rows: &mut Rows) {
        let Some(poll) = &change.poll else { return };
        for run in &poll.list {
            rows.set(COLUMNS.row(&run.run_id.as_str(), run, index));
        }
        for run_id in &poll.gone {
            rows.remove(&COLUMNS.key_of(&run_id.as_str()));
        }
    }
}
