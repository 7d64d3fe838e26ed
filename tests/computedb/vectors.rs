//! The sequences that upstream's code was run on. All of a kind go on step by step together: so one question asks for
//! all.

use std::io::Write as _;

use annals_log::json::{self, Object, Value};

use super::{Recorder, Sequence, at, vectors};
use crate::golden::python_value::is_same;

type Check = Result<(), String>;

/// What upstream's code was asked to do in some of the sequences.
struct Kind {
    name: &'static str,
    /// The steps of a sequence.
    steps: fn(&Value) -> Vec<&Object>,
    /// The `number`-th step of the owner's, and a poll; what is retrieved then is checked.
    take: fn(&mut Recorder, &mut Sequence, &Object, usize) -> Check,
    /// Asked behind each step, for all databases.
    sql: &'static str,
    /// Checks the rows of one of them.
    check: fn(&[Vec<Value>], &Object, usize) -> Check,
}

/// The seven columns of [`STATS_SQL`].
const STATS: [&str; 7] =
    ["uid", "hotkey", "gpu_specs", "score", "allocated", "own_score", "reliability_score"];
const STATS_SQL: &str =
    "select database, uid, hotkey, gpu_specs, score, allocated, own_score, reliability_score
    from computedb_stats order by uid";

const WRITE_RETRIEVE: Kind = Kind {
    name: "write_retrieve",
    steps: each,
    take: |recorder, sequence, step, number| {
        sequence.owner.write_stats(object(step, "write"), &at(number));
        let retrieved = without_times(recorder.poll(sequence));
        same("retrieve_stats", &retrieved, step.get("retrieve").unwrap())
    },
    sql: STATS_SQL,
    check: |rows, step, _| same("computedb_stats", &stats_of(rows), step.get("retrieve").unwrap()),
};

const UPDATE_ALLOCATED: Kind = Kind {
    name: "update_allocated_hotkeys",
    steps: |case| vec![case.as_object().unwrap(); 2],
    take: |recorder, sequence, case, number| {
        if number == 0 {
            sequence.owner.write_stats(object(case, "before"), &at(0));
            let stats = allocated(recorder.poll(sequence), list(case, "hotkey_list"));
            let expected = object(case, "config_after").get("stats").unwrap();
            return same("config_after", &without_times(stats), expected);
        }
        // As upstream writes what it has just made of what it retrieved.
        let stats = allocated(recorder.poll(sequence), list(case, "hotkey_list"));
        sequence.owner.write_stats(&stats, &at(1));
        let retrieved = without_times(recorder.poll(sequence));
        same("retrieve_stats", &retrieved, case.get("db_after").unwrap())
    },
    sql: STATS_SQL,
    check: |rows, case, number| match number {
        0 => Ok(()),
        _ => same("computedb_stats", &stats_of(rows), case.get("db_after").unwrap()),
    },
};

const POG_STATS: Kind = Kind {
    name: "pog_stats",
    steps: each,
    take: |recorder, sequence, step, number| {
        let name = step.get("gpu_name").unwrap().as_text().and_then(|name| name.as_str());
        let count = step.get("num_gpus").filter(|count| **count != Value::Null);
        let count = count.map(|count| count.to_json().parse().unwrap());
        sequence.owner.update_pog_stats("hk", (name, count), &at(number));
        recorder.poll(sequence);
        Ok(())
    },
    // As `get_pog_specs` goes through them.
    sql: "select database, id, gpu_name, num_gpus from computedb_pog_stats order by created_at desc, id",
    check: |rows, step, _| {
        same("get_pog_specs", &pog_specs(rows), step.get("get_pog_specs").unwrap())?;
        same("rows", &by_id(rows), step.get("rows").unwrap())
    },
};

const MINER_DETAILS: Kind = Kind {
    name: "miner_details",
    steps: each,
    take: |recorder, sequence, step, _| {
        sequence.owner.update_miner_details("hk", step.get("specs").unwrap());
        recorder.poll(sequence);
        Ok(())
    },
    sql: "select database, hotkey, details, no_specs_count from computedb_miner_details order by id",
    check: |rows, step, _| same("rows", &listed(rows), step.get("rows").unwrap()),
};

fn each(sequence: &Value) -> Vec<&Object> {
    let Value::List(steps) = sequence else { panic!("a sequence is a list of steps") };
    steps.iter().map(|step| step.as_object().unwrap()).collect()
}

fn list<'a>(of: &'a Object, key: &str) -> &'a [Value] {
    match of.get(key) {
        Some(Value::List(items)) => items,
        other => panic!("{key}: {other:?}"),
    }
}

fn object<'a>(of: &'a Object, key: &str) -> &'a Object {
    of.get(key).and_then(Value::as_object).unwrap_or_else(|| panic!("{key} is no object"))
}

fn same(what: &str, told: &Value, expected: &Value) -> Check {
    if is_same(told, expected) {
        return Ok(());
    }
    Err(format!("{what}: {} instead of {}", told.to_json(), expected.to_json()))
}

/// Each entry of what was retrieved, changed.
fn mapped(stats: Object, change: impl Fn(&mut Object)) -> Object {
    let entry = |(uid, entry)| {
        let Value::Object(mut entry) = entry else { panic!("an entry is an object") };
        change(&mut entry);
        (uid, Value::Object(entry))
    };
    stats.into_iter().map(entry).collect()
}

/// Upstream's results have no times.
fn without_times(stats: Object) -> Value {
    Value::Object(mapped(stats, |entry| {
        assert!(entry.remove("created_at").is_some_and(|at| at.as_text().is_some()));
    }))
}

/// As upstream's `update_allocated_hotkeys` marks them.
fn allocated(stats: Object, hotkeys: &[Value]) -> Object {
    mapped(stats, |entry| {
        let is_allocated = hotkeys.contains(entry.get("hotkey").unwrap());
        entry.insert("allocated".into(), Value::Bool(is_allocated));
    })
}

/// The table as upstream would retrieve it: what is no JSON is no specs, no score is 0.
fn stats_of(rows: &[Vec<Value>]) -> Value {
    let entry = |row: &Vec<Value>| {
        let column = |(name, value): (&str, &Value)| {
            let value = match (name, value) {
                ("gpu_specs", Value::Text(text)) => {
                    json::parse(text.as_str().unwrap()).unwrap_or(Value::Null)
                }
                ("score", Value::Null) => Value::Number(0.0.into()),
                (_, value) => value.clone(),
            };
            (name.into(), value)
        };
        let entry = STATS.into_iter().zip(row).map(column).collect();
        (row[0].to_json().as_str().into(), Value::Object(entry))
    };
    Value::Object(rows.iter().map(entry).collect())
}

/// The first whose name and count are told.
fn pog_specs(rows: &[Vec<Value>]) -> Value {
    let newest = rows.iter().find(|row| row[1] != Value::Null && row[2] != Value::Null);
    newest.map_or(Value::Null, |row| {
        let members = ["gpu_name", "num_gpus"].into_iter().zip(row[1..].to_vec());
        Value::Object(members.map(|(key, value)| (key.into(), value)).collect())
    })
}

fn by_id(rows: &[Vec<Value>]) -> Value {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| row[0].to_json().parse::<u64>().unwrap());
    listed(&rows)
}

fn listed(rows: &[Vec<Value>]) -> Value {
    Value::List(rows.iter().cloned().map(Value::List).collect())
}

/// All sequences of a kind: how many, and what did not hold.
fn hold(kind: &Kind, vectors: &Object, recorder: &mut Recorder) -> (usize, Vec<String>) {
    let all = list(vectors, kind.name).iter().enumerate();
    let mut running: Vec<_> = all
        .map(|(number, case)| {
            (recorder.sequence(format!("{}-{number}", kind.name)), (kind.steps)(case), Ok(()))
        })
        .collect();
    let steps_max = running.iter().map(|(_, steps, _)| steps.len()).max().unwrap();
    for number in 0..steps_max {
        for (sequence, steps, held) in &mut running {
            if let (Some(step), Ok(())) = (steps.get(number), &held) {
                *held = (kind.take)(recorder, sequence, step, number);
            }
        }
        let mut rows = recorder.ask(kind.sql);
        for (sequence, steps, held) in &mut running {
            if let (Some(step), Ok(())) = (steps.get(number), &held) {
                let rows = rows.remove(&sequence.name).unwrap_or_default();
                *held = (kind.check)(&rows, step, number).map_err(|what| format!("step {number}: {what}"));
            }
        }
    }
    let wrong = running.iter().filter_map(|(sequence, _, held)| {
        held.as_ref().err().map(|what| format!("{}: {what}", sequence.name))
    });
    (running.len(), wrong.collect())
}

#[test]
fn every_sequence_of_upstreams_database_holds() {
    let (vectors, mut recorder) = (vectors(), Recorder::new());
    let (mut all, mut wrong) = (0, Vec::new());
    for kind in [WRITE_RETRIEVE, UPDATE_ALLOCATED, POG_STATS, MINER_DETAILS] {
        let (count, of_kind) = hold(&kind, &vectors, &mut recorder);
        all += count;
        wrong.extend(of_kind);
    }
    // Upstream keeps four rows; the log has what stood at any poll.
    let past = recorder
        .ask("select database, count(distinct id) from computedb_pog_stats_history group by database");
    for (number, case) in list(&vectors, POG_STATS.name).iter().enumerate() {
        let name = format!("{}-{number}", POG_STATS.name);
        assert_eq!(past[&name][0][0].to_json(), each(case).len().to_string(), "{name}");
    }
    // Not by `println`, which the test runner keeps to itself.
    writeln!(std::io::stdout(), "computedb: {}/{all}", all - wrong.len()).unwrap();
    assert!(all == 150 && wrong.is_empty(), "{all} sequences\n{}", wrong.join("\n"));
}

#[test]
fn of_rows_of_one_second_upstream_keeps_the_oldest_and_so_do_the_tables() {
    let (vectors, mut recorder) = (vectors(), Recorder::new());
    let expected = object(&vectors, "pog_stats_same_second");
    let mut sequence = recorder.sequence("same-second".into());
    for name in ["A", "B", "C", "D", "E", "F"] {
        sequence.owner.update_pog_stats("hk", (Some(name), Some(1)), &at(0));
        recorder.poll(&mut sequence);
    }
    let rows = &recorder.ask(POG_STATS.sql)["same-second"];
    same("specs", &pog_specs(rows), expected.get("get_pog_specs").unwrap()).unwrap();
    let without_count: Vec<_> = rows.iter().map(|row| row[..2].to_vec()).collect();
    same("rows", &by_id(&without_count), expected.get("rows").unwrap()).unwrap();
}
