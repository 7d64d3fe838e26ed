//! The past of a table is what it was.

use std::collections::BTreeMap;

use annals_log::TreeSize;
use annals_projections::{Projections, TableSchema, TableSnapshot};
use arrow_array::cast::AsArray as _;
use arrow_array::types::UInt64Type;
use arrow_array::{Array as _, RecordBatch};

use crate::random_log::Pool;
use crate::scratch::{Scratch, rows_of};
use crate::seed::seeded;

/// Each row without what is known only when it ends, with the sizes at which it stood.
fn intervals(schema: &TableSchema, batch: &RecordBatch) -> Vec<(String, u64, u64)> {
    let (columns, own) = (batch.num_columns(), schema.columns.len());
    let known = (0..own).chain(own + schema.ending.len()..columns - 1);
    let rows = rows_of(&batch.project(&known.collect::<Vec<_>>()).unwrap());
    let from = batch.column(columns - 2).as_primitive::<UInt64Type>();
    let to = batch.column(columns - 1).as_primitive::<UInt64Type>();
    let end = |row| if to.is_null(row) { u64::MAX } else { to.value(row) };
    rows.into_iter().enumerate().map(|(row, text)| (text, from.value(row), end(row))).collect()
}

fn history(snapshot: &TableSnapshot) -> Vec<(String, u64, u64)> {
    let closed =
        snapshot.closed.scan(snapshot.schema).flat_map(|batch| intervals(snapshot.schema, &batch.unwrap()));
    closed.chain(intervals(snapshot.schema, &snapshot.open)).collect()
}

#[test]
fn at_every_size_the_past_has_the_rows_that_stood_then() {
    let mut rng = seeded("at_every_size_the_past_has_the_rows_that_stood_then");
    let scratch = Scratch::new();
    for commit in Pool::of_golden_cases().commits(40, &mut rng) {
        scratch.append(commit);
    }
    let tables = scratch.projections().snapshot().tables;
    let with_past = |table: &&TableSnapshot| table.schema.keeps_history;
    let histories: BTreeMap<_, _> =
        tables.iter().filter(with_past).map(|table| (table.schema.name, history(table))).collect();
    assert_eq!(
        histories.len(),
        Projections::schemas().len() - 2,
        "what was last heard of a run or a target has no past"
    );

    let reader = scratch.reader();
    let mut then = Projections::new(None);
    for size in 1..=reader.size().0 {
        then.catch_up(&reader, TreeSize(size), |_| ()).unwrap();
        for table in then.snapshot().tables.iter().filter(|table| table.schema.keeps_history) {
            let mut stood: Vec<_> =
                intervals(table.schema, &table.open).into_iter().map(|(row, ..)| row).collect();
            let is_then = |(_, from, to): &&(String, u64, u64)| *from <= size && size < *to;
            let past = histories[table.schema.name].iter().filter(is_then);
            let mut past: Vec<_> = past.map(|(row, ..)| row.clone()).collect();
            stood.sort();
            past.sort();
            assert_eq!(past, stood, "{} at size {size}", table.schema.name);
        }
    }
}
