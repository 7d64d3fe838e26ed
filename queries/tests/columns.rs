//! Columns of the tables that are made when asked for: each has cells of its own type.

use annals_log::{
    Account, Batch, ChainBlock, ConfigClaim, ConfigVerdict, Event, LOG_SOURCE, PastRows, PogAttempt,
    PogAttestation, PogBeacon, PogBeaconKind, PogFigures, PogSize, PogTerms, PogTimes, PogVerdict,
    PollOutcome, PollScope, ProjectionState, ProjectionStateRetracted, ScrapeOutcome, ToldExtrinsic,
    WandbConfigSigned,
};
use annals_queries::Limits;

use crate::evidence::run;
use crate::recorded_chain::{block, block_of, call, extrinsic, fact, retracted};
use crate::scrapes::{OPEN_METRICS, scraped};
use crate::scratch::{Opened, START_MS, Scratch, ask, history_row, hotkeys, poll, rows};

/// Events of every kind that a table shows, so that no column is null in all rows.
fn events() -> Vec<Event> {
    let claim =
        ConfigClaim { origin: "log.example/a".into(), tree_size: 9, root: [0; 32], content_sha256: [1; 32] };
    let signed = WandbConfigSigned {
        hotkey: Some("5F9K".into()),
        claim: Some(claim),
        verdict: ConfigVerdict::Malformed,
    };
    let taken_back = ProjectionStateRetracted { log_index: 4, why: "other rows".into() };
    let extrinsics = vec![
        extrinsic(0, ToldExtrinsic::Call(call())),
        extrinsic(1, ToldExtrinsic::Undecoded("leftover bytes".into())),
    ];
    vec![
        run("a", Some(r#"{"signature":{"value":"0xaa"}}"#)),
        run("a", Some(r#"{"signature":{"value":"0xbb"}}"#)),
        root(),
        Event::new(LOG_SOURCE, "stats", START_MS, &taken_back),
        poll(PollScope::Sweep, PollOutcome::Complete),
        poll(PollScope::Recent, PollOutcome::Failed("502".into())),
        // The steps before it are missing.
        history_row("a", 7, r#"{"_timestamp":1767225600.5}"#),
        Event::new("wandb", "a", START_MS, &signed),
        block(5, 1),
        retracted(5, 1),
        block_of(6, 2, &ChainBlock { extrinsics, ..fact(6) }),
        passed(1, 1_000),
        passed(2, 1_360),
        scraped(ScrapeOutcome::Ok { samples: 1 }, Some(OPEN_METRICS)),
        scraped(ScrapeOutcome::Refused { rule: "private".into(), why: "it is".into() }, None),
        scraped(ScrapeOutcome::Unparsable { line: 3, what: "a value was expected".into() }, None),
    ]
}

/// A state root, of ended rows too.
fn root() -> Event {
    let past = Some(PastRows { rows: 3, root: [4; 32] });
    let state = ProjectionState { version: 1, policy_sha256: [1; 32], at_size: 2, root: [2; 32], past };
    Event::new(LOG_SOURCE, "stats", START_MS, &state)
}

/// An attempt of a hotkey in the window of a block, with everything that an attempt may have.
fn passed(miner: u8, window: u64) -> Event {
    let beacon = |number| PogBeacon { kind: PogBeaconKind::Chain, number, hash: [7; 32] };
    let size = PogSize {
        size: 64,
        rounds: 1,
        kept_rounds: 1,
        sweeps: 1,
        round_openings: 1,
        sweep_openings: 1,
        rounds_ms_max: 1,
        sweeps_ms_max: 1,
    };
    let (validator, miner) = (Account([9; 32]), Account([miner; 32]));
    let terms = PogTerms { netuid: 27, validator, miner, gpu: "GPU-1".into(), beacon: beacon(window), size };
    let times = PogTimes {
        challenge_sent_ns: 1,
        rounds_received_ns: 2,
        sweep_sent_ns: 3,
        sweeps_received_ns: 4,
        open_sent_ns: 5,
        openings_received_ns: 6,
        round_trip_min_ns: 7,
        round_trip_median_ns: 8,
    };
    let verdict = PogVerdict::Own {
        terms,
        outcome: "passed".into(),
        detail: Some("in time".into()),
        open_beacon: Some(beacon(window + 1)),
        times: Some(times),
        figures: Some(PogFigures {
            version: 1,
            int8_ops_per_second: 2,
            resident_bytes: 3,
            bytes_per_second: 4,
        }),
    };
    let attempt = PogAttempt {
        worker: Some("https://one.example".into()),
        verdict,
        unchecked: vec!["clock".into()],
        verifier: "annals 0.1.0".into(),
        reported: Some("{}".into()),
        attestation: Some(PogAttestation {
            verdict: "verified".into(),
            certificate_serial: Some("3d".into()),
        }),
    };
    let event = Event::new("gpu", "seed", START_MS, &attempt);
    Event { observed_at_ms: Some(START_MS), attached: vec![b"transcript".to_vec().into()], ..event }
}

/// A session over a log of `events` and of one batch with a cursor.
fn session(events: Vec<Event>) -> Opened {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    log.append(events).unwrap();
    let batch = Batch { after: 0, cursor: b"page 1".to_vec(), events: vec![history_row("b", 0, "{}")] };
    log.record(batch).unwrap();
    log.close().unwrap();
    scratch.session_with(vec![hotkeys()], Limits::default())
}

/// Every table and view but those of the rows that were made by hand.
fn tables(session: &Opened) -> Vec<String> {
    let sql = "SELECT table_schema || '.' || table_name FROM information_schema.tables \
               WHERE table_schema IN ('public', 'system') AND table_name NOT LIKE 'penalized%'";
    rows(session, sql)
}

#[test]
fn every_column_has_a_cell_of_its_type() {
    let session = session(events());
    let tables = tables(&session);
    assert!(tables.len() >= 17, "{tables:?}");
    for table in tables {
        // A cell of another type, or a null where none may be, fails the scan.
        let whole = ask(&session, &format!("SELECT * FROM {table}"));
        let schema = whole.unwrap_or_else(|error| panic!("{table}: {error}")).schema;
        for column in schema.fields() {
            let name = column.name();
            let counted = rows(&session, &format!("SELECT count(\"{name}\") FROM {table}"));
            assert_ne!(counted, ["0"], "no row of this test has a {name} in {table}");
        }
    }
}

#[test]
fn every_table_can_be_read_over_facts_of_a_later_annals() {
    let later = events().into_iter().map(|event| Event { schema: u16::MAX, ..event });
    let session = session(later.collect());
    for table in tables(&session) {
        ask(&session, &format!("SELECT * FROM {table}")).unwrap_or_else(|error| panic!("{table}: {error}"));
    }
    // The row is there, and what only the fact knows is null.
    let polls = "SELECT run_id, scope, outcome, runs FROM wandb_polls";
    assert_eq!(rows(&session, polls), ["|||", "|||"]);
    let row = "SELECT run_id, step, \"row\" FROM wandb_history WHERE run_id = 'a'";
    assert_eq!(rows(&session, row), [r#"a||{"_timestamp":1767225600.5}"#]);
    assert_eq!(rows(&session, "SELECT count(replaced_by), count(*) FROM block_retractions"), ["0|1"]);
}
