//! The golden log: its bytes are the format. They change only in a commit that says why; `ANNALS_ACCEPT=1` writes them.

use std::path::{Path, PathBuf};

use annals_log::{
    Batch, Event, Evidence, FilePlace, Hash, LOG_SOURCE, ListedRun, Log, LogIndex, Payload, Policy,
    PollOutcome, PollScope, ProjectionState, QueryableUid, RunIdSignature, Upstream, Validators,
    WandbFileDamage, WandbHistoryRow, WandbPoll, WandbRun,
};

use crate::scratch::{START_MS, Scratch, event, events, new_log, options};

const FILES: [&str; 3] = ["published", "segments", "watermark"];

/// Every part of the format once: each codec, a body that left its entry, the end of a batch, a seal.
fn record(scratch: &Scratch) {
    let mut log = Log::create(scratch.root(), new_log(), options()).unwrap();
    log.append(events(0, 3)).unwrap();
    let state = |score: u32| {
        let uids = (0..40).map(|uid| format!("\"{uid}\":{{\"hotkey\":\"{}\"}}", Hash::of(&[uid])));
        format!("{{\"score\":{score},{}}}", uids.collect::<Vec<_>>().join(",")).into_bytes()
    };
    let with = |payload: Payload| Event { attached: vec![payload], ..event(9) };
    let (first, second) = (state(1), state(2));
    log.append(vec![with(first.clone().into()), with(b"short".to_vec().into())]).unwrap();
    let like = Some(Hash::of(&first));
    log.append(vec![with(Payload::new(second).resembling(like)), with(first.into())]).unwrap();
    let long = Event { body: vec![7; 9_000], observed_at_ms: None, block: None, ..event(11) };
    log.record(Batch { after: 0, cursor: b"page 2".to_vec(), events: vec![long] }).unwrap();
    log.append(wandb_events()).unwrap();
    for commit in 10..24 {
        log.append(events(commit * 3, 3)).unwrap();
    }
    log.append(table_events()).unwrap();
    log.close().unwrap();
    scratch.open().close().unwrap();
    scratch.reader().publish().unwrap();
}

/// One of each kind, and of each form in which its evidence comes.
fn wandb_events() -> Vec<Event> {
    let run = WandbRun {
        display_name: Some("validator-5F9K".into()),
        state: "running".into(),
        created_at: "2025-06-02T08:36:23".into(),
        heartbeat_at: Some("2025-06-21T23:44:07".into()),
        config_sha256: Some(Hash::of(b"{}").0),
        signature: RunIdSignature::Valid,
        evidence: Evidence::Answer,
    };
    let node = br#"{"name":"0djlnjjs","state":"running","createdAt":"2025-06-02T08:36:23","config":"{}"}"#;
    let place = FilePlace { file_sha256: [1; 32], record: 300, chain_sha256: [2; 32] };
    let evidence = Evidence::File(place);
    let from_file =
        WandbRun { heartbeat_at: None, signature: RunIdSignature::Absent, evidence, ..run.clone() };
    let list = [ListedRun { run_id: "0djlnjjs".into(), heartbeat_at: None, state: "running".into() }];
    let poll = WandbPoll {
        scope: PollScope::Sweep,
        asked: r#"{"project":"opencompute"}"#.into(),
        started_at_ms: START_MS,
        finished_at_ms: START_MS + 250,
        pages: 2,
        outcome: PollOutcome::Failed("answer 2: HTTP status 502".into()),
        missing: vec!["gone".into()],
        unreadable: vec!["answer 1, run 3: the run has no name".into()],
    };
    let damage = WandbFileDamage { place, what: "at byte 40000: a chunk of no known type".into() };
    let event = |fact: Event, attached: &[&[u8]]| Event {
        attached: attached.iter().map(|bytes| bytes.to_vec().into()).collect(),
        ..fact
    };
    vec![
        event(Event::new("wandb", "0djlnjjs", START_MS, &run), &[node]),
        event(Event::new("wandb", "", START_MS, &poll), &[&ListedRun::encode_list(&list), b"<html>"]),
        event(Event::new("wandb_offline", "0djlnjjs", START_MS, &from_file), &[b"record", b"{}"]),
        event(
            Event::new("wandb_offline", "0djlnjjs", START_MS, &WandbHistoryRow { step: Some(7), evidence }),
            &[br#"{"_step":7}"#],
        ),
        event(Event::new("wandb_offline", "0djlnjjs", START_MS, &damage), &[]),
    ]
}

/// What tables are folded under, and what they were.
fn table_events() -> Vec<Event> {
    let uid = |uid, hotkey: Option<&str>| QueryableUid { uid, hotkey: hotkey.map(str::to_owned) };
    let declared = Policy {
        upstream: Upstream::V1_8_3,
        flag: false,
        validators: Validators::Declared(vec!["5F9K".into()]),
        queryable: Some(vec![uid(7, Some("5GVo")), uid(300, None)]),
        blacklisted_hotkeys: vec!["5Hdc".into()],
        ..Policy::of_upstream(27)
    };
    let digest = declared.digest();
    let state =
        ProjectionState { version: 1, policy_sha256: digest.0, at_size: 20, root: Hash::of(b"root").0 };
    vec![
        Event::new("policy", "", START_MS, &Policy::of_upstream(27)),
        Event::new("policy", "", START_MS, &declared),
        Event::new(LOG_SOURCE, "stats", START_MS, &state),
    ]
}

#[test]
fn the_golden_log_is_written_to_the_byte() {
    let scratch = Scratch::new();
    record(&scratch);
    if std::env::var_os("ANNALS_ACCEPT").is_some() {
        accept(scratch.root());
    }
    let golden = golden_files();
    assert_eq!(files_in(scratch.root()), golden.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
    for (name, bytes) in golden {
        let made = std::fs::read(scratch.root().join(&name)).unwrap();
        let differs = made.iter().zip(&bytes).position(|(a, b)| a != b);
        assert!(made == bytes, "{} differs from byte {differs:?} on", name.display());
    }
}

#[test]
fn the_golden_log_is_read_and_verified() {
    let scratch = Scratch::new();
    for (name, bytes) in golden_files() {
        let path = scratch.root().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let verified = scratch.verify();
    assert!(verified.is_sound(), "{:?}", verified.faults);
    assert_eq!((verified.segments, verified.checkpoints), (3, 1));
    assert_eq!(verified.size(), scratch.reader().size());
    let mut reader = scratch.reader();
    let proof = reader.prove(LogIndex(5)).unwrap();
    assert!(proof.verify(reader.vkey()).is_ok());
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/log-format/log")
}

fn golden_files() -> Vec<(PathBuf, Vec<u8>)> {
    files_in(&golden())
        .into_iter()
        .map(|name| (name.clone(), std::fs::read(golden().join(name)).unwrap()))
        .collect()
}

fn accept(root: &Path) {
    std::fs::remove_dir_all(golden()).unwrap();
    for name in files_in(root) {
        let path = golden().join(&name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::copy(root.join(name), path).unwrap();
    }
}

/// The files that are the format, relative and sorted.
fn files_in(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for name in FILES {
        let path = root.join(name);
        if path.is_dir() {
            files.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| Path::new(name).join(entry.unwrap().file_name())),
            );
        } else {
            files.push(name.into());
        }
    }
    files.sort();
    files
}
