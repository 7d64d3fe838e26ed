//! How the dominant entry is picked, and how that is told. The results themselves are upstream's own: the golden test.

use crate::scratch::{Run, Scratch, poll};

const PICKED: &[&str] = &["uid", "run_id", "votes", "entries", "candidates", "rule", "order_tie"];

fn entry(gpu: &str, score: &str) -> String {
    format!(
        r#"{{"own_score":true,"allocated":true,"gpu_specs":{{"gpu_name":"{gpu}","num_gpus":1}},"score":{score}}}"#
    )
}

/// Runs `a`, `b`, ... that each vote this on uid 7.
fn vote(entries: &[String]) -> Scratch {
    let run = |(place, entry): (usize, &String)| {
        let id = char::from(b'a' + u8::try_from(place).unwrap());
        Run::of_validator(&id.to_string(), &format!(r#""stats":{{"7":{entry}}}"#))
    };
    let runs: Vec<Run> = entries.iter().enumerate().map(run).collect();
    let scratch = Scratch::new();
    scratch.append(poll(&runs.iter().collect::<Vec<_>>()));
    scratch
}

#[test]
fn the_rule_that_decided_is_told() {
    let (h100, l40) = (entry("H100", "80"), entry("L40", "20"));
    let picked = |entries: &[&String]| {
        vote(&entries.iter().copied().cloned().collect::<Vec<_>>()).rows("stats", PICKED).join(";")
    };
    assert_eq!(picked(&[&l40]), "7,a,1,1,1,only_entry,false");
    assert_eq!(picked(&[&h100, &l40, &l40]), "7,b,2,3,1,most_votes,false");
    assert_eq!(picked(&[&l40, &h100]), "7,b,1,2,2,highest_score,false");
    assert_eq!(picked(&[&entry("A100", "80"), &h100, &l40]), "7,a,1,3,3,first_run,true");
}

#[test]
fn every_vote_says_why_it_counts_or_not() {
    let stats = format!(
        r#""stats":{{"1":{},"2":{{"own_score":1}},"3":{},"4":{{"own_score":true,"score":5}},"5":null,"6":{}}}"#,
        entry("H100", "80"),
        entry("H100", "0"),
        entry("H100", "80")
    );
    let scratch = Scratch::new();
    scratch.append(poll(&[&Run::of_validator("one", &stats)]));
    assert_eq!(
        scratch.rows("stats_votes", &["uid_key", "counts", "reason"]),
        [
            "1,true,counted",
            "2,false,not_own_score",
            "3,false,score_not_positive",
            "4,false,not_allocated",
            "5,false,run_aborted",
            "6,false,run_aborted",
        ]
    );
    assert_eq!(scratch.rows("stats", &["uid"]), ["1"]);
}

#[test]
fn what_upstream_stumbles_over_is_left_out_and_named() {
    let null_specs = r#"{"own_score":true,"allocated":true,"gpu_specs":null,"score":99}"#.to_owned();
    let scratch = vote(&[null_specs, entry("H100", "80")]);
    assert_eq!(scratch.rows("stats", &["uid", "run_id", "entries"]), ["7,b,2"]);
    let outcomes =
        scratch.rows("upstream_outcome", &["function", "outcome", "exception", "run_id", "uid_key"]);
    assert!(outcomes.contains(&"get_stats_allocated,raises,AttributeError,a,7".into()), "{outcomes:?}");
}

#[test]
fn one_uid_written_twice_is_counted_apart_and_the_last_one_met_is_kept() {
    let stats = format!(r#""stats":{{"7":{},"07":{}}}"#, entry("H100", "80"), entry("L40", "20"));
    let scratch = Scratch::new();
    scratch.append(poll(&[&Run::of_validator("one", &stats)]));
    assert_eq!(scratch.rows("stats", &["uid", "uid_text", "uid_key", "gpu_name"]), ["7,7,07,L40"]);
}

#[test]
fn a_row_keeps_the_entry_that_first_said_so() {
    let scratch = vote(&[entry("H100", "80")]);
    let before = scratch.rows("stats", &["log_index", "valid_from"]);
    let stats = format!(r#""stats":{{"7":{}}},"note":1"#, entry("H100", "80"));
    scratch.append(poll(&[&Run::of_validator("a", &stats)]));
    assert_eq!(scratch.rows("stats", &["log_index", "valid_from"]), before);
}
