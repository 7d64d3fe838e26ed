//! Input that somebody made to hurt: never a panic, never memory by a length that is only claimed.

use annals_ingest::sources::{Wandb, WandbFile, WandbOffline};
use annals_ingest::{Answer, Exchange, Outcome, Raw, Request, Source as _};
use annals_log::SourceMemory;

use crate::scratch::{RUNS, Run, START_MS, Scratch, answer, exchange, fetch, page};
use crate::seed::seeded;

fn damage(bytes: &mut Vec<u8>, rng: &mut fastrand::Rng) {
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(..bytes.len());
        match rng.u8(..4) {
            0 => bytes[at] ^= 1 << rng.u8(..8),
            1 => bytes[at] = [0, 0x7f, 0xff, b'"', b'{', b'}', b'[', b'\\'][rng.usize(..8)],
            2 => bytes.truncate(at.max(1)),
            _ => bytes.insert(at, rng.u8(..)),
        }
    }
}

#[test]
fn a_damaged_page_is_a_poll_with_an_outcome() {
    let mut rng = seeded("pages");
    let whole = page(&[Run::new("a", r#"{"hotkey": {"value": "5F"}, "signature": {"value": "00"}}"#)], false);
    let mut runs = 0;
    for _ in 0..20_000 {
        let mut body = whole.clone().into_bytes();
        damage(&mut body, &mut rng);
        let outcome = Outcome::Answer(Answer { status: 200, body });
        let raw = fetch("wandb", vec![exchange(0, RUNS, outcome)]);
        let decoded =
            Wandb::default().decode(&raw, &mut Default::default(), &SourceMemory::default()).unwrap();
        assert!((1..=2).contains(&decoded.steps.len()));
        runs += decoded.steps.len() - 1;
    }
    assert!(runs > 1_000, "{runs}");
}

#[test]
fn nesting_without_end_is_an_error_and_no_overflow() {
    for body in [
        "[".repeat(1 << 20),
        r#"{"data":"#.repeat(1 << 18),
        format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)),
    ] {
        let raw = fetch("wandb", vec![exchange(0, RUNS, answer(200, &body))]);
        assert_eq!(
            Wandb::default()
                .decode(&raw, &mut Default::default(), &SourceMemory::default())
                .unwrap()
                .steps
                .len(),
            1
        );
    }
}

#[test]
fn a_damaged_file_is_read_as_far_as_it_goes() {
    let mut rng = seeded("files");
    let scratch = Scratch::new();
    let path = scratch.path().join("run.wandb");
    let whole = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../fixtures/wandb-offline/run-offline-0.31.0.wandb"
    ))
    .unwrap();
    let mut events = 0;
    for _ in 0..3_000 {
        let mut bytes = whole.clone();
        damage(&mut bytes, &mut rng);
        std::fs::write(&path, bytes).unwrap();
        let Ok(mut file) = WandbFile::open(&path, START_MS) else { continue };
        let mut context = Default::default();
        while let Some(raw) = file.next_records().unwrap() {
            let decoded = WandbOffline.decode(&raw, &mut context, &SourceMemory::default());
            events += decoded.map_or(0, |decoded| decoded.steps.iter().flatten().count());
        }
    }
    assert!(events > 10_000, "{events}");
}

/// Checksums protect against accidents only: here the records themselves are made up.
#[test]
fn made_up_records_are_damage_or_states() {
    let mut rng = seeded("records");
    let scratch = Scratch::new();
    let path = scratch.path().join("run.wandb");
    std::fs::copy(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/wandb-offline/run-offline-0.19.0.wandb"),
        &path,
    )
    .unwrap();
    let whole = WandbFile::open(&path, START_MS).unwrap().next_records().unwrap().unwrap();
    let mut events = 0;
    for _ in 0..5_000 {
        let mut raw = whole.clone();
        let at = rng.usize(2..raw.exchanges.len());
        if let Outcome::Answer(answer) = &mut raw.exchanges[at].outcome {
            damage(&mut answer.body, &mut rng);
        }
        let decoded = WandbOffline.decode(&raw, &mut Default::default(), &SourceMemory::default()).unwrap();
        events += decoded.steps.iter().flatten().count();
    }
    assert!(events > 25_000, "{events}");
}

#[test]
fn a_record_that_claims_more_than_it_has_allocates_nothing() {
    // Field 5, a config, whose one update has a key of 2 GiB.
    let claims = [0x2a, 0x0a, 0x0a, 0x08, 0x0a, 0xff, 0xff, 0xff, 0xff, 0x07, 0, 0];
    let record = |body: &[u8]| Exchange {
        fetched_at_ms: START_MS,
        request: Request { method: "READ".into(), target: "x".into(), body: String::new() },
        outcome: Outcome::Answer(Answer { status: 200, body: body.to_vec() }),
    };
    // Field 17, a run with the id "a".
    let run = [0x8a, 0x01, 0x03, 0x0a, 0x01, b'a'];
    let raw = Raw {
        part: 0,
        more: false,
        source: "wandb_offline".into(),
        exchanges: vec![record(&run), record(&claims)],
    };
    let decoded = WandbOffline.decode(&raw, &mut Default::default(), &SourceMemory::default()).unwrap();
    assert_eq!(decoded.steps.iter().flatten().count(), 2);
    assert_eq!(decoded.steps[1][0].kind.to_string(), "wandb_file_damage");
}
