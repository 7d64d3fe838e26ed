//! What an answer stands on: configs and their signatures, and state roots.

use annals_log::json::Value;
use annals_log::{
    Event, Evidence, Hash, LOG_SOURCE, PastRows, ProjectionState, ProjectionStateRetracted, RunIdSignature,
    WandbRun,
};
use annals_projections::Projections;

use crate::scratch::{START_MS, Scratch, rows};

/// A record of a run with this config; `None` when it has none.
pub(crate) fn run(run_id: &str, config: Option<&str>) -> Event {
    let text = |text: &str| Value::Text(text.into());
    let members = [("name", run_id), ("state", "running"), ("createdAt", "2026-01-01T00:00:00Z")];
    let members = members.into_iter().chain(config.map(|config| ("config", config)));
    let node = Value::Object(members.map(|(key, value)| (key.into(), text(value))).collect());
    let told = WandbRun {
        display_name: None,
        state: "running".into(),
        created_at: "2026-01-01T00:00:00Z".into(),
        heartbeat_at: None,
        config_sha256: config.map(|config| Hash::of(config.as_bytes()).0),
        signature: RunIdSignature::Absent,
        evidence: Evidence::Answer,
    };
    Event {
        attached: vec![node.to_json().into_bytes().into()],
        ..Event::new("wandb", run_id, START_MS, &told)
    }
}

#[test]
fn a_config_says_what_it_changed_and_whether_it_was_signed_anew() {
    let first = r#"{"signature":{"value":"0xaa"},"stats":{"value":{"7":1}},"version":{"value":7}}"#;
    let edited = r#"{"signature":{"value":"0xaa"},"stats":{"value":{"7":2}},"role":{"value":"validator"}}"#;
    let signed = r#"{"signature":{"value":"0xbb"},"stats":{"value":{"7":2}},"role":{"value":"validator"}}"#;
    let session = Scratch::with(vec![
        vec![run("a", Some(first)), run("b", None)],
        vec![run("a", Some(edited))],
        // Another state of the run, of the same config.
        vec![run("a", Some(edited))],
        vec![run("a", Some(signed)), run("b", Some("no JSON")), run("b", Some(first))],
    ])
    .session();
    let shown =
        rows(&session, "SELECT log_index, run_id, signature_text, changed, signed_anew FROM wandb_configs");
    assert_eq!(
        shown,
        [
            "2|a|0xaa||",
            "3|b|||",
            r#"4|a|0xaa|["role","stats","version"]|false"#,
            r#"6|a|0xbb|["signature"]|true"#,
            "7|b|||",
            "8|b|0xaa||",
        ]
    );
    let texts = "SELECT config, config_sha256 FROM wandb_configs WHERE run_id = 'a' LIMIT 1";
    assert_eq!(rows(&session, texts), [format!("{first}|{}", Hash::of(first.as_bytes()))]);
    let unsigned =
        "SELECT run_id, recorded_at, config->'stats'->>'value' FROM wandb_configs WHERE NOT signed_anew";
    assert_eq!(rows(&session, unsigned), [r#"a|2026-01-01T00:02:00Z|{"7":2}"#]);
    // A part of the log has not the rows of the whole.
    let late = "SELECT log_index, changed FROM wandb_configs WHERE log_index > 4 AND run_id = 'a'";
    assert_eq!(rows(&session, late), [r#"6|["signature"]"#]);
}

#[test]
fn state_roots_are_listed_with_what_became_of_them() {
    let version = Projections::schemas().iter().find(|schema| schema.name == "stats").unwrap().version;
    let state = ProjectionState {
        version,
        policy_sha256: [1; 32],
        at_size: 2,
        root: [2; 32],
        past: Some(PastRows { rows: 3, root: [4; 32] }),
    };
    let recorded = |state: &ProjectionState| Event::new(LOG_SOURCE, "stats", START_MS, state);
    let taken_back = ProjectionStateRetracted { log_index: 2, why: "other rows".into() };
    let session = Scratch::with(vec![vec![
        recorded(&state),
        recorded(&ProjectionState { version: 999, past: None, ..state.clone() }),
        recorded(&state),
        Event::new(LOG_SOURCE, "stats", START_MS, &taken_back),
    ]])
    .session();
    let sql = "SELECT log_index, name, version, at_size, past_rows, verify_checks, taken_back_by, taken_back_why \
               FROM system.state_roots";
    assert_eq!(
        rows(&session, sql),
        [
            format!("2|stats|{version}|2|3|false|5|other rows"),
            "3|stats|999|2||false||".to_owned(),
            format!("4|stats|{version}|2|3|true||"),
        ]
    );
    let digests =
        "SELECT DISTINCT root, past_root, policy_sha256 FROM system.state_roots WHERE past_rows = 3";
    let [root, past, policy] = [2, 4, 1].map(|byte| Hash([byte; 32]));
    assert_eq!(rows(&session, digests), [format!("{root}|{past}|{policy}")]);
}
