//! History: rows by step, each once, and none behind a gap.

use std::ops::Range;

use annals_ingest::{Exchange, Outcome, Raw};
use annals_log::{Fact as _, ListedRun, PollOutcome, WandbHistoryRow, WandbPoll};

use crate::scratch::{Scratch, answer, ask_history, exchange, fetch};

fn page(minute: i64, run_id: &str, steps: Range<u64>, rows: &[&str]) -> Exchange {
    let rows: Vec<_> = rows.iter().map(|row| serde_json::to_string(row).unwrap()).collect();
    let body = format!(r#"{{"data": {{"project": {{"run": {{"history": [{}]}}}}}}}}"#, rows.join(","));
    exchange(minute, &ask_history(run_id, steps), answer(200, &body))
}

fn rows(minute: i64, run_id: &str, steps: Range<u64>, rows: &[&str]) -> Raw {
    fetch("wandb_history", vec![page(minute, run_id, steps, rows)])
}

fn steps(scratch: &Scratch) -> Vec<(String, Option<u64>)> {
    let found = scratch.found().into_iter().filter(|event| event.kind == WandbHistoryRow::KIND);
    found.map(|event| (event.native_id.clone(), event.fact::<WandbHistoryRow>().step)).collect()
}

fn failures(scratch: &Scratch) -> Vec<String> {
    let found = scratch.found().into_iter().filter(|event| event.kind == WandbPoll::KIND);
    found
        .map(|event| match event.fact::<WandbPoll>().outcome {
            PollOutcome::Failed(what) => format!("{}: {what}", event.native_id),
            PollOutcome::Complete => panic!("only failures are told"),
        })
        .collect()
}

#[test]
fn rows_are_recorded_by_step_and_never_twice() {
    let scratch = Scratch::new();
    let first = r#"{"_step": 0, "_timestamp": 1750549440.25, "allocated_hotkeys": ["5A"]}"#;
    let (one, two, four) = (r#"{"_step": 1}"#, r#"{"_step": 2}"#, r#"{"_step": 4}"#);
    scratch.take(&[rows(0, "a", 0..9, &[first, one]), rows(1, "a", 1..9, &[one, two])]);
    // Of the same moment, and of a moment before: what counts is the step.
    scratch.take(&[rows(1, "b", 0..9, &[r#"{"_step": 0}"#]), rows(0, "a", 2..9, &[two, four])]);
    let expected = [("a", 0), ("a", 1), ("a", 2), ("b", 0), ("a", 4)];
    assert_eq!(steps(&scratch), expected.map(|(run, step)| (run.to_owned(), Some(step))));
    let found = scratch.found();
    assert_eq!(
        (found[0].attached[0].as_slice(), found[0].observed_at_ms),
        (first.as_bytes(), Some(1_750_549_440_250))
    );
}

#[test]
fn rows_behind_a_page_that_was_not_had_wait_for_it() {
    let scratch = Scratch::new();
    let bad = || exchange(0, &ask_history("a", 0..2), answer(500, "busy"));
    let (second, third) =
        (page(0, "a", 2..4, &[r#"{"_step": 3}"#]), page(0, "a", 4..6, &[r#"{"_step": 5}"#]));
    scratch.take(&[fetch("wandb_history", vec![bad(), second.clone(), third.clone()])]);
    assert!(steps(&scratch).is_empty());
    let gap = |step| format!("a: the steps in front of {step} are not in the log");
    assert_eq!(failures(&scratch), ["a: HTTP status 500".to_owned(), gap(2), gap(4)]);

    // A page may hold no row at its end; the next one joins it all the same.
    let first = page(1, "a", 0..2, &[r#"{"_step": 0}"#]);
    let part = |part, more, page| Raw { part, more, ..fetch("wandb_history", vec![page]) };
    scratch.take(&[part(0, true, first), part(1, true, second), part(2, false, third)]);
    assert_eq!(steps(&scratch).iter().map(|(_, step)| step.unwrap()).collect::<Vec<_>>(), [0, 3, 5]);
}

#[test]
fn a_row_without_a_step_is_kept_and_told_once() {
    let scratch = Scratch::new();
    let surrogate = "{\"_step\": 7, \"note\": \"\\ud800\"}";
    let odd = ["{\"_step\": 1.5}", "no json", r#"{"_step": -1, "_timestamp": 1e300}"#, surrogate, "no json"];
    scratch.take(&[rows(0, "a", 0..9, &odd)]);
    scratch.take(&[rows(0, "a", 0..9, &odd)]);
    let a = "a".to_owned();
    assert_eq!(steps(&scratch), [(a.clone(), None), (a.clone(), None), (a.clone(), None), (a, Some(7))]);
    assert_eq!(scratch.found()[2].observed_at_ms, None);
}

#[test]
fn history_that_cannot_be_had_is_a_failed_poll_and_told_once() {
    let scratch = Scratch::new();
    let gone = r#"{"data": {"project": {"run": null}}}"#;
    let asked = ask_history("a", 0..9);
    let no_answer = exchange(1, &asked, Outcome::Failed("timed out".into()));
    let raw = fetch("wandb_history", vec![exchange(0, &asked, answer(200, gone)), no_answer]);
    scratch.take(std::slice::from_ref(&raw));
    scratch.take(&[raw]);
    assert_eq!(failures(&scratch), ["a: the server does not have the run", "a: timed out"]);
    let found = scratch.found();
    assert_eq!(ListedRun::decode_list(&found[0].attached[0]), Ok(Vec::new()));
    assert_eq!((found[0].attached[1].as_slice(), found[1].attached.len()), (gone.as_bytes(), 1));
}
