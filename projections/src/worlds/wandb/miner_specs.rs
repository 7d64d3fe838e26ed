//! `miner_specs`: the specs that upstream takes from miners' runs (`get_miner_specs`).

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_log::{Policy, RunIdSignature};

use super::change::Change;
use super::columns::{OfRun, created_at, hotkey, order_cells, run_id};
use super::run::{Reading, Run, RunOrder};
use super::seen_run::SeenRun;
use super::standing::MINER;
use super::world::Wandb;
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, NewRow, Rows, TableSchema};
use crate::upstream::spec_columns::{OfSpecs, gpu_name, num_gpus};
use crate::upstream::specs::Specs;
use crate::worlds::table::Table;

const COLUMNS: Columns<Run, MinerRow<'_>> = Columns {
    key: &[created_at(), run_id()],
    values: &[
        ColumnOf::of("specs_index", CellType::UInt, |row| row.specs_index.into()),
        hotkey(),
        ColumnOf::nullable("queryable", CellType::Bool, |row| {
            Cell::of(is_queryable(row.policy, row.run.config.hotkey.as_deref()))
        }),
        gpu_name(),
        num_gpus(),
        ColumnOf::of("specs", CellType::Text, |row| row.specs.json.as_str().into()),
    ],
    origin: &[],
};

const SCHEMA: TableSchema = TableSchema {
    name: "miner_specs",
    about: "Specs of running miners whose run is signed; upstream keeps those that are queryable",
    version: 2,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &[],
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: true,
    follows_chain_alone: false,
    evidence: &[Evidence::Polls],
};

/// After a poll that broke off, upstream has the runs that the poll saw, and so has this table until the next
/// complete one.
#[derive(Default)]
pub(crate) struct MinerSpecs {
    /// The runs that upstream's filter lets through: the index of a run is its place among them, from 1.
    matched: BTreeMap<RunOrder, Arc<SeenRun>>,
    is_partial: bool,
}

/// The specs that upstream keeps of a run, or would if it were queryable.
struct MinerRow<'a> {
    /// The run's place among those that upstream's filter lets through, from 1.
    specs_index: u64,
    run: &'a Run,
    specs: &'a Specs,
    policy: &'a Policy,
}

impl CellSource for MinerRow<'_> {
    type For<'a> = MinerRow<'a>;
}

impl OfRun for MinerRow<'_> {
    fn run(&self) -> &Run {
        self.run
    }
}

impl OfSpecs for MinerRow<'_> {
    fn specs(&self) -> Option<&Specs> {
        Some(self.specs)
    }
}

impl Table for MinerSpecs {
    type World = Wandb;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, _: u64, change: &Change, world: &Wandb, rows: &mut Rows) {
        let policy = &world.project.rules.policy;
        let is_partial = world.project.is_partial();
        if change.is_policy || change.poll.is_some() && (self.is_partial || is_partial) {
            self.restore(world);
            rows.set_under(&[], self.rows(policy));
        } else if !self.is_partial {
            self.take(change, world, rows);
        }
    }

    fn restore(&mut self, world: &Wandb) {
        let partial = world.project.partial();
        self.is_partial = partial.is_some();
        let all = || world.project.runs().map(|(order, seen)| (order.clone(), Arc::clone(seen))).collect();
        self.matched = partial.unwrap_or_else(all);
        self.matched.retain(|_, seen| world.project.rules.asks_for(&seen.run, MINER));
    }
}

impl MinerSpecs {
    fn take(&mut self, change: &Change, world: &Wandb, rows: &mut Rows) {
        let policy = &world.project.rules.policy;
        let (mut is_shifted, mut changed) = (false, Vec::new());
        for run in &change.runs {
            let asked = |seen: &&Arc<SeenRun>| world.project.rules.asks_for(&seen.run, MINER);
            let new = run.new.as_ref().filter(asked);
            let (before, after) =
                (run.old.as_ref().map(|old| old.run.order()), new.map(|new| new.run.order()));
            if let Some(before) = before.filter(|before| after.as_ref() != Some(before)) {
                is_shifted |= self.matched.remove(&before).is_some();
            }
            if let (Some(new), Some(after)) = (new, after) {
                is_shifted |= self.matched.insert(after.clone(), Arc::clone(new)).is_none();
                changed.push((after, new));
            }
        }
        if is_shifted {
            rows.set_under(&[], self.rows(policy));
            return;
        }
        for (order, seen) in changed {
            let place = self.matched.range(..&order).count() as u64;
            let row = row(place + 1, &seen.run, policy);
            rows.set_under(&order_cells(&seen.run), row.into_iter().collect());
        }
    }

    fn rows(&self, policy: &Policy) -> Vec<NewRow> {
        let all = (1..).zip(self.matched.values());
        all.filter_map(|(specs_index, seen)| row(specs_index, &seen.run, policy)).collect()
    }
}

/// Returns the row of a run; `None` when upstream takes no specs of it.
fn row(specs_index: u64, run: &Run, policy: &Policy) -> Option<NewRow> {
    let is_sound = run.reading == Reading::Sound && run.signature == RunIdSignature::Valid;
    let specs = run.config.specs.as_ref().filter(|specs| specs.is_truthy && is_sound)?;
    Some(COLUMNS.row(run, &MinerRow { specs_index, run, specs, policy }, run.log_index))
}

/// Whether upstream can query the hotkey; `None` while no policy says which uids it can.
fn is_queryable(policy: &Policy, hotkey: Option<&str>) -> Option<bool> {
    let hotkey = hotkey.filter(|hotkey| !hotkey.is_empty());
    let queryable = policy.queryable.as_ref()?;
    Some(hotkey.is_some() && queryable.iter().any(|uid| uid.hotkey.as_deref() == hotkey))
}
