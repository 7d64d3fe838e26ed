//! Who was said to be allocated, in the time of those who said it.

use annals_log::{Event, Evidence, FilePlace, Policy, RunIdSignature, Validators, WandbHistoryRow};

use crate::scratch::{
    Run, START_MS, STRANGER, Scratch, VALIDATOR, closing, policy, poll, rows_of, set_policy, snapshot, sweep,
};

const SHOWN: [&str; 7] = ["run_id", "evidence", "hotkey", "from_at", "from_step", "to_at", "to_step"];

/// A row that was logged so many minutes after the start, and heard of later.
fn row(run_id: &str, step: u64, minute: i64, hotkeys: &str) -> Event {
    row_of("wandb_history", Evidence::Answer, run_id, step, minute, hotkeys)
}

fn row_of(source: &str, evidence: Evidence, run_id: &str, step: u64, minute: i64, hotkeys: &str) -> Event {
    let row = format!(r#"{{"_step":{step},"allocated_hotkeys":{hotkeys}}}"#);
    let told = WandbHistoryRow { step: Some(step), evidence };
    Event {
        observed_at_ms: Some(START_MS + minute * 60_000),
        attached: vec![row.into_bytes().into()],
        ..Event::new(source, run_id, START_MS + 3_600_000, &told)
    }
}

/// All claims that ever stood, as `run evidence hotkey from-to`, in minutes.
fn told(scratch: &Scratch) -> Vec<String> {
    let snapshot = snapshot(&mut scratch.projections(), "allocation_claims");
    let places = |schema: &arrow_schema::Schema| {
        SHOWN.iter().filter_map(|column| schema.index_of(column).ok()).collect::<Vec<_>>()
    };
    let mut lines = Vec::new();
    let mut batches = vec![snapshot.open.clone()];
    batches.extend(snapshot.closed.scan(snapshot.schema).map(Result::unwrap));
    for batch in batches {
        lines.extend(rows_of(&batch.project(&places(&batch.schema())).unwrap()));
    }
    lines.sort();
    lines.into_iter().map(|line| line.replace("2026-01-01T", "").replace(":00+00:00", "")).collect()
}

fn one(hotkeys: &str) -> Run {
    Run::of_validator("one", &format!(r#""allocated_hotkeys":{hotkeys}"#))
}

#[test]
fn a_history_tells_from_when_to_when_whenever_it_is_heard_of() {
    let scratch = Scratch::new();
    scratch.append(poll(&[&Run::of_validator("one", "")]));
    scratch.append(vec![
        row("one", 3, 1, r#"["5A","5B","5A"]"#),
        row("one", 4, 2, r#"["5A","5B"]"#),
        row("one", 9, 3, r#"["5B","5C"]"#),
    ]);
    scratch.append(vec![row("one", 10, 4, r#"["5A"]"#)]);
    assert_eq!(
        told(&scratch),
        [
            "one,history,5A,00:01,3,00:03,9",
            "one,history,5A,00:04,10,-,-",
            "one,history,5B,00:01,3,00:04,10",
            "one,history,5C,00:03,9,00:04,10",
        ]
    );
    assert_eq!(scratch.rows("allocation_claims", &["hotkey", "validator"]), [format!("5A,{VALIDATOR}")]);
}

#[test]
fn a_row_that_two_sources_tell_is_one() {
    let scratch = Scratch::new();
    let place = FilePlace { file_sha256: [1; 32], record: 1, chain_sha256: [2; 32] };
    let of_file =
        |step, minute, hotkeys| row_of("wandb_offline", Evidence::File(place), "one", step, minute, hotkeys);
    scratch.append(vec![row("one", 1, 1, r#"["5A"]"#), row("one", 2, 2, "[]")]);
    scratch.append(vec![of_file(1, 1, r#"["5A"]"#), of_file(2, 2, "[]"), of_file(3, 3, r#"["5B"]"#)]);
    assert_eq!(told(&scratch), ["one,history,5A,00:01,1,00:02,2", "one,history,5B,00:03,3,-,-"]);
}

#[test]
fn configs_tell_what_the_server_was_left_with_and_a_run_that_is_gone_tells_nothing() {
    let scratch = Scratch::new();
    let at = |run: Run, minute: i64| Event { observed_at_ms: Some(START_MS + minute * 60_000), ..run.seen() };
    let (first, second) = (one(r#"["5A","5B"]"#), one(r#"["5B"]"#));
    scratch.append(vec![at(first.clone(), 1), closing(&sweep(), &[&first])]);
    scratch.append(vec![at(second.clone(), 5), closing(&sweep(), &[&second])]);
    // Another heartbeat, another key: what is allocated is the same.
    let third = one(r#"["5B"],"penalized_hotkeys":[]"#);
    scratch.append(vec![at(third.clone(), 6), closing(&sweep(), &[&third])]);
    scratch.append(vec![row("one", 1, 0, r#"["5C"]"#)]);
    let now = ["one,config,5A,00:01,-,00:05,-", "one,config,5B,00:01,-,-,-", "one,history,5C,00:00,1,-,-"];
    assert_eq!(told(&scratch), now);
    scratch.append(vec![third.gone(), closing(&sweep(), &[])]);
    assert!(scratch.rows("allocation_claims", &["hotkey"]).is_empty());
    assert_eq!(told(&scratch)[1], "one,config,5B,00:01,-,00:00,-", "the poll's own time");
}

#[test]
fn the_state_of_a_file_has_no_date_and_claims_nothing() {
    let scratch = Scratch::new();
    scratch.append(vec![one(r#"["5A"]"#).in_file()]);
    assert!(told(&scratch).is_empty());
}

#[test]
fn a_claim_counts_as_its_run_stood_when_it_was_made() {
    let scratch = Scratch::new();
    let verdicts = || scratch.rows("allocation_claims", &["evidence", "hotkey", "counts", "reason"]);
    scratch.append(vec![row("one", 1, 1, r#"["5A"]"#)]);
    assert_eq!(verdicts(), ["history,5A,false,run_unknown"]);
    let list = r#""allocated_hotkeys":["5A"]"#;
    let forged = Run { signature: RunIdSignature::Wrong, ..Run::of_validator("one", list) };
    scratch.append(poll(&[&forged]));
    assert_eq!(verdicts(), ["config,5A,false,signature_wrong", "history,5A,false,run_unknown"]);
    scratch.append(vec![row("one", 2, 2, r#"["5A"]"#)]);
    assert_eq!(verdicts(), ["config,5A,false,signature_wrong", "history,5A,false,signature_wrong"]);
    // It signs, and says the same with that.
    scratch.append(poll(&[&one(r#"["5A"]"#)]));
    scratch.append(vec![row("one", 3, 3, r#"["5A"]"#)]);
    assert_eq!(verdicts(), ["config,5A,true,counted", "history,5A,true,counted"]);
    // Who is valid later makes it no other claim; the next one is judged by what holds then.
    let validators = Validators::Declared(vec![STRANGER.into()]);
    scratch.append(vec![set_policy(&Policy { validators, ..policy() })]);
    assert_eq!(verdicts(), ["config,5A,true,counted", "history,5A,true,counted"]);
    scratch.append(poll(&[&one(r#"["5A"],"penalized_hotkeys":[]"#)]));
    scratch.append(vec![row("one", 4, 4, r#"["5A"]"#)]);
    let lost = ["config,5A,false,validator_not_valid", "history,5A,false,validator_not_valid"];
    assert_eq!(verdicts(), lost);
    let history: Vec<_> = told(&scratch).into_iter().filter(|line| line.contains("history")).collect();
    assert_eq!(
        history,
        [
            "one,history,5A,00:01,1,00:02,2",
            "one,history,5A,00:02,2,00:03,3",
            "one,history,5A,00:03,3,00:04,4",
            "one,history,5A,00:04,4,-,-",
        ]
    );
}
