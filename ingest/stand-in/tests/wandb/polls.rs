//! Which moment of a recording is served.

use annals_ingest::{Answer, Outcome, Raw};
use annals_stand_in::wandb::{Moment, RecordedWandb, RecordingError};
use serde_json::json;

use super::answers::{exchange, fetch};
use super::told::{Asked, Told, failed, files, filtered, page, parquet, rows, single, sweep};
use crate::scratch::START_MS;

const MINUTE_MS: i64 = 60_000;

fn run(id: &str, day: u32) -> Told {
    Told::new(id, day, "{}")
}

/// All runs, oldest first.
async fn ids(raws: &[Raw], moment: Moment) -> String {
    let asked = Asked::of(raws, moment).await;
    let (ids, _) = asked.page(json!({})).await;
    asked.stop().await;
    ids
}

#[tokio::test]
async fn a_whole_sweep_tells_which_runs_there_are() {
    let raws = [sweep(0, &[run("a", 1), run("b", 2)]), sweep(1, &[run("b", 2), run("c", 3)])];
    assert_eq!(ids(&raws, Moment::Last).await, "b c");
}

#[tokio::test]
async fn whatever_else_is_told_is_told_of_single_runs() {
    let first = sweep(0, &[run("a", 1), run("b", 2)]);
    let stopped = Told { state: "finished", ..run("b", 2) };
    let cases = [
        ("a list of some", vec![page(1, "-heartbeat_at", &[stopped.clone(), run("c", 3)], true)], "a b c"),
        ("one run", vec![page(1, "-heartbeat_at", &[], true), single(1, "c", Some(&run("c", 3)))], "a b c"),
        ("a run that is gone", vec![page(1, "-heartbeat_at", &[], true), single(1, "a", None)], "b"),
        ("half a sweep", vec![page(1, "+created_at", &[run("c", 3)], true)], "a b c"),
        (
            "half a sweep, then nothing",
            vec![page(1, "+created_at", &[run("c", 3)], true), failed(2, "+created_at")],
            "a b c",
        ),
        ("nothing", vec![failed(1, "+created_at")], "a b"),
    ];
    for (what, exchanges, expected) in cases {
        assert_eq!(ids(&[first.clone(), fetch("wandb", exchanges)], Moment::Last).await, expected, "{what}");
    }
}

#[tokio::test]
async fn a_filtered_sweep_leaves_the_runs_that_another_question_told_of() {
    let miners = r#"{"config.role": "miner"}"#;
    let all = sweep(0, &[run("a", 1), run("b", 2), run("c", 3)]);
    let some = |minute, runs: &[Told]| filtered(miners, sweep(minute, runs));
    let cases = [
        ("what it never told of", vec![all.clone(), some(1, &[run("d", 4)])], "a b c d"),
        (
            "what it told of before",
            vec![all.clone(), some(1, &[run("d", 4), run("e", 5)]), some(2, &[run("e", 5)])],
            "a b c e",
        ),
        ("what another one tells of, too", vec![all.clone(), some(1, &[run("a", 1)]), some(2, &[])], "a b c"),
        (
            "what both have left out since",
            vec![all.clone(), some(1, &[run("a", 1)]), some(2, &[]), sweep(3, &[run("c", 3)])],
            "c",
        ),
        (
            "in another order it is the same question",
            vec![
                fetch("wandb", vec![page(0, "-heartbeat_at", &[run("a", 1), run("b", 2)], false)]),
                sweep(1, &[run("b", 2)]),
            ],
            "b",
        ),
    ];
    for (what, raws, expected) in cases {
        assert_eq!(ids(&raws, Moment::Last).await, expected, "{what}");
    }
}

#[tokio::test]
async fn polls_come_in_the_order_of_their_ends_whichever_is_read_first() {
    let raws = [
        sweep(30, &[run("c", 1)]),
        rows(31, "c", &[r#"{"_step":0,"of":31}"#]),
        sweep(10, &[run("a", 1)]),
        sweep(20, &[run("b", 1)]),
        rows(21, "c", &[r#"{"_step":0,"of":21}"#]),
    ];
    assert_eq!(ids(&raws, Moment::Last).await, "c");
    assert_eq!(ids(&raws, Moment::At(START_MS + 25 * MINUTE_MS)).await, "b");
    let asked = Asked::of(&raws, Moment::Advance).await;
    for expected in ["a", "b", "c"] {
        assert_eq!(asked.page(json!({})).await.0, expected);
    }
    let run = asked.project("run(name: \"c\") { history(samples: 9) }", json!({})).await;
    assert_eq!(run["run"]["history"], json!([r#"{"_step":0,"of":21}"#]));
    asked.stop().await;
}

#[tokio::test]
async fn rows_that_lay_in_files_are_served_up_to_the_first_that_was_not_had() {
    let had = |steps| Outcome::Answer(Answer { status: 200, body: parquet(steps) });
    let gone = Outcome::Answer(Answer { status: 403, body: b"<Error>".to_vec() });
    let raws = [
        sweep(0, &[run("a", 1), run("b", 2)]),
        files(1, "a", vec![had(0..2), had(2..3)]),
        files(1, "b", vec![had(0..1), gone, had(2..3)]),
        rows(2, "a", &[r#"{"_step":3}"#]),
        fetch("wandb", vec![page(3, "-heartbeat_at", &[], true)]),
    ];
    let asked = Asked::of(&raws, Moment::Last).await;
    let field = |name: &str| {
        format!(
            "{name}: run(name: \"{name}\") {{ history(minStep: 0, maxStep: 9) parquetHistory(liveKeys: [\"_step\"]) {{ liveData }} }}"
        )
    };
    let runs = asked.project(&format!("{} {}", field("a"), field("b")), json!({})).await;
    let first = r#"{"_step":0,"loss":0.5}"#;
    assert_eq!(
        runs["a"]["history"],
        json!([first, r#"{"_step":1}"#, r#"{"_step":2,"loss":0.5}"#, r#"{"_step":3}"#])
    );
    assert_eq!(runs["a"]["parquetHistory"]["liveData"].as_array().unwrap().len(), 4);
    assert_eq!(runs["b"]["history"], json!([first]));
    asked.stop().await;
}

#[tokio::test]
async fn a_poll_in_parts_is_one_poll() {
    let parts = [("a", 1, 0, true), ("b", 2, 1, false)].map(|(id, day, part, more)| Raw {
        part,
        more,
        ..fetch("wandb", vec![page(i64::from(part), "+created_at", &[run(id, day)], more)])
    });
    let wandb = RecordedWandb::of(&parts, Moment::Last).unwrap();
    assert_eq!((wandb.polls(), wandb.runs(), wandb.served_ms()), (1, 2, START_MS + MINUTE_MS));
}

#[tokio::test]
async fn a_moment_is_behind_the_last_poll_up_to_it() {
    let raws = [sweep(10, &[run("a", 1)]), sweep(20, &[run("b", 1)]), sweep(30, &[run("c", 1)])];
    let at = |minute: i64| Moment::At(START_MS + minute * MINUTE_MS);
    assert_eq!(ids(&raws, at(10)).await, "a");
    assert_eq!(ids(&raws, at(29)).await, "b");
    assert_eq!(ids(&raws, at(99)).await, "c");
    let error = RecordedWandb::of(&raws, at(9)).err().unwrap();
    assert!(matches!(error, RecordingError::NotYet { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "the first poll in it ended at 2026-01-01T00:10:00Z, and 2026-01-01T00:09:00Z is asked for"
    );
    assert!(matches!(RecordedWandb::of(&[], Moment::Last).err().unwrap(), RecordingError::NoPoll));
}

#[tokio::test]
async fn each_first_page_is_of_the_next_poll() {
    let polls = [
        sweep(0, &[run("a", 1), run("b", 2), run("c", 3)]),
        sweep(1, &[run("b", 2), run("c", 3), run("d", 4)]),
        sweep(2, &[run("e", 5)]),
    ];
    let asked = Asked::of(&polls, Moment::Advance).await;
    let count = async || asked.project("runCount", json!({})).await["runCount"].clone();
    // Whatever is asked before is answered from the first.
    assert_eq!(count().await, 3);
    let (first, cursor) = asked.page(json!({"first": 2})).await;
    assert_eq!(first, "a b");
    // Another page does not move it; nor does it count what stands beside the list.
    assert_eq!(asked.page(json!({"first": 2, "cursor": cursor})).await.0, "c");
    let second = asked.project("runCount runs(first: 1) { edges { node { name } } }", json!({})).await;
    assert_eq!(second, json!({"runCount": 3, "runs": {"edges": [{"node": {"name": "b"}}]}}));
    // A cursor names a place, in a list that has moved on.
    assert_eq!(asked.page(json!({"first": 2, "cursor": cursor})).await.0, "c d");
    for _ in 0..2 {
        assert_eq!(asked.page(json!({})).await.0, "e");
    }
    asked.stop().await;
}

#[tokio::test]
async fn only_a_first_page_that_somebody_gets_moves_to_the_next_poll() {
    let polls = [sweep(0, &[run("a", 1)]), sweep(1, &[run("b", 1)]), sweep(2, &[run("c", 1)])];
    let asked = Asked::of(&polls, Moment::Advance).await;
    // An empty cursor is none.
    assert_eq!(asked.page(json!({"cursor": ""})).await.0, "a");
    let first_pages = [
        r#"{ project(name: "oc", entityName: "ni") { runs(order: "+colour") { totalCount } } }"#,
        r#"{ project(name: "oc", entityName: "ni") { runs(first: -1) { totalCount } } }"#,
        r#"{ project(name: "oc", entityName: "ni") { runs(after: 1) { totalCount } } }"#,
        r#"{ project(name: "oc", entityName: "ni") { runs { totalCount } } launch { id } }"#,
    ];
    for query in first_pages {
        asked.refused(query).await;
    }
    let nobodys = r#"{ project(name: "oc", entityName: "nobody") { runs { totalCount } } }"#;
    assert_eq!(asked.ask(nobodys, json!({})).await.1["data"]["project"], json!(null));
    assert_eq!(asked.page(json!({})).await.0, "b");
    asked.stop().await;
}

#[tokio::test]
async fn rows_are_served_with_the_poll_behind_which_they_were_fetched() {
    let raws = [
        sweep(0, &[run("a", 1)]),
        rows(1, "a", &[r#"{"_step":0}"#]),
        sweep(10, &[run("a", 1)]),
        rows(11, "a", &[r#"{"_step":0}"#, r#"{"_step":1}"#]),
        fetch("wandb_history", vec![exchange(12, "{}", Outcome::Failed("no route".into()))]),
    ];
    let field = "run(name: \"a\") { history(samples: 9) }";
    let asked = Asked::of(&raws, Moment::Advance).await;
    for expected in [1, 2] {
        asked.page(json!({})).await;
        let run = asked.project(field, json!({})).await;
        assert_eq!(run["run"]["history"].as_array().unwrap().len(), expected);
    }
    asked.stop().await;
    let asked = Asked::of(&raws, Moment::At(START_MS)).await;
    assert_eq!(asked.project(field, json!({})).await["run"]["history"], json!([]));
    asked.stop().await;
}
