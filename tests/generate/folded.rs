//! What the tables make of a generated log: every state does the work that it is there for.

use std::collections::{BTreeMap, BTreeSet};

use annals_log::{
    Envelope, Event, Fact as _, ListedRun, LogIndex, PollOutcome, PollScope, Reader, WandbPoll, WandbRun,
    decode,
};
use annals_projections::{Projections, TableSnapshot, anomalies_of};
use arrow_array::cast::AsArray as _;
use arrow_array::types::UInt64Type;

use super::made::{events_of, reader, with_made};

const ENTRIES: u64 = 20_000;

/// How many rows of a table, those that stand and those that stood, come from each entry.
fn rows_by_entry(table: &TableSnapshot) -> BTreeMap<u64, u32> {
    let mut counts = BTreeMap::new();
    let batches = table.closed.scan(table.schema).map(Result::unwrap).chain([table.open.clone()]);
    for batch in batches {
        let column = batch.column_by_name("log_index").unwrap();
        column
            .as_primitive::<UInt64Type>()
            .values()
            .iter()
            .for_each(|&index| *counts.entry(index).or_default() += 1);
    }
    counts
}

fn folded(reader: &Reader) -> Vec<TableSnapshot> {
    let mut tables = Projections::new(None);
    tables.catch_up(reader, reader.size(), |_| ()).unwrap();
    tables.snapshot().tables
}

fn shares(events: &[Event]) -> BTreeMap<String, f64> {
    let mut counts: BTreeMap<String, f64> = BTreeMap::new();
    events.iter().for_each(|event| *counts.entry(event.kind.to_string()).or_default() += 1.0);
    counts.values_mut().for_each(|count| *count /= events.len() as f64);
    counts
}

#[test]
fn the_mix_is_as_told_and_each_state_changes_its_run_and_one_table_more() {
    let made = with_made(ENTRIES);
    let reader = reader(&made);
    let events = events_of(&reader);
    let shares = shares(&events);
    for (kind, share) in [("wandb_run", 0.6), ("wandb_history_row", 0.3), ("wandb_poll", 0.1)] {
        assert!((shares[kind] - share).abs() < 0.001, "{kind}: {shares:?}");
    }

    let tables = folded(&reader);
    let runs = tables.iter().find(|table| table.schema.name == "wandb_runs").unwrap();
    assert_eq!(runs.open.num_rows(), 252, "none is gone");
    let tables: BTreeMap<&str, _> =
        tables.iter().map(|table| (table.schema.name, rows_by_entry(table))).collect();
    let states = (0..).zip(&events).filter(|(_, event)| event.kind == WandbRun::KIND);
    let states: BTreeMap<u64, &Event> = states.collect();
    let told = [
        "allocated_hotkeys",
        "penalized_hotkeys",
        "penalized_checklist",
        "stats_votes",
        "miner_specs",
        "miner_reports",
    ];
    let mut seen = BTreeSet::new();
    let mut changes: BTreeMap<&str, u32> = BTreeMap::new();
    for (index, event) in &states {
        assert_eq!(tables["wandb_runs"].get(index), Some(&1), "entry {index}");
        let changed: Vec<_> = told.iter().filter(|table| tables[**table].contains_key(index)).collect();
        assert!(!changed.is_empty(), "entry {index} changes nothing but its run");
        // The first state of a run is all new.
        if !seen.insert(&event.native_id) {
            let rows: u32 = changed.iter().map(|table| tables[**table][index]).sum();
            assert_eq!(rows, 1, "entry {index} changes {changed:?}");
            *changes.entry(changed[0]).or_default() += 1;
        }
    }
    assert_eq!(seen.len(), 252);
    assert!(told.iter().all(|table| changes[table] > 100), "{changes:?}");
    assert!(tables["stats"].len() > 100, "{}", tables["stats"].len());
    let bytes: u64 = reader.segments().unwrap().iter().map(|segment| segment.bytes).sum();
    assert!(bytes < 600 * ENTRIES, "{} bytes an entry", bytes / ENTRIES);
}

#[test]
fn nothing_in_it_is_odd() {
    let made = with_made(3_000);
    let mut reader = reader(&made);
    let events = events_of(&reader);
    for (index, event) in (0..).map(LogIndex).zip(&events) {
        let entry = reader.entry(index).unwrap();
        let envelope = Envelope::decode(&entry).unwrap();
        let mut attached = |place: usize| Ok(event.attached[place].bytes().to_vec());
        assert_eq!(anomalies_of(&envelope, &event.body, &mut attached).unwrap(), [], "entry {index}");
    }
}

#[test]
fn every_poll_is_complete_and_a_sweep_meets_all_runs_in_the_order_of_their_creation() {
    let (mut made, mut sweeps) = (BTreeSet::new(), 0);
    for event in events_of(&reader(&with_made(3_000))) {
        if event.kind == WandbRun::KIND {
            let run: WandbRun = decode(&event.body).unwrap();
            made.insert((run.created_at, event.native_id));
        } else if event.kind == WandbPoll::KIND {
            let poll: WandbPoll = decode(&event.body).unwrap();
            assert_eq!((&poll.outcome, poll.missing.len()), (&PollOutcome::Complete, 0));
            let met = ListedRun::decode_list(event.attached[0].bytes()).unwrap();
            let met: Vec<_> = met.iter().map(|run| &run.run_id).collect();
            match poll.scope {
                PollScope::Sweep => {
                    assert_eq!(met, made.iter().map(|(_, run_id)| run_id).collect::<Vec<_>>());
                    sweeps += 1;
                }
                _ => assert!((6..=10).contains(&met.len()), "{met:?}"),
            }
        }
    }
    assert_eq!(sweeps, 5);
}
