//! `miner_reports`: what miners say of themselves; upstream reads none of it but the specs.

use crate::cell::{Cell, CellType};
use crate::change::Change;
use crate::python::Scalar;
use crate::rows::{NewRow, Rows};
use crate::run::Run;
use crate::schema::{Column, TableSchema};
use crate::standing::MINER;
use crate::tables::{State, Table};

const SCHEMA: TableSchema = TableSchema {
    name: "miner_reports",
    about: "What each miner's run says of itself: hardware, who has allocated it, whether its port is open",
    version: 2,
    columns: &[
        Column::nullable("created_at", CellType::Time),
        Column::of("run_id", CellType::Text),
        Column::nullable("hotkey", CellType::Text),
        Column::of("state", CellType::Text),
        Column::of("signature", CellType::Text),
        Column::nullable("gpu_name", CellType::Text),
        Column::nullable("num_gpus", CellType::Int),
        Column::nullable("allocated", CellType::Text),
        Column::nullable("is_port_open", CellType::Bool),
    ],
    ending: &[],
    key_columns: 2,
    keeps_history: true,
};

pub(super) struct MinerReports;

impl Table for MinerReports {
    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, change: &Change, state: &State, rows: &mut Rows) {
        let netuid = state.project.rules.policy.netuid.to_string();
        let is_shown = |run: &Run| {
            run.config.role.as_deref() == Some(MINER) && run.config.netuid.as_ref() == Some(&netuid)
        };
        for run in &change.runs {
            let shown = run.new.as_ref().map(|new| &new.run).filter(|run| is_shown(run));
            if let Some(old) = &run.old
                && shown.is_none_or(|new| new.order() != old.run.order())
            {
                rows.remove(&old.run.order().cells());
            }
            if let Some(new) = shown {
                rows.set(NewRow { key: new.order().cells(), values: values(new), log_index: new.log_index });
            }
        }
    }
}

fn values(run: &Run) -> Vec<Cell> {
    let specs = run.config.specs.as_ref();
    vec![
        run.hotkey(),
        run.state.as_str().into(),
        run.signature.as_str().into(),
        Cell::of(specs.and_then(|specs| specs.gpu_name.as_deref())),
        Cell::of(specs.and_then(|specs| specs.num_gpus)),
        Cell::of(run.config.allocated.as_ref().and_then(Scalar::as_text)),
        match run.config.is_port_open {
            Some(Scalar::Bool(is_open)) => is_open.into(),
            _ => Cell::Null,
        },
    ]
}
