//! What is written into a run, and what is told of it.

use annals_ingest::outward::publish::{Again, Posted, PublishError, RunGiven, WandbPost};
use annals_log::{
    ConfigVerdict, Event, RunIdSignature, SendOutcome, WandbConfigSigned, WandbPublished, WandbRun, decode,
};
use serde_json::{Value, json};

use super::fake::{FakeRun, FakeWandb, Fault};
use super::{ALICE, Publisher, state};
use crate::scratch::Scratch;

const STATE: &str = r#"{"role":"validator","version":190,"stats":{"7":{"score":57.10,"n":9007199254740993}},
    "penalized_hotkeys":["5H"],"allocated_hotkeys":["5F","5G"]}"#;

/// As upstream's own client left it.
fn upstreams() -> FakeRun {
    let config = format!(
        r#"{{"_wandb":{{"desc":null,"value":{{"t":{{"1":[1]}}}}}},"hotkey":{{"desc":null,"value":"{ALICE}"}},"role":{{"value":"validator"}},
           "config":{{"value":{{"netuid":27,"z":1.50}}}},"allocated_hotkeys":{{"desc":null,"value":["5E"]}},
           "penalized_hotkeys":{{"value":["5H"]}},"signature":{{"value":"00"}},"theirs":{{"value":1e5}}}}"#
    );
    FakeRun {
        display_name: format!("validator-{ALICE}"),
        config,
        summary: r#"{"_step":4,"_runtime":7.5,"kept":true}"#.into(),
        rows: (0..3).map(|row| format!(r#"{{"_step":{},"_runtime":{row}}}"#, row + 2)).collect(),
    }
}

fn server() -> FakeWandb {
    FakeWandb { runs: [("abcd1234".to_owned(), upstreams())].into(), ..FakeWandb::default() }
}

async fn publish(server: &mut FakeWandb) -> Event {
    Publisher::new().publish(server, &RunGiven::Asked, &state(STATE)).await.unwrap().1
}

fn act(event: &Event) -> WandbPublished {
    decode(&event.body).unwrap()
}

#[tokio::test]
async fn what_is_told_is_written_and_the_rest_stays() {
    let mut server = server();
    let event = publish(&mut server).await;
    let run = &server.runs["abcd1234"];
    // Digits as they were told, and what was there as it was: wrapping, digits, place.
    for part in [
        r#"{"_wandb":{"desc":null,"value":{"t":{"1":[1]}}},"hotkey":{"value":"5Grwva"#,
        r#""config":{"value":{"netuid":27,"z":1.50}},"allocated_hotkeys":{"value":["5F","5G"]}"#,
        r#""theirs":{"value":1e5},"version":{"value":190},"stats":{"value":{"7":{"score":57.10,"n":9007199254740993}}}"#,
        r#""annals":{"value":{"origin":"annals.local/x","tree_size":7,"root":"BwcHBw"#,
    ] {
        assert!(run.config.contains(part), "{part} in {}", run.config);
    }
    let told = act(&event);
    assert_eq!((&told.config, &told.rows), (&SendOutcome::Accepted, &Some(SendOutcome::Accepted)));
    // The penalties were the same before; hotkey and role too.
    assert_eq!(told.keys, ["version", "stats", "allocated_hotkeys", "signature", "annals"]);
    assert_eq!((told.tree_size, told.root, event.native_id.as_str()), (7, [7; 32], "abcd1234"));
    assert_eq!((told.server.as_str(), event.source.as_str()), ("https://wandb.example", "outward"));
    assert_eq!(event.attached[0].bytes(), run.config.as_bytes());
    assert_eq!(event.attached[1].bytes(), (run.rows[3..].join("\n") + "\n").as_bytes());
}

#[tokio::test]
async fn rows_are_those_of_upstream_behind_those_that_are_there() {
    let mut server = server();
    publish(&mut server).await;
    let run = &server.runs["abcd1234"];
    let rows: Vec<Value> = run.rows[3..].iter().map(|row| serde_json::from_str(row).unwrap()).collect();
    let told: Vec<_> =
        rows.iter().map(|row| row.as_object().unwrap().keys().cloned().collect::<Vec<_>>()).collect();
    for (row, key) in told.iter().zip(["penalized_hotkeys", "allocated_hotkeys", "dummy_metric"]) {
        assert!(row.len() == 4 && row.contains(&key.to_owned()), "{row:?}");
    }
    assert_eq!(rows.iter().map(|row| row["_step"].clone()).collect::<Vec<_>>(), [5, 6, 7]);
    assert!(rows.iter().all(|row| row["_runtime"] == 7.5 && row["_timestamp"].as_f64().unwrap() > 1.7e9));
    let summary: Value = serde_json::from_str(&run.summary).unwrap();
    assert_eq!((&summary["kept"], &summary["_step"]), (&json!(true), &json!(7)));
    assert_eq!(summary["allocated_hotkeys"], json!(["5F", "5G"]));
    let order: Vec<_> = server.sent.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(order, ["/graphql", "/files/neuralinternet/opencompute/abcd1234/file_stream"]);
}

#[tokio::test]
async fn a_new_run_says_whose_it_is() {
    let mut server = FakeWandb::default();
    let told = act(&publish(&mut server).await);
    let run = server.runs.values().next().unwrap();
    let config: Value = serde_json::from_str(&run.config).unwrap();
    let value = |key: &str| config[key]["value"].clone();
    assert_eq!((value("hotkey"), value("role")), (json!(ALICE), json!("validator")));
    assert_eq!((value("config"), value("version")), (json!({"netuid": 27}), json!(190)));
    let signature = value("signature").as_str().unwrap().to_owned();
    assert!(signature.len() == 128 && !signature.contains(|c: char| c.is_ascii_uppercase()), "{signature}");
    assert_eq!(told.keys.len(), 9, "{:?}", told.keys);
    let first: Value = serde_json::from_str(&run.rows[0]).unwrap();
    assert_eq!((&first["_step"], &first["_runtime"]), (&json!(0), &json!(0.0)));
}

#[tokio::test]
async fn whoever_polls_finds_both_signatures_valid_until_somebody_edits() {
    let mut server = server();
    publish(&mut server).await;
    let verdicts = |server: &FakeWandb| {
        let scratch = Scratch::new();
        scratch.take(&[server.poll()]);
        let found = scratch.found();
        let (run, signed): (WandbRun, WandbConfigSigned) = (found[0].fact(), found[1].fact());
        (run.signature, signed.verdict)
    };
    assert_eq!(verdicts(&server), (RunIdSignature::Valid, ConfigVerdict::Valid));
    let config = &mut server.runs.get_mut("abcd1234").unwrap().config;
    *config = config.replace("5F", "5E");
    // Upstream's signature does not notice.
    assert_eq!(verdicts(&server), (RunIdSignature::Valid, ConfigVerdict::Changed));
}

#[tokio::test]
async fn what_the_server_refuses_is_told_in_its_words_and_no_rows_follow() {
    let mut server = FakeWandb { faults: [Some(Fault::Refused(403))].into(), ..server() };
    let event = publish(&mut server).await;
    assert_eq!(event.attached.len(), 1);
    let told = act(&event);
    assert_eq!(told.config, SendOutcome::Refused("HTTP status 403: permission denied".into()));
    assert_eq!((told.rows, server.sent.len()), (None, 1));

    let mut server = FakeWandb { faults: [None, Some(Fault::Refused(400))].into(), ..self::server() };
    let told = act(&publish(&mut server).await);
    assert_eq!(told.config, SendOutcome::Accepted);
    assert!(matches!(told.rows, Some(SendOutcome::Refused(_))), "{told:?}");
}

#[tokio::test]
async fn what_is_lost_sight_of_is_looked_for_and_never_sent_again() {
    for (faults, config, rows) in [
        (vec![Some(Fault::DoneAndLost), Some(Fault::DoneAndLost)], "accepted", Some("accepted")),
        (vec![Some(Fault::Lost)], "unknown", None),
        (vec![Some(Fault::Gone)], "unknown", None),
        (vec![None, Some(Fault::Lost)], "accepted", Some("unknown")),
        // As many rows as there should be, and the last one is another's.
        (vec![None, Some(Fault::Overtaken)], "accepted", Some("unknown")),
        (vec![Some(Fault::Rewritten), Some(Fault::Rewritten)], "accepted", Some("accepted")),
    ] {
        let mut server = FakeWandb { faults: faults.clone().into(), ..server() };
        let told = act(&publish(&mut server).await);
        assert_eq!(
            (told.config.as_str(), told.rows.as_ref().map(SendOutcome::as_str)),
            (config, rows),
            "{faults:?}"
        );
        assert_eq!(server.sent.len(), if rows.is_some() { 2 } else { 1 }, "{faults:?}");
        if let SendOutcome::Unknown(why) = told.config {
            assert!(why.starts_with("connection reset; "), "{why}");
        }
    }
}

#[tokio::test]
async fn what_reached_nobody_was_not_sent() {
    let mut server = FakeWandb { faults: [Some(Fault::NotSent)].into(), ..server() };
    let asked = server.asked.len();
    let event = publish(&mut server).await;
    let told = act(&event);
    assert_eq!(
        (told.config, told.rows),
        (SendOutcome::NotSent("connection refused".into()), None),
        "nobody looks for it"
    );
    assert_eq!((server.asked.len() - asked, event.attached.len()), (2, 1));
    let mut server = FakeWandb { faults: [None, Some(Fault::NotSent)].into(), ..self::server() };
    let told = act(&publish(&mut server).await);
    assert_eq!(told.config, SendOutcome::Accepted);
    assert_eq!(told.rows, Some(SendOutcome::NotSent("connection refused".into())));
}

#[tokio::test]
async fn an_answer_with_data_and_errors_is_looked_into() {
    let partly = r#"{"data":{"upsertBucket":{"bucket":{"id":"UnVu"}}},"errors":[{"message":"no tags"}]}"#;
    let mut server = FakeWandb { faults: [Some(Fault::Answered(partly))].into(), ..server() };
    let told = act(&publish(&mut server).await);
    assert_eq!(told.config, SendOutcome::Accepted, "the server shows it");
    let nothing = r#"{"data":{"upsertBucket":null}}"#;
    let mut server = FakeWandb {
        faults: [Some(Fault::Answered(nothing))].into(),
        ..FakeWandb::with(&[("abcd1234", &upstreams().display_name, &upstreams().config)])
    };
    let publisher = Publisher::new();
    let (given, state) = (RunGiven::Asked, state(STATE));
    let publication = publisher.publication(&given, &state);
    let mut sending = publication.prepare(&mut server).await.unwrap();
    // It is asked how the run stands, and shows what it had before.
    server.answers.insert("RunResumeStatus", r#"{"data":{"model":{"bucket":{"config":"{}"}}}}"#);
    sending.send(&mut server).await;
    let told = act(&sending.event());
    let why = "its answer does not name the run that was written; the server does not show it";
    assert_eq!((told.config, told.rows), (SendOutcome::Unknown(why.into()), None));
}

#[tokio::test]
async fn an_act_leaves_a_trace_before_anything_is_sent() {
    let (publisher, state, mut server) = (Publisher::new(), state(STATE), server());
    let publication = publisher.publication(&RunGiven::Asked, &state);
    let mut sending = publication.prepare(&mut server).await.unwrap();
    let intent = sending.intent();
    assert!(server.sent.is_empty());
    let not_begun = act(&sending.event());
    assert!(matches!(not_begun.config, SendOutcome::NotSent(_)) && not_begun.rows.is_none());
    sending.send(&mut server).await;
    let event = sending.event();
    assert_eq!((&intent.attached, &intent.native_id), (&event.attached, &event.native_id));
    let (intent, act) = (act(&intent), act(&event));
    assert!(matches!(&intent.config, SendOutcome::Unknown(why) if why.contains("about to be sent")));
    assert_eq!(intent.rows, Some(intent.config.clone()));
    assert_eq!(
        act,
        WandbPublished { config: SendOutcome::Accepted, rows: Some(SendOutcome::Accepted), ..intent }
    );
}

#[tokio::test]
async fn what_could_not_be_recorded_signed_or_read_is_not_sent() {
    let refused = async |publisher: Publisher, text: &str| {
        let mut server = server();
        let error = publisher.publish(&mut server, &RunGiven::Asked, &state(text)).await.unwrap_err();
        assert!(server.sent.is_empty());
        let said = error.to_string();
        assert!(said.ends_with("Nothing was sent"), "{said}");
        error
    };
    let of = |value: &str| format!(r#"{{"role":"validator","stats":{{"7":{value}}}}}"#);
    let large = refused(Publisher::new(), &of(&format!("\"{}\"", "x".repeat(12 << 20)))).await;
    assert!(matches!(large, PublishError::TooLarge { bytes } if bytes > 12 << 20), "{large}");
    // As deep as a file may be: wrapped it would be deeper.
    let deep = refused(Publisher::new(), &of(&format!("{}{}", "[".repeat(898), "]".repeat(898)))).await;
    assert!(matches!(deep, PublishError::Unfit { .. }), "{deep}");
    let mut publisher = Publisher::new();
    publisher.at.origin = "o".repeat(257);
    let origin = refused(publisher, STATE).await;
    assert!(origin.to_string().contains("the log's origin"), "{origin}");
}

#[tokio::test]
async fn the_subnet_stands_in_the_config_of_every_run() {
    for (config, expected) in [
        (r#"{"netuid":27,"z":1.50}"#, r#"{"netuid":27,"z":1.50}"#),
        (r#"{"z":1.50}"#, r#"{"z":1.50,"netuid":27}"#),
        ("null", r#"{"netuid":27}"#),
    ] {
        let config = upstreams().config.replace(r#"{"netuid":27,"z":1.50}"#, config);
        let mut server = FakeWandb::with(&[("abcd1234", &upstreams().display_name, &config)]);
        publish(&mut server).await;
        let config = &server.runs["abcd1234"].config;
        assert!(config.contains(&format!(r#""config":{{"value":{expected}}}"#)), "{config}");
    }
}

#[tokio::test]
async fn whoever_stops_waiting_has_it_told_as_unknown() {
    let (publisher, state) = (Publisher::new(), state(STATE));
    let publication = publisher.publication(&RunGiven::Asked, &state);
    let mut server = server();
    let mut sending = publication.prepare(&mut server).await.unwrap();
    {
        let mut never = Never;
        let waiting = sending.send(&mut never);
        tokio::time::timeout(std::time::Duration::from_millis(20), waiting).await.unwrap_err();
    }
    let told = act(&sending.event());
    assert!(matches!(&told.config, SendOutcome::Unknown(why) if why.contains("told to stop")), "{told:?}");
    assert_eq!(told.rows, None);
}

/// A server that takes everything and answers nothing.
struct Never;

impl WandbPost for Never {
    async fn post(&mut self, _: &str, _: &str, _: Again) -> Posted {
        std::future::pending().await
    }
}
