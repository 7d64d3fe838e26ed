//! Databases that could be: rows of each table in any type, polls that are cut off, fail, or miss a table.

use annals_log::{ComputeDbPoll, ComputeDbRow, DbReading, DbTable, DbTableOutcome, Event};

use crate::scratch::START_MS;
use crate::scratch_chain::{account, ss58};

/// Tables with their key and a column.
const TABLES: [(&str, &str, &str); 6] = [
    ("pog_stats", "id", "num_gpus"),
    ("stats", "uid", "score"),
    ("allocation", "id", "hotkey"),
    ("blacklist", "id", "details"),
    ("wandb_runs", "hotkey", "run_id"),
    ("miner_details", "id", "details"),
];
const VALUES: [&str; 6] = ["null", "7", "0.5", "\"{}\"", "\"5A\"", r#"{"blob":"ff"}"#];

/// Some rows of one of two databases, and perhaps the end of the poll.
pub(crate) fn commit(rng: &mut fastrand::Rng) -> Vec<Event> {
    let database = ["database", "database-2"][rng.usize(..2)];
    let mut events: Vec<_> = (0..rng.usize(1..6)).map(|_| row(database, rng)).collect();
    if rng.u8(..4) > 0 {
        let outcome = match rng.u8(..6) {
            0 => DbReading::Failed("no such file".into()),
            1 => DbReading::Unchanged,
            _ => DbReading::Read(TABLES.map(|(name, ..)| found(name, rng)).into()),
        };
        let poll = ComputeDbPoll { read_at_ms: START_MS, outcome };
        events.push(Event::new("computedb", database, START_MS, &poll));
    }
    events
}

fn row(database: &str, rng: &mut fastrand::Rng) -> Event {
    let (table, key_column, column) = TABLES[rng.usize(..TABLES.len())];
    let number = rng.u8(..5);
    let key = if table == "wandb_runs" { format!("\"5{number}\"") } else { number.to_string() };
    let is_gone = rng.u8(..4) == 0;
    let native_id = format!("{database} {table} {key}");
    let value = VALUES[rng.usize(..VALUES.len())];
    let others = if table == "pog_stats" { result(rng) } else { String::new() };
    let line = format!(r#"{{"{key_column}":{key},"{column}":{value}{others}}}"#);
    let attached = if is_gone { vec![] } else { vec![line.into_bytes().into()] };
    Event { attached, ..Event::new("computedb", &native_id, START_MS, &ComputeDbRow { is_gone }) }
}

/// The other columns of a result of Proof-of-GPU: of a hotkey that the random chain may have.
fn result(rng: &mut fastrand::Rng) -> String {
    let (hotkey, second) = (ss58(account(rng.u8(1..4))), rng.u8(..4));
    let gpu_name = ["\"NVIDIA H200\"", "\"NVIDIA H100\"", "null"][rng.usize(..3)];
    format!(r#","hotkey":"{hotkey}","gpu_name":{gpu_name},"created_at":"2025-06-01 00:00:0{second}""#)
}

fn found(name: &str, rng: &mut fastrand::Rng) -> DbTable {
    let outcome = match rng.u8(..8) {
        0 => DbTableOutcome::Unreadable("a damaged page".into()),
        1 => DbTableOutcome::Missing,
        _ => DbTableOutcome::Read { rows: 1, lacks: vec![], unreadable: vec![] },
    };
    DbTable { name: name.to_owned(), outcome }
}
