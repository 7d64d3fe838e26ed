//! Each call that the log makes of the disk is failed, before it takes effect, after, and half-way. Reopened, the log
//! equals what was acknowledged; what was not may be there whole, or not at all.

use std::io::ErrorKind;
use std::sync::Arc;

use annals_log::{AppendError, Durability, Log, OpenError, Options};

use super::disk::{Failure, WatchedDisk};
use super::numbered_events;
use crate::scratch::{Scratch, events, new_log, options};

const FAILURES: [Failure; 5] = [
    Failure::Before(ErrorKind::Other),
    Failure::After(ErrorKind::Other),
    Failure::Before(ErrorKind::StorageFull),
    Failure::After(ErrorKind::StorageFull),
    Failure::Halfway(ErrorKind::StorageFull),
];
/// Commits of three events; with segments of 4 KiB for frames they rotate every few commits.
const COMMITS: u64 = 24;

fn on(disk: &Arc<WatchedDisk>, durability: Durability) -> Options {
    super::on(disk, durability, 8 << 10)
}

/// Appends until the disk fails; returns how many events were acknowledged, and how many were tried.
fn append_until_error(log: &mut Log, first: u64) -> (u64, u64) {
    for commit in 0..COMMITS {
        let acknowledged = first + commit * 3;
        match log.append(events(acknowledged, 3)) {
            Ok(_) => {}
            Err(AppendError::Unsure { .. }) => {
                let again = log.append(events(acknowledged, 3));
                assert!(matches!(again, Err(AppendError::Poisoned(_))), "{again:?}");
                return (acknowledged, acknowledged + 3);
            }
            Err(other) => panic!("{other}"),
        }
    }
    (first + COMMITS * 3, first + COMMITS * 3)
}

/// A session of a writer on `disk`: opens or makes the log and appends. `None` when it did not come so far.
fn session(
    scratch: &Scratch,
    disk: &Arc<WatchedDisk>,
    durability: Durability,
    first: u64,
) -> Option<(u64, u64)> {
    let opened = match first {
        0 => Log::create(scratch.root(), new_log(), on(disk, durability)),
        _ => Log::open(scratch.root(), on(disk, durability)),
    };
    let outcome = append_until_error(&mut opened.ok()?, first);
    Some(outcome)
}

fn calls_of_a_whole_session(durability: Durability, sessions: u64) -> usize {
    let scratch = Scratch::new();
    let mut calls = 0;
    for number in 0..sessions {
        let disk = WatchedDisk::new(scratch.root());
        session(&scratch, &disk, durability, number * COMMITS * 3).unwrap();
        calls = disk.calls();
    }
    assert!(scratch.segments().len() > 3, "the workload rotates");
    calls
}

fn fail_each_call_of_making_a_log(durability: Durability) {
    for call in 0..calls_of_a_whole_session(durability, 1) {
        for failure in FAILURES {
            let scratch = Scratch::new();
            let disk = WatchedDisk::failing(scratch.root(), call, failure);
            let outcome = session(&scratch, &disk, durability, 0);
            let (acknowledged, tried) = outcome.unwrap_or((0, 0));
            match Log::open(scratch.root(), options()) {
                Ok(log) => {
                    drop(log);
                    let found = numbered_events(&scratch);
                    assert!(
                        found == acknowledged || found == tried,
                        "call {call} {failure:?}: {found} of {tried}"
                    );
                }
                // It was never said that there is a log.
                Err(OpenError::NoLog(_) | OpenError::Interrupted(_)) => {
                    assert_eq!(outcome, None, "call {call} {failure:?}");
                }
                Err(other) => panic!("call {call} {failure:?}: {other}"),
            }
        }
    }
}

fn fail_each_call_of_going_on(durability: Durability) {
    for call in 0..calls_of_a_whole_session(durability, 2) {
        for failure in FAILURES {
            let scratch = Scratch::new();
            let (before, _) = session(&scratch, &WatchedDisk::new(scratch.root()), durability, 0).unwrap();
            let disk = WatchedDisk::failing(scratch.root(), call, failure);
            let (acknowledged, tried) =
                session(&scratch, &disk, durability, before).unwrap_or((before, before));
            scratch.open().close().unwrap();
            let found = numbered_events(&scratch);
            assert!(found == acknowledged || found == tried, "call {call} {failure:?}: {found} of {tried}");
        }
    }
}

#[test]
fn a_log_that_is_made_strictly_survives_an_error_at_every_call() {
    fail_each_call_of_making_a_log(Durability::Strict);
}

#[test]
fn a_log_that_is_made_in_lag_survives_an_error_at_every_call() {
    fail_each_call_of_making_a_log(Durability::Lagged);
}

#[test]
fn a_log_that_goes_on_strictly_survives_an_error_at_every_call() {
    fail_each_call_of_going_on(Durability::Strict);
}

#[test]
fn a_log_that_goes_on_in_lag_survives_an_error_at_every_call() {
    fail_each_call_of_going_on(Durability::Lagged);
}

#[test]
fn mending_survives_an_error_at_every_call() {
    // Frames beyond the watermark, and half a frame after them.
    let broken = || {
        let scratch = Scratch::with_commits(2);
        let watermark = std::fs::read(scratch.root().join("watermark")).unwrap();
        let mut log = scratch.open();
        log.append(events(6, 3)).unwrap();
        log.append(events(9, 3)).unwrap();
        drop(log);
        let segment = scratch.segments().pop().unwrap();
        let mut bytes = std::fs::read(&segment).unwrap();
        let end = bytes.iter().rposition(|&byte| byte != 0).unwrap() + 1;
        bytes[end - 100..end].fill(0);
        std::fs::write(segment, bytes).unwrap();
        std::fs::write(scratch.root().join("watermark"), watermark).unwrap();
        scratch
    };
    let scratch = broken();
    let disk = WatchedDisk::new(scratch.root());
    Log::open(scratch.root(), on(&disk, Durability::Strict)).unwrap().close().unwrap();
    assert_eq!(numbered_events(&scratch), 9);
    for call in 0..disk.calls() {
        for failure in FAILURES {
            let scratch = broken();
            let disk = WatchedDisk::failing(scratch.root(), call, failure);
            let _ = Log::open(scratch.root(), on(&disk, Durability::Strict)).map(Log::close);
            scratch.open().close().unwrap();
            assert_eq!(numbered_events(&scratch), 9, "call {call} {failure:?}");
        }
    }
}

#[test]
fn after_an_error_nothing_is_written_any_more() {
    for durability in [Durability::Strict, Durability::Lagged] {
        let scratch = Scratch::new();
        let disk = WatchedDisk::new(scratch.root());
        let mut log = Log::create(scratch.root(), new_log(), on(&disk, durability)).unwrap();
        let made = disk.calls();
        append_until_error(&mut log, 0);
        drop(log);
        for call in made..disk.calls() {
            let scratch = Scratch::new();
            let disk = WatchedDisk::failing(scratch.root(), call, Failure::Before(ErrorKind::Other));
            let mut log = Log::create(scratch.root(), new_log(), on(&disk, durability)).unwrap();
            append_until_error(&mut log, 0);
            drop(log);
            assert_eq!(disk.steps_after_failure(), 0, "{durability:?}, call {call}");
        }
    }
}
