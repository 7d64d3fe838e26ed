//! What writers send, and readers then find.

use std::sync::Arc;

use annals_stand_in::wandb::{Moment, RecordedWandb};
use serde_json::{Value, json};

use super::told::{Asked, Told, rows, sweep};

const UPSERT: &str = "mutation UpsertBucket($input: UpsertBucketInput!) {
    upsertBucket(input: $input) { bucket { id name state config project { name entity { name } } } inserted } }";

async fn upserted(asked: &Asked, input: Value) -> Value {
    let (status, answer) = asked.ask(UPSERT, json!({"input": input})).await;
    assert_eq!((status, &answer["errors"]), (200, &Value::Null), "{answer}");
    answer["data"]["upsertBucket"].clone()
}

async fn stream(asked: &Asked, run: &str, body: Value) -> u16 {
    let path = format!("/files/ni/oc/{run}/file_stream");
    let answer = asked.request("POST", &path).body(body.to_string()).send().await.unwrap();
    answer.status().as_u16()
}

fn input(run: &str, config: &str) -> Value {
    json!({"id": null, "name": run, "modelName": "oc", "entityName": "ni", "config": config, "tags": null})
}

#[tokio::test]
async fn readers_see_what_writers_wrote() {
    let asked = Asked::serving(RecordedWandb::default(), Arc::new(|_| None)).await;
    let config =
        r#"{"role":{"value":"validator"},"7":{"value":1.50},"_wandb":{"value":{"t":{"1":[2]},"m":[]}}}"#;
    let begun = upserted(&asked, input("w1", "{}")).await;
    assert_eq!(begun["inserted"], true);
    assert_eq!(begun["bucket"]["project"], json!({"name": "oc", "entity": {"name": "ni"}}));
    assert_eq!(upserted(&asked, input("w1", config)).await["inserted"], false);
    let lines = [r#"{"_step":0,"allocated_hotkeys":["5A"],"loss":1.50}"#, r#"{"_step":1}"#];
    let history = json!({"offset": 0, "content": lines});
    // A lost answer makes a client send again.
    for _ in 0..2 {
        assert_eq!(stream(&asked, "w1", json!({"files": {"wandb-history.jsonl": history}})).await, 200);
    }
    let summary = json!({"files": {
        "wandb-summary.json": {"offset": 0, "content": [r#"{"loss":1.50}"#]},
        "wandb-events.jsonl": {"offset": 4, "content": [r#"{"system.cpu":1}"#]},
        "output.log": {"offset": 2, "content": ["a", "b"]},
    }});
    assert_eq!(stream(&asked, "w1", summary).await, 200);
    let fields = r#"run(name: "w1") { state config displayName summaryMetrics historyLineCount historyKeys
        history(minStep: 0, maxStep: 2, samples: 9) logLineCount eventsLineCount systemMetrics }
        bucket(name: "w1", missingOk: true) { historyTail wandbConfig(keys: ["t"]) }"#;
    let project = asked.project(fields, json!({})).await;
    let run = &project["run"];
    assert_eq!(run["config"], config);
    assert_eq!(run["history"], json!(lines));
    assert_eq!((&run["state"], &run["displayName"]), (&json!("running"), &json!("w1")));
    assert_eq!(
        (&run["summaryMetrics"], &run["systemMetrics"]),
        (&json!(r#"{"loss":1.50}"#), &json!(r#"{"system.cpu":1}"#))
    );
    assert_eq!(run["historyKeys"]["lastStep"], 1);
    let counts =
        ["historyLineCount", "logLineCount", "eventsLineCount"].map(|name| run[name].as_u64().unwrap());
    assert_eq!(counts, [2, 4, 5]);
    assert_eq!(
        project["bucket"],
        json!({"historyTail": r#"["{\"_step\":1}"]"#, "wandbConfig": r#"{"t":{"1":[2]}}"#})
    );
    assert_eq!(asked.page(json!({"filters": r#"{"config.role": "validator"}"#})).await.0, "w1");
    asked.stop().await;
}

#[tokio::test]
async fn a_run_ends_as_its_writer_says_and_goes_on_when_it_is_begun_again() {
    let asked = Asked::serving(RecordedWandb::default(), Arc::new(|_| None)).await;
    let state = async |run: &str| {
        let field = format!("run(name: \"{run}\") {{ state }}");
        asked.project(&field, json!({})).await["run"]["state"].as_str().unwrap().to_owned()
    };
    for (exit_code, expected) in [(0, "finished"), (1, "failed"), (255, "failed"), (-1, "failed")] {
        upserted(&asked, input("w1", "{}")).await;
        assert_eq!(state("w1").await, "running");
        assert_eq!(stream(&asked, "w1", json!({"complete": true, "exitcode": exit_code})).await, 200);
        assert_eq!(state("w1").await, expected);
    }
    assert_eq!(stream(&asked, "w1", json!({"files": {"output.log": {"content": 1}}})).await, 400);
    for no_code in [json!(1.5), json!("1"), json!(true)] {
        assert_eq!(stream(&asked, "w1", json!({"complete": true, "exitcode": no_code})).await, 400);
    }
    assert_eq!(stream(&asked, "nobody", json!({})).await, 404);
    asked.stop().await;
}

#[tokio::test]
async fn a_stream_is_taken_as_a_whole_or_not_at_all_and_its_last_line_may_have_any_number() {
    let asked = Asked::serving(RecordedWandb::default(), Arc::new(|_| None)).await;
    upserted(&asked, input("w1", "{}")).await;
    let lines = json!({"offset": u64::MAX, "content": ["{\"_step\":0}"]});
    for offset in [json!(-1), json!(0.5), json!(null)] {
        let files = json!({"files": {"wandb-history.jsonl": lines, "output.log": {"offset": offset, "content": ["a"]}}});
        assert_eq!(stream(&asked, "w1", files).await, 400);
    }
    let fields = "run(name: \"w1\") { historyLineCount logLineCount eventsLineCount }";
    assert_eq!(asked.project(fields, json!({})).await["run"]["historyLineCount"], 0);
    let files =
        json!({"files": {"wandb-history.jsonl": lines, "output.log": lines, "wandb-events.jsonl": lines}});
    assert_eq!(stream(&asked, "w1", files).await, 200);
    let run = &asked.project(fields, json!({})).await["run"];
    assert_eq!(*run, json!({"historyLineCount": 1, "logLineCount": u64::MAX, "eventsLineCount": u64::MAX}));
    asked.stop().await;
}

#[tokio::test]
async fn a_recorded_run_can_be_written_on() {
    let recorded = [
        sweep(0, &[Told::new("a", 1, r#"{"k":{"value":1}}"#), Told::new("b", 2, "{}")]),
        rows(1, "a", &[r#"{"_step":6}"#]),
    ];
    let asked = Asked::of(&recorded, Moment::Advance).await;
    upserted(
        &asked,
        json!({"name": "a", "modelName": "oc", "entityName": "ni", "displayName": "new", "tags": ["x"]}),
    )
    .await;
    stream(
        &asked,
        "a",
        json!({"files": {"wandb-history.jsonl": {"offset": 7, "content": [r#"{"_step":7}"#]}}}),
    )
    .await;
    let fields =
        "run(name: \"a\") { config displayName tags createdAt historyLineCount history(samples: 9) }";
    let run = &asked.project(fields, json!({})).await["run"];
    let expected = json!({
        "config": r#"{"k":{"value":1}}"#, "displayName": "new", "tags": ["x"], "createdAt": "2026-03-01T00:00:00",
        "historyLineCount": 8, "history": [r#"{"_step":6}"#, r#"{"_step":7}"#],
    });
    assert_eq!(*run, expected);
    // As the public API changes a run: by its node, and it does not run again by that.
    let changed =
        upserted(&asked, json!({"id": "node-b", "config": r#"{"k":{"value":2}}"#, "state": "crashed"})).await;
    assert_eq!((&changed["bucket"]["name"], &changed["bucket"]["state"]), (&json!("b"), &json!("crashed")));
    asked.stop().await;
}

#[tokio::test]
async fn a_deleted_run_is_gone_and_files_are_taken() {
    let asked =
        Asked::of(&[sweep(0, &[Told::new("a", 1, "{}"), Told::new("b", 2, "{}")])], Moment::Last).await;
    let files = r#"mutation { createRunFiles(input: {entityName: "ni", projectName: "oc", runName: "a", files: ["config.yaml"]}) {
        runID uploadHeaders files { name uploadUrl } } }"#;
    let files = asked.ask(files, json!({})).await.1["data"]["createRunFiles"].clone();
    assert_eq!((&files["runID"], &files["uploadHeaders"]), (&json!("node-a"), &json!([])));
    let url = files["files"][0]["uploadUrl"].as_str().unwrap();
    let path = &url[url.find("/uploads").unwrap()..];
    assert_eq!(asked.bare("PUT", path).body("a: 1").send().await.unwrap().status(), 200);
    let delete =
        r#"mutation { deleteRun(input: {id: "node-a", deleteArtifacts: true}) { clientMutationId } }"#;
    assert_eq!(asked.ask(delete, json!({})).await.1["errors"], Value::Null);
    assert_eq!(asked.page(json!({})).await.0, "b");
    assert!(asked.refused(delete).await.1.contains("node-a"));
    asked.stop().await;
}

#[tokio::test]
async fn what_no_run_can_have_is_refused_and_changes_nothing() {
    let asked = Asked::of(&[sweep(0, &[Told::new("a", 1, "{}")])], Moment::Last).await;
    let cases = [
        (json!({"name": "a", "modelName": "oc", "entityName": "ni", "config": "[1]"}), 400, "config"),
        (
            json!({"name": "a", "modelName": "oc", "entityName": "ni", "summaryMetrics": "{"}),
            400,
            "summaryMetrics",
        ),
        (json!({"name": "a", "modelName": "oc", "entityName": "ni", "colour": "red"}), 200, "colour"),
        (json!({"name": "a", "modelName": "oc", "entityName": "ni", "tags": [1]}), 200, "tags"),
        (json!({"id": "nobody"}), 200, "nobody"),
    ];
    for (input, expected, named) in cases {
        let (status, answer) = asked.ask(UPSERT, json!({"input": input})).await;
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(status == expected && message.contains(named), "{status} {message}");
    }
    let run = asked.project("run(name: \"a\") { heartbeatAt }", json!({})).await;
    assert_eq!(run["run"]["heartbeatAt"], "2026-03-01T01:00:00");
    asked.stop().await;
}
