//! Validators' own databases: what a poll saw takes effect when it is over, and not before.

use annals_log::{ComputeDbPoll, ComputeDbRow, DbReading, DbTable, DbTableOutcome, Event, TreeSize};
use annals_projections::Projections;

use crate::scratch::{START_MS, Scratch, rows_of, snapshot};

const POG: &str = "computedb_pog_stats";

fn row(native_id: &str, line: &str) -> Event {
    let event = Event::new("computedb", native_id, START_MS, &ComputeDbRow { is_gone: false });
    Event { attached: vec![line.as_bytes().to_vec().into()], ..event }
}

fn gone(native_id: &str) -> Event {
    Event::new("computedb", native_id, START_MS, &ComputeDbRow { is_gone: true })
}

/// The `id`-th result of a database.
fn pog(database: &str, id: u32, gpu_name: &str) -> Event {
    row(&format!("{database} pog_stats {id}"), &format!(r#"{{"id":{id},"gpu_name":"{gpu_name}"}}"#))
}

fn closing(database: &str, outcome: DbReading) -> Event {
    Event::new("computedb", database, START_MS, &ComputeDbPoll { read_at_ms: START_MS, outcome })
}

fn table(name: &str, outcome: DbTableOutcome) -> DbTable {
    DbTable { name: name.into(), outcome }
}

fn read(name: &str) -> DbTable {
    table(name, DbTableOutcome::Read { rows: 1, lacks: vec![], unreadable: vec![] })
}

/// A poll that told every row of `pog_stats` and `stats`.
fn poll(database: &str) -> Event {
    closing(database, DbReading::Read(vec![read("pog_stats"), read("stats")]))
}

fn pog_rows(scratch: &Scratch) -> Vec<String> {
    scratch.rows(POG, &["database", "id", "gpu_name"])
}

#[test]
fn rows_stand_from_the_end_of_the_poll_that_saw_them_and_name_the_entry_that_told_them() {
    let scratch = Scratch::new();
    let size = scratch.append(vec![pog("a", 1, "x"), pog("a", 2, "y"), poll("a")]);
    let told = scratch.rows(POG, &["id", "log_index", "valid_from"]);
    assert_eq!(told, [format!("1,{},{size}", size.0 - 3), format!("2,{},{size}", size.0 - 2)]);
    let mut within = scratch.projections_at(TreeSize(size.0 - 1));
    assert_eq!(snapshot(&mut within, POG).open.num_rows(), 0);
}

#[test]
fn a_poll_that_was_cut_off_counts_when_the_next_one_is_over() {
    let scratch = Scratch::new();
    scratch.append(vec![pog("a", 1, "x"), poll("a")]);
    scratch.append(vec![pog("a", 1, "z"), pog("a", 2, "y")]);
    assert_eq!(pog_rows(&scratch), ["a,1,x"]);
    for outcome in [DbReading::Unchanged, DbReading::Failed("no such file".into())] {
        scratch.append(vec![closing("a", outcome)]);
        assert_eq!(pog_rows(&scratch), ["a,1,x"]);
    }
    // Another database's poll ends nothing of this one.
    scratch.append(vec![poll("a-2"), pog("a", 2, "w")]);
    assert_eq!(pog_rows(&scratch), ["a,1,x"]);
    scratch.append(vec![poll("a")]);
    assert_eq!(pog_rows(&scratch), ["a,1,z", "a,2,w"]);
}

#[test]
fn of_a_table_that_could_not_be_read_nothing_takes_effect() {
    let scratch = Scratch::new();
    scratch.append(vec![pog("a", 1, "x"), row("a stats 7", r#"{"uid":7,"score":1.5}"#)]);
    let unread = table("pog_stats", DbTableOutcome::Unreadable("a damaged page".into()));
    scratch.append(vec![closing("a", DbReading::Read(vec![unread, read("stats")]))]);
    assert_eq!(pog_rows(&scratch), [""; 0]);
    assert_eq!(scratch.rows("computedb_stats", &["uid", "score", "allocated"]), ["7,1.5,false"]);
}

#[test]
fn what_is_gone_is_in_the_past_and_what_changed_is_too() {
    let scratch = Scratch::new();
    scratch.append(vec![pog("a", 1, "x"), pog("b", 1, "other"), poll("a"), poll("b")]);
    scratch.append(vec![pog("a", 1, "y"), poll("a")]);
    scratch.append(vec![gone("a pog_stats 1"), poll("a")]);
    assert_eq!(pog_rows(&scratch), ["b,1,other"]);
    let mut projections = scratch.projections();
    let snapshot = snapshot(&mut projections, POG);
    let past: Vec<_> =
        snapshot.closed.scan(snapshot.schema).flat_map(|batch| rows_of(&batch.unwrap())).collect();
    let names: Vec<_> = past.iter().map(|row| row.split(',').nth(3).unwrap()).collect();
    assert_eq!(names, ["x", "y"], "{past:?}");
}

#[test]
fn rows_that_wait_are_saved_with_the_tables() {
    let scratch = Scratch::new();
    scratch.append(vec![pog("a", 1, "x"), gone("a pog_stats 2")]);
    let mut tables = Projections::begin_in(&scratch.tables(), None).unwrap();
    let reader = scratch.reader();
    tables.catch_up(&reader, reader.size(), |_| ()).unwrap();
    tables.save(&scratch.tables(), &reader, false).unwrap();
    scratch.append(vec![poll("a")]);
    let mut reader = scratch.reader();
    let mut loaded = Projections::load(&scratch.tables(), &mut reader).unwrap();
    loaded.catch_up(&reader, reader.size(), |_| ()).unwrap();
    assert_eq!(loaded.state_roots(), scratch.projections().state_roots());
    assert_eq!(snapshot(&mut loaded, POG).open.num_rows(), 1);
}

#[test]
fn entries_that_are_not_what_their_kind_says_change_nothing() {
    let scratch = Scratch::new();
    let without_row = Event { attached: vec![], ..pog("a", 1, "x") };
    let events = vec![
        without_row,
        row("a pog_stats 2", r#"{"id": 2}"#),
        row("a pog_stats", r#"{"id":3}"#),
        row("a pog_stats x", r#"{"id":3}"#),
        row("a pog_stats \"4\"", r#"{"id":"4"}"#),
        row("a pog_stats null", r#"{"id":null}"#),
        row("a unknown 5", r#"{"id":5}"#),
        Event { body: vec![9, 9], ..pog("a", 6, "x") },
        poll("a"),
    ];
    scratch.append(events);
    assert_eq!(pog_rows(&scratch), [""; 0]);
}
