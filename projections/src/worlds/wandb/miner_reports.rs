//! `miner_reports`: what miners say of themselves; upstream reads none of it but the specs.

use super::change::Change;
use super::columns::{created_at, hotkey, run_id, signature, state};
use super::run::Run;
use super::standing::MINER;
use super::world::Wandb;
use crate::evidence::Evidence;
use crate::rows::{Cell, CellType, ColumnOf, Columns, Rows, TableSchema};
use crate::upstream::python::Scalar;
use crate::upstream::spec_columns::{OfSpecs, gpu_name, num_gpus};
use crate::upstream::specs::Specs;
use crate::worlds::table::Table;

const COLUMNS: Columns<Run, Run> = Columns {
    key: &[created_at(), run_id()],
    values: &[
        hotkey(),
        state(),
        signature(),
        gpu_name(),
        num_gpus(),
        ColumnOf::nullable("allocated", CellType::Text, |run| {
            Cell::of(run.config.allocated.as_ref().and_then(Scalar::as_text))
        }),
        ColumnOf::nullable("is_port_open", CellType::Bool, |run| match run.config.is_port_open {
            Some(Scalar::Bool(is_open)) => is_open.into(),
            _ => Cell::Null,
        }),
    ],
    origin: &[],
};

const SCHEMA: TableSchema = TableSchema {
    name: "miner_reports",
    about: "What each miner's run says of itself: hardware, who has allocated it, whether its port is open",
    version: 2,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &[],
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: true,
    follows_chain_alone: false,
    evidence: &[Evidence::WholePolls],
};

pub(crate) struct MinerReports;

impl OfSpecs for Run {
    fn specs(&self) -> Option<&Specs> {
        self.config.specs.as_ref()
    }
}

impl Table for MinerReports {
    type World = Wandb;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, _: u64, change: &Change, world: &Wandb, rows: &mut Rows) {
        let netuid = world.project.rules.policy.netuid.to_string();
        let is_shown = |run: &Run| {
            run.config.role.as_deref() == Some(MINER) && run.config.netuid.as_ref() == Some(&netuid)
        };
        for run in &change.runs {
            let shown = run.new.as_ref().map(|new| &new.run).filter(|run| is_shown(run));
            if let Some(old) = &run.old
                && shown.is_none_or(|new| new.order() != old.run.order())
            {
                rows.remove(&COLUMNS.key_of(&old.run));
            }
            if let Some(new) = shown {
                rows.set(COLUMNS.row(new, new, new.log_index));
            }
        }
    }
}
