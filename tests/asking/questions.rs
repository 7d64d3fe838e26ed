//! `annals ask`: each question's answer on a recorded day is the one that `queries/questions/expected.md` reasons.

use std::collections::HashMap;

use serde_json::Value;

use crate::program::{Session, err, fixture, out};

/// The day of the recordings, which the expected answers leave out.
const DAY: &str = "2026-03-14";

/// An answer as it is written down: some of its columns, and some or all of its rows, in their order.
#[derive(Debug, Default)]
struct Expected {
    log: String,
    arguments: Vec<String>,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    count: usize,
}

#[test]
fn every_question_is_answered_as_it_was_reasoned() {
    let logs = HashMap::from([
        ("day", Session::with_scenario("sn27-day")),
        ("chain", Session::with_scenario("chain-ladder")),
        ("db", ingested("computedb/database.db")),
        ("pog", ingested("pog")),
    ]);
    let expected = expected();
    assert!(expected.len() >= 28, "{}", expected.len());
    for expected in &expected {
        let session = &logs[expected.log.as_str()];
        let arguments: Vec<String> = expected.arguments.iter().map(|value| whole(value, session)).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let printed = session.annals(&[&["ask"], &arguments[..], &["--output", "json"]].concat()).success();
        let rows: Vec<Value> = serde_json::from_str(&out(&printed)).unwrap();
        assert_eq!(rows.len(), expected.count, "{arguments:?}");
        let mut rows = rows.iter();
        for wanted in &expected.rows {
            let is_there = rows.any(|row| {
                let mut cells = expected.columns.iter().zip(wanted);
                cells.all(|(column, cell)| is_meant(cell, &row[column]))
            });
            assert!(is_there, "{arguments:?}: no row {wanted:?} there, in this order");
        }
    }
}

#[test]
fn what_nothing_was_recorded_of_is_said() {
    let session = Session::with_log();
    let printed = session.annals(&["ask", "votes", "--uid", "7", "--output", "csv"]).success();
    assert!(err(&printed).contains("nothing was recorded in wandb_runs: no row means nothing here"));
    let quiet = session.annals(&["ask", "votes", "--uid", "7", "--output", "csv", "--quiet"]).success();
    assert_eq!(err(&quiet), "");
}

#[test]
fn questions_are_listed_and_tell_what_they_want() {
    let session = Session::new();
    let listed = out(&session.annals(&["ask", "--list"]).success());
    assert!(listed.contains("votes --uid <bigint>\n    What does each validator say"), "{listed}");
    assert!(listed.contains("why-zero [--uid <bigint>] [--hotkey <text>]\n"), "{listed}");
    let help = out(&session.annals(&["ask", "votes", "--help"]).success());
    assert!(help.contains("Asked by: a miner") && help.contains("from stats_votes v"), "{help}");
    let list = out(&session.annals(&["ask", "--list"]).success());
    let sentence = list.lines().skip_while(|line| !line.starts_with("votes ")).nth(1).unwrap().trim();
    let names = out(&session.annals(&["ask", "-h"]).success());
    let beginning: String = sentence.split_inclusive(' ').take(5).collect();
    assert!(names.contains(beginning.trim()), "{beginning}: {names}");
    for (arguments, word) in [
        (&["ask", "vots"][..], "votes"),
        (&["ask", "votes"], "--uid <bigint>"),
        (&["ask"], "annals ask --list"),
    ] {
        let printed = session.annals(arguments).failure().code(2);
        assert!(err(&printed).contains(word), "{arguments:?}: {}", err(&printed));
    }
}

fn ingested(name: &str) -> Session {
    let session = Session::with_log();
    session.annals(&["ingest", &fixture(name)]).success();
    session
}

/// Reads the blocks of Markdown: a command, a line of columns, rows, and how many there are.
fn expected() -> Vec<Expected> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/queries/questions/expected.md");
    let text = std::fs::read_to_string(file).unwrap().replace("\\\n", " ");
    let blocks = text.split("```").skip(1).step_by(2);
    blocks.filter(|block| block.trim_start().starts_with("annals query")).map(read).collect()
}

fn read(block: &str) -> Expected {
    let mut lines = block.trim().lines();
    let mut words = lines.next().unwrap().split_whitespace().skip(2);
    let mut expected = Expected::default();
    while let Some(word) = words.next() {
        let value = words.next().unwrap();
        match word {
            "--data" => expected.log = value.to_owned(),
            "-f" => {
                let name = value.rsplit('/').next().unwrap().trim_end_matches(".sql");
                expected.arguments.insert(0, name.to_owned());
            }
            "--param" => {
                let (name, value) = value.split_once('=').unwrap();
                if value != "null" {
                    expected.arguments.extend([format!("--{name}"), value.to_owned()]);
                }
            }
            other => expected.arguments.extend([other.to_owned(), value.to_owned()]),
        }
    }
    let cells = |line: &str| line.split(" | ").map(str::to_owned).collect::<Vec<_>>();
    for line in lines {
        if let Some(count) = line.strip_prefix('(') {
            expected.count = count.split(' ').next().unwrap().parse().unwrap();
        } else if expected.columns.is_empty() {
            expected.columns = cells(line);
        } else {
            expected.rows.push(cells(line));
        }
    }
    expected
}

/// The hotkey that begins so, where an argument is cut.
fn whole(argument: &str, session: &Session) -> String {
    let Some(beginning) = argument.strip_suffix("...") else { return argument.to_owned() };
    let sql = format!(
        "select max(hotkey) as hotkey from (select hotkey from stats_votes_history union all \
         select validator from stats_votes_history) as h where hotkey like '{beginning}%'"
    );
    let printed = session.annals(&["query", &sql, "--output", "json"]).success();
    let rows: Value = serde_json::from_str(&out(&printed)).unwrap();
    rows[0]["hotkey"].as_str().unwrap().to_owned()
}

/// Whether a cell is what is written down: hotkeys and roots may be cut, and times have no day of their own, nor a
/// fraction.
fn is_meant(written: &str, cell: &Value) -> bool {
    let cell = match cell {
        Value::Null => return written == "null",
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if let Some(beginning) = written.strip_suffix("...") {
        return cell.starts_with(beginning);
    }
    let is_time = |text: &str| text.len() == 8 && text.as_bytes()[2] == b':' && text.as_bytes()[5] == b':';
    let time = match written.split_once(' ') {
        None if is_time(written) => Some(format!("{DAY}T{written}")),
        Some((day, time)) if day.len() == 10 && is_time(time) => Some(format!("{day}T{time}")),
        _ => None,
    };
    let is_day = written.len() == 10 && written.bytes().filter(|byte| *byte == b'-').count() == 2;
    match time {
        Some(time) => cell.starts_with(&time),
        None if is_day => cell.starts_with(written),
        None => cell == written,
    }
}
