//! Workers that are challenged: one that does as it should, and those that do not.

mod worker;

use std::sync::Arc;
use std::time::Duration;

use annals_gpu::{Beacon, Parameters, Windows};
use annals_ingest::sources::{BeaconsNow, Challenger, ChallengerOptions, PogFile, When, WorkerGiven};
use annals_ingest::{Driver, IngestError};
use annals_log::{
    Batch, ChainBlock, Event, Fact as _, Hash, Log, PogAttempt, PogBeaconKind, PogRoots, PogVerdict,
};
use tokio::sync::watch;

use crate::scratch::Scratch;
use worker::{Fault, serve, signer};

const NUMBERS: Parameters = Parameters {
    size: 64,
    rounds: 3,
    kept_rounds: 2,
    sweeps: 2,
    round_openings: 4,
    sweep_openings: 4,
    rounds_ms_max: 60_000,
    sweeps_ms_max: 60_000,
};

fn beacon(log: &Log) -> BeaconsNow {
    BeaconsNow::of_log(Beacon { number: log.size().0, hash: log.root() })
}

/// Challenges workers together into a new log. Returns its events of these kinds, in their order.
async fn challenge(faults: &[Fault], parameters: Parameters, grace: Duration) -> Vec<PogAttempt> {
    let scratch = Scratch::new();
    let mut log = scratch.open_now();
    let (say, beacons) = watch::channel(beacon(&log));
    let mut workers = Vec::new();
    for fault in faults {
        workers.push(WorkerGiven { url: serve(*fault).await, token: "a-token-of-some-length".into() });
    }
    let mut challenger = Challenger::new(ChallengerOptions {
        workers,
        validator: signer("//Validator"),
        parameters,
        netuid: 27,
        genesis: None,
        vkey: log.opened().vkey.clone(),
        grace,
        when: When::Once,
        beacons,
    })
    .unwrap();
    let mut driver = Driver::default().live();
    let told = driver.take_all(&mut challenger, &mut log, |_, log| {
        say.send_replace(beacon(log));
        Ok::<_, IngestError>(())
    });
    told.await.unwrap();
    drop(log);
    attempts_of(&scratch)
}

/// Reads the attempts of a log; each that came to a transcript has its roots in front of it.
fn attempts_of(scratch: &Scratch) -> Vec<PogAttempt> {
    let (mut attempts, mut roots) = (Vec::new(), Vec::new());
    for found in scratch.found() {
        if found.kind == PogRoots::KIND {
            roots.push(found.native_id);
        } else if found.kind == PogAttempt::KIND {
            let attempt = PogAttempt::read(1, &found.body).unwrap();
            let is_asked = attempt.worker.is_some() && attempt.verdict.times().is_some();
            assert!(!is_asked || roots.contains(&found.native_id), "a transcript without roots before it");
            attempts.push(attempt);
        }
    }
    attempts
}

async fn outcome(fault: Fault, grace_ms: u64) -> (String, String) {
    let numbers = match fault {
        Fault::Late => Parameters { rounds_ms_max: 1, ..NUMBERS },
        Fault::Hangs(_) => Parameters { rounds_ms_max: 0, sweeps_ms_max: 0, ..NUMBERS },
        _ => NUMBERS,
    };
    let attempts = challenge(&[fault], numbers, Duration::from_millis(grace_ms)).await;
    let [attempt] = attempts.as_slice() else { panic!("{fault:?}: {attempts:?}") };
    let detail = attempt.verdict.detail().unwrap_or_default().to_owned();
    (attempt.verdict.outcome().to_owned(), detail)
}

#[tokio::test]
async fn whatever_a_worker_does_is_one_attempt_with_an_outcome() {
    for (fault, grace_ms, name, detail) in [
        (Fault::None, 60_000, "passed", ""),
        (Fault::Mumbles, 60_000, "malformed", "says of itself"),
        (Fault::HasNoGpu, 60_000, "refused", "has no GPU"),
        (Fault::Boasts, 60_000, "malformed", "lists 65 GPUs"),
        (Fault::Hangs("rounds"), 1_500, "timeout", "no answer in time"),
        (Fault::Hangs("sweeps"), 1_500, "timeout", "no answer in time"),
        (Fault::Dies("rounds"), 60_000, "unreachable", ""),
        (Fault::Dies("sweeps"), 60_000, "unreachable", ""),
        (Fault::Dies("openings"), 60_000, "unreachable", ""),
        (Fault::OutOfMemory("rounds"), 60_000, "refused", "500 Internal Server Error: out of memory"),
        (Fault::OutOfMemory("openings"), 60_000, "refused", "out of memory"),
        (Fault::Length(1), 60_000, "malformed", "bytes or more, and 160 are due"),
        (Fault::Length(-1), 60_000, "malformed", "has 159 bytes, and 160 are due"),
        (Fault::OtherChallenge, 60_000, "bad_signature", "rounds"),
        (Fault::Late, 60_000, "slow", "slow rounds"),
    ] {
        let (found, why) = outcome(fault, grace_ms).await;
        assert!(found == name && why.contains(detail), "{fault:?}: {found} {why:?}, not {name} {detail:?}");
    }
}

#[tokio::test]
async fn a_root_of_nothing_is_caught() {
    // Its next seeds are those of other roots, so whatever is opened leads elsewhere.
    let (found, _) = outcome(Fault::Wrong, 60_000).await;
    assert!(["bad_signature", "bad_path", "wrong_tile"].contains(&found.as_str()), "{found}");
}

#[tokio::test]
async fn those_who_are_asked_together_do_not_wait_for_one_that_is_silent_for_ever() {
    let numbers = Parameters { rounds_ms_max: 2_000, ..NUMBERS };
    let faults = [Fault::None, Fault::Hangs("rounds"), Fault::None];
    let attempts = challenge(&faults, numbers, Duration::from_millis(500)).await;
    let mut outcomes: Vec<_> = attempts.iter().map(|attempt| attempt.verdict.outcome()).collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["passed", "passed", "timeout"]);
    let reported = attempts.iter().filter_map(|attempt| attempt.reported.as_deref());
    assert!(reported.clone().count() == 3 && reported.clone().all(|told| told.contains("NVIDIA H200")));
    // Everybody's sweeps began when the last had its rounds, or was given up.
    let sent: Vec<_> = attempts.iter().filter_map(|attempt| attempt.verdict.times()).collect();
    let rounds_ended = sent.iter().map(|times| times.rounds_received_ns).max();
    assert!(sent.iter().all(|times| Some(times.sweep_sent_ns) >= rounds_ended));
}

#[test]
fn the_answers_of_upstreams_protocol_are_judged_as_upstream_judges_them() {
    let scratch = Scratch::new();
    let mut log = scratch.open_now();
    let path = scratch.path().join("upstream.pog");
    // Two GPUs that proved nothing: rows of zeros under roots that are not theirs.
    let miner = signer("//Miner").hotkey().to_string();
    let gpu = format!(
        r#"{{"seed_a":"1","seed_b":"2","root":"{}","index":[0,1],"row_f32_hex":"0000000000000000","proof":[]}}"#,
        "00".repeat(32)
    );
    std::fs::write(&path, format!(r#"{{"n":2,"gpus":[{gpu},{gpu}],"miner":"{miner}"}}"#)).unwrap();
    let mut taken = annals_ingest::Taken::default();
    for _ in 0..2 {
        let mut file = PogFile::open(&path, 1).unwrap();
        let raw = futures_util::FutureExt::now_or_never(annals_ingest::Feed::next(&mut file, Arc::default()));
        let raw = raw.unwrap().unwrap().unwrap();
        Driver::default().take(&raw, &mut log, &mut taken).unwrap();
    }
    assert_eq!((taken.events, taken.already), (1, 1));
    drop(log);
    let attempts = attempts_of(&scratch);
    assert_eq!(attempts[0].verdict.outcome(), "wrong_tile");
    assert_eq!(attempts[0].verdict.miner(), Some(miner));
    assert_eq!(attempts[0].verdict.detail(), Some("GPU 0: another element; GPU 1: another element"));
}

fn block(number: u64) -> Beacon {
    Beacon { number, hash: Hash::of(&number.to_le_bytes()) }
}

#[tokio::test]
async fn a_window_is_challenged_by_its_block_and_drawn_by_one_that_nobody_knew() {
    let scratch = Scratch::new();
    let mut log = scratch.open_now();
    let at = |head: u64, window: Option<u64>| BeaconsNow {
        log: Beacon { number: 1, hash: Hash([0; 32]) },
        chain: Some(block(head)),
        window: window.map(block),
    };
    let (say, beacons) = watch::channel(at(1_208, Some(1_207)));
    let mut challenger = Challenger::new(ChallengerOptions {
        workers: vec![WorkerGiven { url: serve(Fault::None).await, token: "a-token-of-some-length".into() }],
        validator: signer("//Validator"),
        parameters: NUMBERS,
        netuid: 27,
        genesis: Some(Hash([1; 32])),
        vkey: log.opened().vkey.clone(),
        grace: Duration::from_secs(60),
        when: When::Windows,
        beacons,
    })
    .unwrap();
    let (mut driver, mut say, mut parts) = (Driver::default().live(), Some(say), 0);
    let told = driver.take_all(&mut challenger, &mut log, |_, _| {
        parts += 1;
        match (parts, &say) {
            // The head has moved while the miner computed: that block may have been known to it.
            (1, Some(say)) => {
                say.send_replace(at(1_209, Some(1_207)));
                let say = say.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    say.send_replace(at(1_210, None));
                });
            }
            // Nobody tells of beacons any more, and so of no window.
            _ => say = None,
        }
        Ok::<_, IngestError>(())
    });
    told.await.unwrap();
    drop(log);
    let attempts = attempts_of(&scratch);
    let [attempt] = attempts.as_slice() else { panic!("{attempts:?}") };
    let PogVerdict::Own { terms, outcome, open_beacon, .. } = &attempt.verdict else { panic!("{attempt:?}") };
    assert_eq!((outcome.as_str(), terms.beacon.number), ("passed", 1_207));
    assert_eq!(terms.beacon.kind, PogBeaconKind::Chain);
    assert_eq!(open_beacon.map(|beacon| (beacon.number, beacon.hash)), Some((1_210, block(1_210).hash.0)));
}

#[test]
fn windows_are_found_in_what_the_log_remembers_of_the_chain() {
    let scratch = Scratch::new();
    let mut log = scratch.open_now();
    let windows = Windows::new(Hash([1; 32]), 27, 12).unwrap();
    let opens = windows.opening_block(1_200, &block(1_200).hash);
    let mut seen = Vec::new();
    for number in 1_198..1_212 {
        record_block(&mut log, number);
        let memory = log.memory("chain").unwrap();
        let now = BeaconsNow::at_head(block(1), memory, Some(&windows));
        assert_eq!(now.chain, Some(block(number)));
        if let Some(window) = now.window {
            assert_eq!(window, block(opens));
            seen.push(number);
        }
        assert_eq!(BeaconsNow::at_head(block(1), memory, None).window, None);
    }
    // At its block and the two behind it, as far as they were recorded.
    let expected: Vec<_> = (opens..=opens + 2).filter(|number| *number < 1_212).collect();
    assert_eq!(seen, expected);
}

/// Records a block as the chain's source does, as far as its memory goes.
fn record_block(log: &mut Log, number: u64) {
    let hash = format!("0x{}", block(number).hash);
    let fact = ChainBlock {
        header: Vec::new(),
        spec_version: 1,
        metadata_sha256: [0; 32],
        event_count: 0,
        extrinsic_count: 0,
        events: Vec::new(),
        extrinsics: Vec::new(),
    };
    let event = Event { block: Some(number), ..Event::new("chain", &hash, 1, &fact) };
    let cursor = format!(
        r#"{{"first":1198,"number":{number},"hash":"{hash}","spec_version":1,"may_have_new_code":false,"state_at":null,"passed_over_at":null,"is_state_due":false}}"#
    );
    let after = log.memory("chain").unwrap().sequence;
    log.record(Batch { after, cursor: cursor.into_bytes(), events: vec![event] }).unwrap();
}
