//! What validators' databases tell.

use annals_log::{
    ComputeDbPoll, ComputeDbRow, DbReading, DbRow, DbTable, DbTableOutcome, Event, Hash, SqlValue,
};

use crate::scratch::START_MS;

/// A row with each form of a value, one that is gone, and each outcome of a poll.
pub(super) fn events() -> Vec<Event> {
    let values = [
        ("id", SqlValue::Integer(7)),
        ("hotkey", SqlValue::Text("5F9K".into())),
        ("gpu_name", SqlValue::Null),
        ("num_gpus", SqlValue::Real(8.5)),
        ("created_at", SqlValue::Blob(vec![0, 255])),
        ("odd", SqlValue::OddText(vec![255])),
        ("long", SqlValue::Long { bytes: 70_000, sha256: Hash::of(b"long") }),
    ];
    let row = DbRow::of(values.map(|(column, value)| (column.to_owned(), value)).into()).to_line();
    let row_event = |native_id: &str, is_gone, attached| Event {
        attached,
        ..Event::new("computedb", native_id, START_MS, &ComputeDbRow { is_gone })
    };
    let table = |name: &str, outcome| DbTable { name: name.into(), outcome };
    let read = DbTableOutcome::Read {
        rows: 1,
        lacks: vec!["reliability_score".into()],
        unreadable: vec!["key 8: another row has it too".into()],
    };
    let tables = vec![
        table("pog_stats", read),
        table("stats", DbTableOutcome::Missing),
        table("miner_details", DbTableOutcome::Unreadable("it is a view".into())),
    ];
    let poll = |outcome| {
        let poll = ComputeDbPoll { read_at_ms: START_MS + 5, outcome };
        Event::new("computedb", "database", START_MS + 5, &poll)
    };
    vec![
        row_event("database pog_stats 7", false, vec![row.into_bytes().into()]),
        row_event("database wandb_runs \"5F9K\"", true, vec![]),
        poll(DbReading::Read(tables)),
        poll(DbReading::Unchanged),
        poll(DbReading::Failed("file is not a database".into())),
    ]
}
