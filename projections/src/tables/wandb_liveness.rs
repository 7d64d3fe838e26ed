//! `wandb_liveness`: when W&B last heard of each run, as of the last poll that saw it.

use annals_log::told_time_ms;

use crate::cell::{Cell, CellType};
use crate::change::Change;
use crate::rows::{NewRow, Rows};
use crate::schema::{Column, TableSchema};
use crate::tables::{State, Table};

const SCHEMA: TableSchema = TableSchema {
    name: "wandb_liveness",
    about: "Heartbeat and state of each run as of the last poll that saw it, complete or not; no past",
    version: 2,
    columns: &[
        Column::of("run_id", CellType::Text),
        Column::nullable("heartbeat_at", CellType::Time),
        Column::of("state", CellType::Text),
    ],
    ending: &[],
    key_columns: 1,
    keeps_history: false,
};

pub(super) struct WandbLiveness;

impl Table for WandbLiveness {
    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, change: &Change, _: &State, rows: &mut Rows) {
        let Some(poll) = &change.poll else { return };
        for run in &poll.list {
            let heartbeat_at = Cell::time(run.heartbeat_at.as_deref().and_then(told_time_ms));
            rows.set(NewRow {
                key: vec![run.run_id.as_str().into()],
                values: vec![heartbeat_at, run.state.as_str().into()],
                log_index: change.index,
            });
        }
        for run_id in &poll.gone {
            rows.remove(&[run_id.as_str().into()]);
        }
    }
}
