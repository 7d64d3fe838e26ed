//! The cases that upstream's own readers read, all the way: events, log, tables, SQL.

#[path = "../../../projections/tests/scores/given.rs"]
#[allow(dead_code, reason = "the rule's own tests use the rest")]
mod given;
#[path = "../../../projections/tests/scratch.rs"]
#[allow(dead_code, reason = "the tables' own tests use the rest")]
mod scratch;
#[path = "../../../projections/tests/scratch_chain.rs"]
#[allow(dead_code, reason = "the tables' own tests use the rest")]
mod scratch_chain;
#[path = "../../../projections/tests/scores/through_readers.rs"]
mod through_readers;
#[path = "../../../projections/tests/scores/values.rs"]
#[allow(dead_code, reason = "the rule's own tests use the rest")]
mod values;
#[path = "../../../projections/tests/scores/vectors.rs"]
mod vectors;

use annals_queries::{Gate, Limits, Session};
use std::sync::Arc;

use crate::scratch::{folded, rows};

#[test]
fn scores_of_recorded_runs_and_databases_are_upstreams_own_in_sql() {
    through_readers::compare(|log| {
        let reader = log.reader();
        let session =
            Session::open(&reader, Arc::new(folded(&reader)), &Gate::new(Limits::default())).unwrap();
        let cells = through_readers::COLUMNS.map(|column| format!("coalesce(cast({column} as text), '-')"));
        let asked =
            rows(&session, &format!("SELECT {} FROM scores ORDER BY database, uid", cells.join(", ")));
        let cells = |row: String| -> Vec<_> { row.splitn(6, '|').map(str::to_owned).collect() };
        asked.into_iter().map(|row| cells(row).try_into().unwrap()).collect()
    });
}
