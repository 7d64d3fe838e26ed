//! Commands that say one thing, asked for it as one JSON object: its keys stay what they are.

use std::collections::BTreeSet;

use assert_cmd::assert::Assert;
use serde_json::{Value, json};

use crate::program::{Session, fixture, line, out, text};

fn object(printed: &Assert) -> Value {
    let told = out(printed);
    assert_eq!(told.lines().count(), 1, "{told}");
    serde_json::from_str(&told).unwrap()
}

fn keys(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_log_that_is_made_and_verified_is_told_of_in_objects() {
    let session = Session::new();
    let made = object(&session.annals(&["init", "--netuid", "27", "--output", "json"]).success());
    let verified = session.annals(&["verify"]).success();
    let expected = json!({
        "data": text(&session.data()), "origin": line(&verified, "log"), "log_id": made["log_id"],
        "vkey": line(&verified, "key"), "hotkey": null, "netuid": 27, "policy_log_index": null,
        "genesis": "0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03",
    });
    assert_eq!(made, expected);
    session.annals(&["ingest", &fixture("wandb-offline/run-offline-0.19.0.wandb")]).success();
    let told = object(&session.annals(&["verify", "--output", "json"]).success());
    let (log, right) = (&told["log"], &told["tables"]["state_roots_right"]);
    let expected = json!({
        "sound": true,
        "log": {
            "origin": made["origin"], "vkey": made["vkey"], "hotkey": null, "size": log["size"], "root": log["root"],
            "segments": 1, "commits": log["commits"], "payloads": log["payloads"],
            "payload_bytes": log["payload_bytes"], "signatures": "last", "commits_without_hotkey": 0, "checkpoints": 0,
        },
        "tables": {
            "state_roots_right": right, "state_roots_unchecked": [], "state_roots_taken_back": [], "saved": "right",
        },
        "findings": [],
    });
    assert_eq!(told, expected);
    let verified = session.annals(&["verify"]).success();
    assert_eq!(log["root"], line(&verified, "root"));
    assert!(line(&verified, "size").starts_with(&format!("{} entries", log["size"])), "{told}");
    assert!(line(&verified, "read").ends_with(&format!("{} commits", log["commits"])), "{told}");
    assert_eq!(line(&verified, "state roots"), format!("{right} as the fold gives them"));
    let log_only = object(&session.annals(&["verify", "--log-only", "--output", "json"]).success());
    assert_eq!((&log_only["tables"], &log_only["log"]), (&Value::Null, log));
}

#[test]
fn findings_are_a_list_and_the_exit_code_is_what_it_was() {
    let session = Session::with_log();
    session.annals(&["ingest", &fixture("wandb-offline/run-offline-0.19.0.wandb")]).success();
    let segment = session.data().join("segments/00000000000000000000.seg");
    let sound = std::fs::read(&segment).unwrap();
    let finding = |place: usize| {
        let mut bytes = sound.clone();
        bytes[place] ^= 1;
        std::fs::write(&segment, bytes).unwrap();
        let told = object(&session.annals(&["verify", "--output", "json"]).code(1));
        assert_eq!(keys(&told), BTreeSet::from(["findings", "log", "sound", "tables"]));
        assert_eq!((&told["sound"], &told["tables"]), (&json!(false), &Value::Null));
        let finding = told["findings"][0].clone();
        let expected = ["at_size", "byte", "file", "kind", "log_index", "table", "what"];
        assert_eq!(keys(&finding), BTreeSet::from(expected));
        assert_eq!(
            (&finding["kind"], &finding["file"]),
            (&json!("log"), &json!("segments/00000000000000000000.seg"))
        );
        (told["log"].is_null(), finding["byte"].as_u64().unwrap())
    };
    // The first frame holds entry 0, without which nobody can open the log.
    assert_eq!(finding(4096 + 90), (true, 4096));
    let (is_unopened, byte) = finding(8192);
    assert!(!is_unopened && byte > 4096, "{byte}");
}

#[test]
fn what_is_handed_out_is_in_an_object_as_it_is_outside_of_it() {
    let session = Session::with_log();
    let note = out(&session.annals(&["checkpoint"]).success());
    let told = object(&session.annals(&["checkpoint", "--output", "json"]).success());
    let lines: Vec<_> = note.lines().collect();
    assert_eq!(told, json!({ "origin": lines[0], "size": 3, "root": lines[2], "note": note }));

    let proof = out(&session.annals(&["prove", "1"]).success());
    let told = object(&session.annals(&["prove", "1", "--output", "json"]).success());
    let vkey = line(&session.annals(&["verify"]).success(), "key");
    let expected = json!({
        "log_index": 1, "origin": lines[0], "size": 3, "root": lines[2], "vkey": vkey, "proof": proof,
    });
    assert_eq!(told, expected);
}

#[test]
fn a_scenario_that_is_checked_is_told_of_in_an_object() {
    let session = Session::new();
    let mine = session.path("mine");
    std::fs::create_dir_all(mine.join("expected")).unwrap();
    for name in ["case.cassette", "policy.toml"] {
        std::fs::copy(format!("{}/{name}", fixture("golden-tie")), mine.join(name)).unwrap();
    }
    std::fs::write(mine.join("expected/one.sql"), "select 1 as one").unwrap();
    std::fs::write(mine.join("expected/one.ndjson"), "{\"one\":1}\n").unwrap();
    let check = ["fixture", "check", "mine", "--output", "json"];
    let answer =
        |one: Value| json!({ "name": "one", "rows": 1, "as_expected": one == json!([]), "differences": one });
    let told = object(&session.annals(&check).success());
    assert_eq!(told, json!({ "as_expected": true, "answers": [answer(json!([]))], "strays": [] }));

    std::fs::write(mine.join("expected/one.ndjson"), "{\"one\":2}\n").unwrap();
    std::fs::write(mine.join("expected/stray.ndjson"), "").unwrap();
    let told = object(&session.annals(&check).code(1));
    assert_eq!(told["strays"], json!(["stray"]));
    assert_eq!(told["answers"], json!([answer(told["answers"][0]["differences"].clone())]));
    assert!(told["answers"][0]["differences"][0].as_str().unwrap().contains("{\"one\":2}"), "{told}");
}
