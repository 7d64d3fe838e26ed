//! The state tables, in the one list that says which there are.
//!
//! To add one: a file here, its line in [`all`], a `tests/sql/<name>.slt`.

mod allocation_claims;
mod computedb;
mod endpoints;
mod hotkey_lists;
mod miner_reports;
mod miner_specs;
mod neurons;
mod runtime_versions;
mod shared_columns;
mod stats;
mod stats_votes;
mod subnets;
mod upstream_outcome;
mod validators;
mod wandb_liveness;
mod wandb_runs;

use crate::chain::Chain;
use crate::change::Change;
use crate::claims::Claims;
use crate::count::Count;
use crate::databases::Databases;
use crate::project::Project;
use crate::rows::{Rows, TableSchema};

/// What all tables are made of, as it stands behind an entry.
pub(crate) struct State {
    pub(crate) project: Project,
    pub(crate) count: Count,
    pub(crate) chain: Chain,
    pub(crate) claims: Claims,
    pub(crate) databases: Databases,
}

/// A fold: the same entries give the same rows, on any machine, in whatever portions they come. No clock, no I/O, no
/// randomness.
pub(crate) trait Table {
    /// What its rows look like.
    fn schema(&self) -> &'static TableSchema;

    /// Brings `rows` behind an entry. Its work is in proportion to the change.
    fn apply(&mut self, change: &Change, state: &State, rows: &mut Rows);

    /// Makes what it remembers beside its rows from what was saved.
    fn restore(&mut self, _state: &State) {}
}

/// Every state table.
pub(crate) fn all() -> Vec<Box<dyn Table>> {
    vec![
        Box::new(wandb_runs::WandbRuns),
        Box::new(wandb_liveness::WandbLiveness),
        Box::new(subnets::Subnets),
        Box::new(neurons::Neurons),
        Box::new(endpoints::PROMETHEUS),
        Box::new(endpoints::AXONS),
        Box::new(runtime_versions::RuntimeVersions),
        Box::new(validators::Validators),
        Box::new(hotkey_lists::ALLOCATED),
        Box::new(hotkey_lists::PENALIZED),
        Box::new(hotkey_lists::CHECKLIST),
        Box::new(allocation_claims::AllocationClaims),
        Box::new(stats_votes::StatsVotes),
        Box::new(stats::Stats),
        Box::<miner_specs::MinerSpecs>::default(),
        Box::new(miner_reports::MinerReports),
        Box::<upstream_outcome::UpstreamOutcome>::default(),
        Box::new(computedb::POG_STATS),
        Box::new(computedb::STATS),
        Box::new(computedb::ALLOCATION),
        Box::new(computedb::BLACKLIST),
        Box::new(computedb::RUNS),
        Box::new(computedb::MINER_DETAILS),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_table_has_a_key_something_to_say_and_no_column_twice() {
        let mut tables = BTreeSet::new();
        for schema in all().iter().map(|table| table.schema()) {
            let table = schema.name;
            assert!(tables.insert(table), "{table} is listed twice");
            assert!(schema.key_columns > 0, "{table}");
            assert!(schema.key_columns + schema.origin_columns < schema.columns.len(), "{table}");
            let mut columns = BTreeSet::new();
            for column in schema.all_columns() {
                assert!(!column.name.is_empty() && columns.insert(column.name), "{table}.{}", column.name);
            }
        }
    }
}
