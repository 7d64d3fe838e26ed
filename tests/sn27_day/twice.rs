//! The day told twice: `naive.py` reads all runs after every poll, and has to say what the answers say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use annals_log::{Policy, Validators};
use serde_json::{Map, Value, json};

use super::keys::verifies;

/// A table of `naive.py`, the answer that holds its past, and what names a row of it.
const TABLES: [(&str, &str, &[&str]); 7] = [
    ("wandb_polls", "wandb_polls", &[]),
    ("allocated_hotkeys", "allocated_hotkeys_history", &["run_id", "position"]),
    ("penalized_hotkeys", "penalized_hotkeys_history", &["run_id", "position"]),
    ("penalized_checklist", "penalized_checklist_history", &["run_id", "position"]),
    ("stats", "stats_history", &["uid"]),
    ("miner_specs", "miner_specs_history", &["run_id"]),
    ("upstream_outcome", "upstream_outcome_history", &["function"]),
];
/// Upstream's readers: rows of `upstream_outcome` that begin at no poll, but with entry 0, say of each that nothing
/// is known.
const UNKNOWN_AT_FIRST: [&str; 6] = [
    "get_allocated_hotkeys",
    "get_miner_specs",
    "get_penalized_hotkeys",
    "get_penalized_hotkeys_checklist",
    "get_penalized_hotkeys_checklist_bak",
    "get_stats_allocated",
];
/// Where a row comes from and how long it stood: no business of upstream's.
const ENDING: [&str; 3] = ["log_index", "valid_from", "valid_to"];
/// So many differences are told.
const TOLD_MAX: usize = 20;

type Row = Map<String, Value>;

/// What the naive implementation says after each poll.
pub(super) fn naive(cassette: &[u8], policy: &Policy) -> Vec<Row> {
    let scratch = tempfile::tempdir().unwrap();
    let (played, given) = (scratch.path().join("day.cassette"), scratch.path().join("given.json"));
    std::fs::write(&played, cassette).unwrap();
    std::fs::write(&given, given_to(cassette, policy).to_string()).unwrap();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sn27_day/naive.py");
    let output = Command::new("python3")
        .arg(program)
        .arg(&played)
        .arg(&given)
        .output()
        .expect("the tests need python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    rows(std::str::from_utf8(&output.stdout).unwrap())
}

fn given_to(cassette: &[u8], policy: &Policy) -> Value {
    let Validators::Declared(validators) = &policy.validators else {
        unreachable!("the day declares its validators")
    };
    let queryable: Vec<_> = policy.queryable.iter().flatten().map(|queryable| &queryable.hotkey).collect();
    let is_verified = |(run, hotkey, signature): &(String, String, String)| verifies(run, hotkey, signature);
    let verified: Vec<_> = signatures(cassette).into_iter().filter(is_verified).collect();
    json!({
        "policy": {
            "netuid": policy.netuid,
            "validators": validators,
            "queryable": queryable,
            "checklist_hotkey": policy.checklist_hotkey,
            "checklist_run": policy.checklist_run,
        },
        "verified": verified,
    })
}

/// Every run id, hotkey and signature that stand together somewhere in the day.
fn signatures(cassette: &[u8]) -> BTreeSet<(String, String, String)> {
    let mut found = BTreeSet::new();
    for line in std::str::from_utf8(cassette).unwrap().lines().skip(1) {
        let exchange: Value = serde_json::from_str(line).unwrap();
        let answer: Value = serde_json::from_str(exchange["body"].as_str().unwrap()).unwrap_or_default();
        for edge in answer["data"]["project"]["runs"]["edges"].as_array().into_iter().flatten() {
            let node = &edge["node"];
            let config: Value = serde_json::from_str(node["config"].as_str().unwrap()).unwrap();
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let told =
                (text(&node["name"]), text(&config["hotkey"]["value"]), text(&config["signature"]["value"]));
            if let (Some(run), Some(hotkey), Some(signature)) = told {
                found.insert((run, hotkey, signature));
            }
        }
    }
    found
}

/// Lines of JSON, an object each.
fn rows(lines: &str) -> Vec<Row> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Where `told` and the answers in `folder` differ, poll by poll; and how many rows were compared of each table. No row
/// escapes that: one that begins at no poll is a difference, too.
pub(super) fn differences(told: &[Row], folder: &Path) -> (Vec<String>, Vec<usize>) {
    let answers = TABLES.map(|(_, name, _)| {
        rows(&std::fs::read_to_string(folder.join(name).with_extension("ndjson")).unwrap())
    });
    let polls = &answers[0];
    let (mut differences, mut compared) = (begun_at_no_poll(&answers), vec![0; TABLES.len()]);
    if polls.len() != told.len() {
        differences.push(format!("annals tells of {} polls, naive.py of {}", polls.len(), told.len()));
    }
    for (poll, naive) in polls.iter().zip(told) {
        let index = poll["log_index"].as_u64().unwrap();
        for (place, (table, _, key)) in TABLES.into_iter().enumerate() {
            let standing: Vec<&Row> = match table {
                "wandb_polls" => vec![poll],
                _ => answers[place].iter().filter(|row| stands_at(row, index + 1)).collect(),
            };
            let naive: Vec<&Row> =
                naive[table].as_array().unwrap().iter().map(|row| row.as_object().unwrap()).collect();
            compared[place] += naive.len();
            let at = format!("{} {table}", poll["recorded_at"].as_str().unwrap());
            compare(&at, key, &standing, &naive, &mut differences);
        }
    }
    (differences, compared)
}

/// Rows of the past that begin where no poll ends, but for those that are known.
fn begun_at_no_poll(answers: &[Vec<Row>; TABLES.len()]) -> Vec<String> {
    let ends: BTreeSet<u64> = answers[0].iter().map(|poll| poll["log_index"].as_u64().unwrap() + 1).collect();
    let mut unknown = UNKNOWN_AT_FIRST.to_vec();
    let mut differences = Vec::new();
    for ((table, _, key), rows) in TABLES.iter().zip(answers).skip(1) {
        let begins_at_poll = |row: &&Row| {
            let from = row["valid_from"].as_u64().unwrap();
            ends.contains(&from) && stands_at(row, from)
        };
        for row in rows.iter().filter(|row| !begins_at_poll(row)) {
            let is_first = row["valid_from"] == 1 && row.get("outcome").is_some_and(|told| told == "unknown");
            match unknown.iter().position(|function| is_first && row["function"] == *function) {
                Some(place) => drop(unknown.remove(place)),
                None => differences.push(format!("{table} {}: begins at no poll", name_of(row, key))),
            }
        }
    }
    differences.extend(unknown.iter().map(|function| format!("{function}: not unknown at first")));
    differences
}

fn stands_at(row: &Row, size: u64) -> bool {
    row["valid_from"].as_u64().unwrap() <= size && row["valid_to"].as_u64().is_none_or(|to| size < to)
}

fn name_of(row: &Row, key: &[&str]) -> String {
    key.iter().map(|part| row[*part].to_string()).collect::<Vec<_>>().join(" ")
}

/// Row by row, and field by field. What names a row is to name one.
fn compare(at: &str, key: &[&str], annals: &[&Row], naive: &[&Row], differences: &mut Vec<String>) {
    let names = |rows: &[&Row]| rows.iter().map(|row| name_of(row, key)).collect::<Vec<_>>();
    let (here, there) = (names(annals), names(naive));
    for (who, names) in [("annals", &here), ("naive.py", &there)] {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
        let repeated = counts.iter().filter(|(_, count)| **count > 1);
        differences.extend(repeated.map(|(name, count)| format!("{at} {name}: {who} has it {count} times")));
    }
    for name in here.iter().filter(|name| !there.contains(name)) {
        differences.push(format!("{at} {name}: annals alone has it"));
    }
    for (row, name) in naive.iter().zip(&there) {
        match here.iter().position(|known| known == name) {
            None => differences.push(format!("{at} {name}: naive.py alone has it")),
            Some(place) => compare_fields(&format!("{at} {name}"), annals[place], row, differences),
        }
    }
    // With the same rows on both sides, their order is upstream's.
    let is_same = here.len() == there.len() && here.iter().all(|name| there.contains(name));
    if is_same && here != there {
        differences.push(format!("{at}: the order is {here:?} for annals, {there:?} for naive.py"));
    }
}

/// Of polls those fields alone that `naive.py` tells.
fn compare_fields(at: &str, annals: &Row, naive: &Row, differences: &mut Vec<String>) {
    let is_poll = annals.contains_key("pages");
    let is_asked = |name: &&String| match is_poll {
        true => naive.contains_key(*name),
        false => !ENDING.contains(&name.as_str()),
    };
    let fields: BTreeSet<&String> = annals.keys().chain(naive.keys()).filter(is_asked).collect();
    for field in fields.into_iter().filter(|&field| annals.get(field) != naive.get(field)) {
        let said = |row: &Row| row.get(field).map_or("nothing".to_owned(), Value::to_string);
        let (annals, naive) = (said(annals), said(naive));
        differences.push(format!("{at}: {field} is {annals} for annals, {naive} for naive.py"));
    }
}

/// The first of them, to read.
pub(super) fn shown(differences: &[String]) -> String {
    let more = differences.len().saturating_sub(TOLD_MAX);
    format!("{}\nand {more} more", differences[..differences.len().min(TOLD_MAX)].join("\n"))
}

#[test]
fn a_row_that_one_side_has_twice_is_a_difference() {
    let row = |uid: u64, score: f64| json!({"uid": uid, "score": score}).as_object().unwrap().clone();
    let (first, other, second) = (row(1, 0.5), row(1, 0.7), row(2, 0.5));
    let differences = |annals: &[&Row], naive: &[&Row]| {
        let mut differences = Vec::new();
        compare("noon", &["uid"], annals, naive, &mut differences);
        differences
    };
    let once = [&first, &second];
    assert_eq!(differences(&once, &once), [] as [String; 0]);
    for twice in [[&first, &first, &second], [&first, &other, &second]] {
        assert_eq!(differences(&twice, &once), ["noon 1: annals has it 2 times"]);
        assert!(differences(&once, &twice).contains(&"noon 1: naive.py has it 2 times".to_owned()));
    }
}
