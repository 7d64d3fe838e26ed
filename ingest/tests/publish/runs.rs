//! Which run is written to.

use annals_ingest::outward::publish::{PublishError, RunGiven};

use super::fake::FakeWandb;
use super::{ALICE, Publisher, state};

const STATE: &str = r#"{"role":"validator","allocated_hotkeys":["5F"]}"#;

/// Of `//Alice`, on a subnet.
fn config(netuid: u16) -> String {
    format!(r#"{{"hotkey":{{"value":"{ALICE}"}},"config":{{"value":{{"netuid":{netuid}}}}}}}"#)
}

async fn run_of(server: &mut FakeWandb, run: RunGiven) -> Result<(String, bool), PublishError> {
    let (draft, _) = Publisher::new().publish(server, &run, &state(STATE)).await?;
    Ok((draft.run_id, draft.is_new))
}

#[tokio::test]
async fn a_hotkey_without_a_run_gets_one_and_goes_on_with_it() {
    let mut server = FakeWandb::default();
    let (made, is_new) = run_of(&mut server, RunGiven::Asked).await.unwrap();
    assert!(is_new && made.len() == 8, "{made}");
    assert!(made.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{made}");
    assert_eq!(server.runs[&made].display_name, format!("validator-{ALICE}"));
    assert_eq!(run_of(&mut server, RunGiven::Asked).await.unwrap(), (made.clone(), false));
    let (other, _) = run_of(&mut server, RunGiven::New).await.unwrap();
    assert_ne!(other, made);
}

#[tokio::test]
async fn of_several_runs_none_is_taken_and_none_is_deleted() {
    let name = format!("validator-{ALICE}");
    let mut server = FakeWandb::with(&[
        ("aaaa1111", &name, &config(27)),
        ("bbbb2222", &name, &config(27)),
        ("cccc", "x", "{}"),
    ]);
    let error = run_of(&mut server, RunGiven::Asked).await.unwrap_err().to_string();
    for part in [
        &format!("2 runs are called {name}:\n"),
        "  aaaa1111  created 2025-06-02T08:36:23Z  heard of never  running\n  bbbb2222",
        "take the oldest, aaaa1111",
        "--run-id aaaa1111 goes on with that one, --new-run begins another",
        "nothing was sent",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert!(server.sent.is_empty() && server.runs.len() == 3);
    let (taken, is_new) = run_of(&mut server, RunGiven::Id("bbbb2222".into())).await.unwrap();
    assert_eq!((taken.as_str(), is_new), ("bbbb2222", false));
    assert!(run_of(&mut server, RunGiven::New).await.unwrap().1);
}

#[tokio::test]
async fn a_run_that_is_not_the_hotkeys_is_left_alone() {
    let bob = r#"{"hotkey":{"value":"5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"}}"#;
    let mut server = FakeWandb::with(&[
        ("bobs", "x", bob),
        ("twelve", "x", &config(12)),
        ("torn", "x", "{"),
        ("bare", "x", ""),
    ]);
    for (run_id, why) in [
        ("bobs", "run bobs is of 5FHneW"),
        ("twelve", "of subnet 12, and this is published for 27"),
        ("torn", "its config cannot be read, so it would be lost"),
        ("nowhere", "the server has no run nowhere"),
        ("a/b", "is no id of a run"),
    ] {
        let error = run_of(&mut server, RunGiven::Id(run_id.into())).await.unwrap_err().to_string();
        assert!(error.contains(why) && error.contains("Nothing was sent"), "{error}");
    }
    assert!(server.sent.is_empty());
    // One that was made, and never got a config; and one that upstream remembers and the server does not.
    assert!(!run_of(&mut server, RunGiven::Id("bare".into())).await.unwrap().1);
    assert!(run_of(&mut server, RunGiven::Remembered("nowhere".into())).await.unwrap().1);
    // Another SS58 prefix is the same key.
    let polkadots = bob.replace(
        "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty",
        "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5",
    );
    let mut server = FakeWandb::with(&[("alias", "x", &polkadots)]);
    run_of(&mut server, RunGiven::Id("alias".into())).await.unwrap();
}

#[tokio::test]
async fn a_run_of_no_hotkey_is_gone_on_with_only_under_our_name() {
    let named = r#"{"stats":{"value":{}}}"#;
    let ours = format!("validator-{ALICE}");
    let mut server = FakeWandb::with(&[
        ("named", "validator-5FHneW", named),
        ("ours", &ours, named),
        ("begun", "validator-5FHneW", r#"{"_wandb":{"value":{}}}"#),
        ("null", "validator-5FHneW", r#"{"hotkey":{"value":null}}"#),
        ("miners", &ours, &config(27).replace(r#"{"hotkey""#, r#"{"role":{"value":"miner"},"hotkey""#)),
    ]);
    for (run_id, parts) in [
        ("named", ["run named", "is called validator-5FHneW", ours.as_str()]),
        ("null", ["run null", "is called validator-5FHneW", ours.as_str()]),
        ("miners", ["run miners", "the role \"miner\"", "the state of a validator"]),
    ] {
        let error = run_of(&mut server, RunGiven::Id(run_id.into())).await.unwrap_err().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
    assert!(server.sent.is_empty());
    for run_id in ["ours", "begun"] {
        assert!(!run_of(&mut server, RunGiven::Id(run_id.into())).await.unwrap().1, "{run_id}");
    }
}

#[tokio::test]
async fn only_a_server_that_says_so_does_not_have_a_run() {
    for answer in [
        r#"{"data":{"model":null}}"#,
        r#"{"data":{}}"#,
        r#"{"data":{"model":{"id":"UHJv"}}}"#,
        r#"{"data":{"model":{"bucket":[]}}}"#,
        r#"{"data":{"model":{"bucket":null}},"errors":[{"message":"timeout"}]}"#,
    ] {
        for run in [RunGiven::Asked, RunGiven::New, RunGiven::Remembered("abcd1234".into())] {
            let answers = [("RunResumeStatus", answer)].into();
            let mut server = FakeWandb { answers, ..FakeWandb::default() };
            let error = run_of(&mut server, run).await.unwrap_err();
            assert!(matches!(error, PublishError::Unanswered { .. }), "{answer}: {error}");
            assert!(server.sent.is_empty());
        }
    }
    for answer in [r#"{"data":{"project":null}}"#, r#"{"data":{"project":{"runs":null}}}"#] {
        let mut server = FakeWandb { answers: [("Runs", answer)].into(), ..FakeWandb::default() };
        let error = run_of(&mut server, RunGiven::Asked).await.unwrap_err();
        assert!(matches!(error, PublishError::Unanswered { .. }), "{answer}: {error}");
    }
}

#[tokio::test]
async fn a_run_that_was_listed_a_moment_ago_is_not_made_again() {
    let name = format!("validator-{ALICE}");
    let mut server = FakeWandb::with(&[("aaaa1111", &name, &config(27))]);
    server.answers.insert("RunResumeStatus", r#"{"data":{"model":{"bucket":null}}}"#);
    let error = run_of(&mut server, RunGiven::Asked).await.unwrap_err();
    assert_eq!(error, PublishError::Vanished("aaaa1111".into()));
    assert!(error.to_string().contains("--new-run") && server.sent.is_empty());
    assert!(run_of(&mut server, RunGiven::Remembered("aaaa1111".into())).await.unwrap().1);
}
