//! What an answer stands on: configs and their signatures, state roots, and whether anything was known by then.

use annals_log::json::Value;
use annals_log::{
    Event, Evidence, Hash, LOG_SOURCE, PastRows, PollOutcome, PollScope, ProjectionState,
    ProjectionStateRetracted, RecorderStopped, RunIdSignature, WandbRun,
};
use annals_projections::{Projections, TableSchema, TableSnapshot};
use annals_queries::{Limits, Moment};

use crate::recorded_chain::{block, state};
use crate::scratch::{HOTKEYS, Opened, START_MS, Scratch, ask, folded, hotkeys, poll, refusal, rows};

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
        // A signature that comes back, and one that goes away, are nobody's work.
        vec![run("a", Some(first)), run("a", Some("{}"))],
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
            r#"9|a|0xaa|["role","signature","stats","version"]|false"#,
            r#"10|a||["signature","stats","version"]|false"#,
        ]
    );
    let texts = "SELECT config, config_sha256 FROM wandb_configs WHERE run_id = 'a' LIMIT 1";
    assert_eq!(rows(&session, texts), [format!("{first}|{}", Hash::of(first.as_bytes()))]);
    let unsigned =
        "SELECT run_id, recorded_at, config->'stats'->>'value' FROM wandb_configs WHERE NOT signed_anew";
    let unsigned = rows(&session, &format!("{unsigned} AND log_index < 9"));
    assert_eq!(unsigned, [r#"a|2026-01-01T00:02:00Z|{"7":2}"#]);
    // A part of the log has not the rows of the whole.
    let late =
        "SELECT log_index, changed FROM wandb_configs WHERE log_index BETWEEN 5 AND 8 AND run_id = 'a'";
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

/// A session over the hotkeys as a table that follows from `evidence`.
fn session(scratch: &Scratch, schema: &'static TableSchema) -> Opened {
    let limits = Limits::default();
    scratch.session_with(vec![TableSnapshot { schema, ..hotkeys() }], limits)
}

static OF_POLLS: TableSchema =
    TableSchema { evidence: &[annals_projections::Evidence::WholePolls], ..HOTKEYS };
static OF_CHAIN: TableSchema =
    TableSchema { name: "neurons", evidence: &[annals_projections::Evidence::Chain], ..HOTKEYS };

#[test]
fn no_row_means_nothing_before_the_first_complete_poll_and_is_older_after_one_that_failed() {
    let finished = |scope, outcome| vec![poll(scope, outcome)];
    let failed = || PollOutcome::Failed("502".into());
    let scratch = Scratch::with(vec![
        finished(PollScope::Sweep, failed()),
        finished(PollScope::History, PollOutcome::Complete),
        finished(PollScope::Sweep, PollOutcome::Complete),
        finished(PollScope::Recent, failed()),
        finished(PollScope::Recent, PollOutcome::Complete),
    ]);
    let session = session(&scratch, &OF_POLLS);
    let notes = |sql: &str| ask(&session, sql).unwrap().notes;
    let at = |size: u64| notes(&format!("SELECT count(hotkey) FROM penalized_hotkeys_at('size', {size})"));
    let none = |size: u64| [format!("no complete poll of W&B by size {size}: no row means nothing here")];
    for size in 2..5 {
        assert_eq!(at(size), none(size), "{size}");
    }
    assert_eq!(at(5), [""; 0]);
    let ended = "2026-01-01T00:00:00.002Z";
    let older = format!("the poll of W&B of {ended} failed; this is as of that of {ended}");
    assert_eq!(at(6), [older]);
    assert_eq!(at(7), [""; 0]);
    assert_eq!(notes("SELECT hotkey FROM penalized_hotkeys"), [""; 0]);
    // Once, however many tables say so.
    let twice = "SELECT hotkey FROM penalized_hotkeys_at('size', 3) UNION ALL \
                 SELECT hotkey FROM penalized_hotkeys_at('size', 3)";
    assert_eq!(notes(twice), none(3));
}

#[test]
fn a_log_without_a_chain_says_so() {
    let no_chain = "nothing of the chain was recorded by size";
    let event = || Event::new("test", "", START_MS, &RecorderStopped { recorder: "x".into() });
    let empty = Scratch::with(vec![vec![event()], vec![event()]]);
    let asked = session(&empty, &OF_CHAIN);
    for sql in ["SELECT hotkey FROM neurons", "SELECT * FROM blocks", "SELECT hotkey FROM neurons_history"] {
        let notes = ask(&asked, sql).unwrap().notes;
        assert!(matches!(&notes[..], [note] if note.starts_with(no_chain)), "{sql}: {notes:?}");
    }
    let known = Scratch::with(vec![vec![event()], vec![block(5, 1)], vec![state(5, 1)]]);
    let asked = session(&known, &OF_CHAIN);
    let notes = |sql: &str| ask(&asked, sql).unwrap().notes;
    assert_eq!(notes("SELECT hotkey FROM neurons"), [""; 0]);
    assert_eq!(notes("SELECT hotkey FROM neurons_at('size', 4)"), [""; 0]);
    assert_eq!(notes("SELECT hotkey FROM neurons_at('size', 3)").len(), 1);
    // Scrapes and proofs are other worlds.
    for (table, what) in [("samples", "no metrics endpoint"), ("pog_attempts", "no attempt to prove a GPU")] {
        let notes = notes(&format!("SELECT * FROM {table}"));
        assert!(matches!(&notes[..], [note] if note.starts_with(what)), "{table}: {notes:?}");
    }
}

fn fetched(minute: i64) -> Event {
    let event = Event::new("test", "", START_MS, &RecorderStopped { recorder: "x".into() });
    Event { fetched_at_ms: START_MS + minute * 60_000, ..event }
}

#[test]
fn what_was_fetched_by_a_time_is_the_log_up_to_the_first_that_was_fetched_later() {
    // Imported an hour after it was fetched. Entry 5 lies in a commit with the one before it.
    let hour = |minute: i64| fetched(minute - 60);
    let scratch = Scratch::with(vec![vec![hour(1)], vec![hour(2)], vec![hour(2), hour(4)], vec![hour(4)]]);
    let session = scratch.session_with(vec![hotkeys()], Limits::default());
    let place = |at_ms: i64| {
        let reader = scratch.reader();
        Moment::Fetched(at_ms)
            .place(&reader, &folded(&reader))
            .map(|place| (place.size.0, place.note.unwrap()))
    };
    let at = |minute: i64| START_MS + (minute - 60) * 60_000;
    let first = "2025-12-31T23:01:30Z is size 3, the last of it fetched at 2025-12-31T23:01:00Z";
    assert_eq!(place(at(1) + 30_000).unwrap(), (3, first.to_owned()));
    let inside = "2025-12-31T23:03:00Z is size 5, the last of it fetched at 2025-12-31T23:02:00Z; \
                  size 5 lies inside a commit: its root can be computed, and nobody signed it";
    assert_eq!(place(at(3)).unwrap(), (5, inside.to_owned()));
    let (size, note) = place(at(4)).unwrap();
    assert_eq!(size, 8);
    assert!(
        note.starts_with("not final: what is looked at was fetched until 2025-12-31T23:04:00Z"),
        "{note}"
    );
    let none = place(at(0)).unwrap_err().to_string();
    let expected =
        "nothing in this log was fetched by 2025-12-31T23:00:00Z; the first was at 2025-12-31T23:01:00Z";
    assert_eq!(none, expected);
    let sql = "SELECT hotkey FROM penalized_hotkeys_at('fetched', '2025-12-31 23:03')";
    assert_eq!(rows(&session, sql), ["5New", "5Late"]);
    let size: Moment = "fetched:2025-12-31T23:03:00Z".parse().unwrap();
    assert_eq!(size, Moment::Fetched(at(3)));
}

#[test]
fn what_no_size_has_fetched_is_refused_with_the_entries() {
    // Of the morning what was imported first goes on until the evening.
    let scratch = Scratch::with(vec![vec![fetched(1), fetched(9)], vec![fetched(2)]]);
    let session = scratch.session_with(vec![hotkeys()], Limits::default());
    let refused = refusal(&session, "SELECT * FROM penalized_hotkeys_at('fetched', '2026-01-01 00:05')");
    let entries = "entry 3 was fetched at 2026-01-01T00:09:00Z, and entry 4, which comes after it, at \
                   2026-01-01T00:02:00Z";
    assert!(refused.contains(entries), "{refused}");
    let before = "SELECT hotkey FROM penalized_hotkeys_at('fetched', '2026-01-01 00:01')";
    assert_eq!(rows(&session, before), ["5Old", "5Gone"]);
}
