//! The golden log: its bytes are the format. They change only in a commit that says why; `ANNALS_ACCEPT=1` writes them.

use std::path::{Path, PathBuf};

use annals_log::{BatchEnd, Event, Hash, Log, LogIndex, Payload};

use crate::scratch::{Scratch, event, events, new_log, options};

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
    log.append(vec![with(Payload { bytes: second, like }), with(first.into())]).unwrap();
    let closes = Some(BatchEnd { sequence: 1, cursor: b"page 2".to_vec(), batch_sha256: Hash::of(b"batch") });
    log.append(vec![Event { body: vec![7; 9_000], observed_at_ms: None, block: None, closes, ..event(11) }])
        .unwrap();
    for commit in 10..24 {
        log.append(events(commit * 3, 3)).unwrap();
    }
    log.close().unwrap();
    scratch.open().close().unwrap();
    scratch.reader().publish().unwrap();
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
    assert_eq!((verified.segments, verified.checkpoints), (2, 1));
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
