//! HTTP around it: keys, other paths, faults, exported files, and the questions that real clients sent.

use std::sync::Arc;
use std::time::Duration;

use annals_ingest::Raw;
use annals_stand_in::wandb::{Fault, Moment, RecordedWandb, too_many};
use serde_json::{Value, json};

use super::told::{Asked, Told, parquet, rows, sweep};

async fn asked() -> Asked {
    Asked::of(&[sweep(0, &[Told::new("a", 1, "{}")])], Moment::Last).await
}

#[tokio::test]
async fn without_a_key_nothing_is_told() {
    let asked = asked().await;
    let body = r#"{"query":"{ viewer { id } }"}"#;
    let bare = || asked.bare("POST", "/graphql").body(body);
    let refused = [
        bare(),
        bare().basic_auth("api", Some("")),
        bare().basic_auth("me", Some("key")),
        bare().bearer_auth("key"),
    ];
    for request in refused {
        assert_eq!(request.send().await.unwrap().status(), 401);
    }
    let stream = asked.bare("POST", "/files/ni/oc/a/file_stream").body("{}");
    assert_eq!(stream.send().await.unwrap().status(), 401);
    assert_eq!(bare().basic_auth("api", Some("k")).send().await.unwrap().status(), 200);
    asked.stop().await;
}

#[tokio::test]
async fn other_paths_are_not_found_and_say_so() {
    let asked = asked().await;
    for (method, path) in
        [("POST", "/sdk/otel/v1/metrics"), ("GET", "/graphql"), ("GET", "/"), ("GET", "/exports/a.parquet")]
    {
        let answer = asked.request(method, path).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{method} {path}");
        let told: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert!(told["error"].as_str().unwrap().contains(path.rsplit('/').next().unwrap()), "{told}");
    }
    let packed = asked.request("POST", "/graphql").header("Content-Encoding", "gzip").body("x");
    assert_eq!(packed.send().await.unwrap().status(), 415);
    asked.stop().await;
}

#[tokio::test]
async fn faults_come_in_the_place_of_answers() {
    let wandb = || RecordedWandb::of(&[sweep(0, &[])], Moment::Last).unwrap();
    let body = r#"{"query":"{ viewer { id } }"}"#;
    let busy = Asked::serving(wandb(), too_many(2)).await;
    for _ in 0..2 {
        let answer = busy.send(body.to_owned()).await;
        assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "1"));
    }
    assert_eq!(busy.send(body.to_owned()).await.status(), 200);
    busy.stop().await;

    let faults = |number| match number {
        0 => Some(Fault::Silence),
        1 => Some(Fault::Answer {
            status: 502,
            headers: vec![("Content-Type".into(), "text/html".into())],
            body: "<html>".into(),
        }),
        _ => None,
    };
    let broken = Asked::serving(wandb(), Arc::new(faults)).await;
    let silent = broken.request("POST", "/graphql").body(body).timeout(Duration::from_millis(200));
    assert!(silent.send().await.unwrap_err().is_timeout());
    let bad = broken.send(body.to_owned()).await;
    assert_eq!((bad.status().as_u16(), bad.headers()["content-type"].to_str().unwrap()), (502, "text/html"));
    assert_eq!(broken.send(body.to_owned()).await.status(), 200);
    broken.stop().await;
}

#[tokio::test]
async fn exported_rows_are_a_file_and_what_follows_is_live() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    std::fs::write(&path, parquet(0..3)).unwrap();
    let raws = [sweep(0, &[Told::new("a", 1, "{}")]), rows(1, "a", &[r#"{"_step":2}"#, r#"{"_step":3}"#])];
    let wandb = RecordedWandb::of(&raws, Moment::Last).unwrap();
    wandb.export(&path).unwrap();
    let asked = Asked::serving(wandb, Arc::new(|_| None)).await;
    let fields = "run(name: \"a\") { parquetHistory(liveKeys: [\"_step\"]) { parquetUrls liveData } history(minStep: 0, maxStep: 9) }";
    let run = &asked.project(fields, json!({})).await["run"];
    assert_eq!(run["parquetHistory"]["liveData"], json!([{"_step": 3}]));
    let rows = [r#"{"_step":0,"loss":0.5}"#, r#"{"_step":1}"#, r#"{"_step":2,"loss":0.5}"#, r#"{"_step":3}"#];
    assert_eq!(run["history"], json!(rows));
    let url = run["parquetHistory"]["parquetUrls"][0].as_str().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let path = &url[url.rfind("/exports").unwrap()..];
    assert_eq!(asked.bare("GET", path).send().await.unwrap().bytes().await.unwrap(), bytes);
    let part = asked.bare("GET", path).header("Range", "bytes=-8").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.bytes().await.unwrap(), bytes[bytes.len() - 8..]);
    asked.stop().await;
}

#[tokio::test]
async fn a_file_that_is_no_parquet_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    std::fs::write(&path, "rows").unwrap();
    let wandb = RecordedWandb::default();
    let error = wandb.export(&path).unwrap_err().to_string();
    assert!(error.starts_with(path.to_str().unwrap()), "{error}");
}

/// A sweep as the clients of the recorded requests found it, and rows of its second run.
fn as_recorded() -> Vec<Raw> {
    let config = r#"{"role":{"value":"validator"},"config":{"value":{"netuid":27}},"allocated_hotkeys":{"value":["5A"]}}"#;
    let runs: Vec<_> = (0..7).map(|place| Told::new(&format!("{place:08}"), place + 1, config)).collect();
    let lines: Vec<_> = (0..4).map(|step| format!(r#"{{"_step":{step},"dummy_metric":{step}.5}}"#)).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let mut raws = vec![sweep(0, &runs), rows(1, "00000001", &lines)];
    for exchange in raws.iter_mut().flat_map(|raw| &mut raw.exchanges) {
        let body = exchange.request.body.replace(r#""ni""#, r#""neuralinternet""#);
        exchange.request.body = body.replace(r#""oc""#, r#""opencompute""#);
    }
    raws
}

/// What a question of the recorded requests is answered with, as far as it is known beforehand.
fn check_answer(op: &str, variables: &Value, answer: &Value, case: &str) {
    let project = &answer["data"]["project"];
    let run = &project["run"];
    let live = json!([{"_step": 0}, {"_step": 1}, {"_step": 2}, {"_step": 3}]);
    match op {
        "Run" => assert_eq!((&run["name"], run["config"].is_string()), (&variables["name"], true), "{case}"),
        "RunFullHistory" | "HistoryPage" => assert_eq!(run["history"].as_array().unwrap().len(), 4, "{case}"),
        "RunSampledHistory" => {
            assert_eq!(run["sampledHistory"][0][3], json!({"_step": 3, "dummy_metric": 3.5}), "{case}");
        }
        "RunHistoryKeys" => assert_eq!(run["historyKeys"]["lastStep"], 3, "{case}"),
        "RunParquetHistory" => assert_eq!(run["parquetHistory"]["liveData"], live, "{case}"),
        _ => {}
    }
}

/// What two versions of the client sent, readers and writers, in the order sent.
#[tokio::test]
async fn what_real_clients_ask_is_answered() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/wandb-requests/recorded-requests.json");
    let recorded: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut answered = 0;
    for (case, told) in recorded["cases"].as_object().unwrap() {
        let asked = Asked::of(&as_recorded(), Moment::Last).await;
        // Of the pages that this case asks for: ids, and the cursor behind the last one.
        let (mut listed, mut cursor) = (Vec::new(), Value::Null);
        for request in told["requests"].as_array().unwrap() {
            let path = request["path"].as_str().unwrap();
            let is_stream = path.ends_with("file_stream");
            if path != "/graphql" && !is_stream {
                continue;
            }
            let mut body = request["body"].clone();
            // Made by a server that wrote cursors in another way.
            if body["variables"]["cursor"].is_string() {
                body["variables"]["cursor"] = cursor.clone();
            }
            let answer = asked.request("POST", path).body(body.to_string()).send().await.unwrap();
            let (status, answer) = (answer.status(), answer.text().await.unwrap());
            let op = request["op"].as_str().unwrap_or_default();
            assert!(status == 200 && !answer.contains("errors"), "{case} {op}: {status} {answer}");
            let answer: Value = serde_json::from_str(&answer).unwrap();
            let runs = &answer["data"]["project"]["runs"];
            if op == "Runs" && body["variables"]["cursor"].is_null() {
                listed.clear();
            }
            for edge in runs["edges"].as_array().into_iter().flatten() {
                listed.push(edge["node"]["name"].as_str().unwrap().to_owned());
                cursor = edge["cursor"].clone();
            }
            check_answer(op, &body["variables"], &answer, case);
            answered += 1;
        }
        let is_writer = case.ends_with("write") || case.ends_with("slow");
        let runs = if is_writer { 0 } else { 7 };
        assert_eq!(listed, (0..runs).map(|place| format!("{place:08}")).collect::<Vec<_>>(), "{case}");
        if case.ends_with("slow") {
            // The last that its writer sent.
            let query = r#"{ project(name: "opencompute", entityName: "neuralinternet") { run(name: "slow0001") { config state } } }"#;
            let run = &asked.ask(query, json!({})).await.1["data"]["project"]["run"];
            let config: Value = serde_json::from_str(run["config"].as_str().unwrap()).unwrap();
            assert_eq!((&config["k"]["value"], &run["state"]), (&json!(23), &json!("finished")), "{case}");
        }
        asked.stop().await;
    }
    assert!(answered > 100, "{answered}");
}
