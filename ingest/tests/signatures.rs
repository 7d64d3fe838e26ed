//! Upstream's rule of acceptance, on the vectors that upstream's own code made.

use std::path::Path;

use annals_ingest::Source as _;
use annals_ingest::sources::Wandb;
use annals_log::json::{self, Object, Value};
use annals_log::{Fact as _, RunIdSignature, SourceMemory, WandbRun, decode};

use crate::scratch::{RUNS, answer, exchange, fetch, page_of};

/// The run as the server would send it: each key of the config wrapped, the config a text.
fn node_of(run: &Object) -> String {
    let mut stored = Object::default();
    for (key, value) in run.get("config").and_then(Value::as_object).unwrap().iter() {
        let mut wrapped = Object::default();
        wrapped.insert("desc".into(), Value::Null);
        wrapped.insert("value".into(), value.clone());
        stored.insert(key.clone(), Value::Object(wrapped));
    }
    let mut node = Object::default();
    for (field, of) in [
        ("name", "id"),
        ("displayName", "name"),
        ("state", "state"),
        ("createdAt", "created_at"),
        ("heartbeatAt", "heartbeat_at"),
    ] {
        node.insert(field.into(), run.get(of).unwrap().clone());
    }
    node.insert("config".into(), Value::Text(Value::Object(stored).to_json().as_str().into()));
    Value::Object(node).to_json()
}

fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::List(items)) => items,
        other => panic!("no list: {other:?}"),
    }
}

#[test]
fn every_run_of_the_golden_cases_gets_upstreams_verdict() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden/public.json");
    let golden = json::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (mut valid, mut not_valid) = (0, [0; 3]);
    for case in list(golden.as_object().unwrap().get("cases")) {
        let case = case.as_object().unwrap();
        let nodes: Vec<_> =
            list(case.get("runs")).iter().map(|run| node_of(run.as_object().unwrap())).collect();
        let raw = fetch("wandb", vec![exchange(0, RUNS, answer(200, &page_of(&nodes, false)))]);
        let decoded = Wandb.decode(&raw, &mut Default::default(), &SourceMemory::default()).unwrap();

        let expected = case.get("expected").unwrap().as_object().unwrap().get("verify_run").unwrap();
        let mut expected = expected.as_object().unwrap().clone();
        for event in decoded.steps.iter().flatten().filter(|event| event.kind == WandbRun::KIND) {
            let run: WandbRun = decode(&event.body).unwrap();
            let upstream = expected.remove(&event.native_id).unwrap();
            let upstream = upstream.as_object().unwrap().get("ok") == Some(&Value::Bool(true));
            assert_eq!(
                run.signature == RunIdSignature::Valid,
                upstream,
                "{:?} {}",
                case.get("id"),
                event.native_id
            );
            match run.signature {
                RunIdSignature::Valid => valid += 1,
                RunIdSignature::Absent => not_valid[0] += 1,
                RunIdSignature::Wrong => not_valid[1] += 1,
                RunIdSignature::Malformed => not_valid[2] += 1,
            }
        }
        assert!(expected.is_empty(), "{:?}: no event for {expected:?}", case.get("id"));
    }
    println!("valid {valid}, absent, wrong, malformed {not_valid:?}");
    assert!(valid > 1000 && not_valid.iter().all(|&count| count > 10));
}
