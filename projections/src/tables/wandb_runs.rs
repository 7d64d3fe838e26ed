//! `wandb_runs`: the runs that are there, each as it last was.

use crate::cell::{Cell, CellType};
use crate::change::Change;
use crate::python::Scalar;
use crate::rows::{NewRow, Rows};
use crate::run::Run;
use crate::schema::{Column, TableSchema};
use crate::tables::{State, Table};

const SCHEMA: TableSchema = TableSchema {
    name: "wandb_runs",
    about: "Runs that are there, as of the last complete poll, or as their client's file says",
    version: 2,
    columns: &[
        Column::of("run_id", CellType::Text),
        Column::nullable("created_at", CellType::Time),
        Column::nullable("display_name", CellType::Text),
        Column::nullable("role", CellType::Text),
        Column::nullable("netuid", CellType::Int),
        Column::nullable("hotkey", CellType::Text),
        Column::of("state", CellType::Text),
        Column::of("signature", CellType::Text),
        Column::nullable("version", CellType::Int),
        Column::nullable("config_sha256", CellType::Text),
        Column::of("recorded_at", CellType::Time),
    ],
    ending: &[],
    key_columns: 2,
    keeps_history: true,
};

pub(super) struct WandbRuns;

impl Table for WandbRuns {
    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, change: &Change, _: &State, rows: &mut Rows) {
        for run in &change.runs {
            if let Some(old) = &run.old
                && run.new.as_ref().is_none_or(|new| key(&new.run) != key(&old.run))
            {
                rows.remove(&key(&old.run));
            }
            if let Some(new) = &run.new {
                rows.set(row(&new.run));
            }
        }
    }
}

fn key(run: &Run) -> Vec<Cell> {
    vec![run.run_id.as_str().into(), Cell::time(run.created_at_ms)]
}

fn row(run: &Run) -> NewRow {
    let config = &run.config;
    let values = vec![
        Cell::of(run.display_name.as_deref()),
        Cell::of(config.role.as_deref()),
        Cell::of(config.netuid.as_ref().and_then(|netuid| netuid.parse::<i64>().ok())),
        run.hotkey(),
        run.state.as_str().into(),
        run.signature.as_str().into(),
        Cell::of(config.version.as_ref().and_then(Scalar::to_i64)),
        Cell::of(run.config_digest()),
        Cell::Time(run.recorded_at_ms),
    ];
    NewRow { key: key(run), values, log_index: run.log_index }
}
