//! Batches of sources: each recorded once, in the order of its source, whoever comes first.

use std::sync::Arc;

use annals_log::{
    AppendError, Batch, Clock, Event, Evidence, Hash, Known, Log, NewLog, Options, Recorded, RunIdSignature,
    SourceMemory, WandbHistoryRow, WandbRun,
};

use crate::index::indexed;
use crate::scratch::{START_MS, Scratch, event, events, new_log};

fn batch(after: u64, cursor: &str, events: Vec<Event>) -> Batch {
    Batch { after, cursor: cursor.as_bytes().to_vec(), events }
}

fn place(log: &mut Log) -> (u64, Vec<u8>) {
    let memory = log.memory("test").unwrap();
    (memory.sequence, memory.cursor.clone())
}

#[test]
fn a_batch_moves_its_source_and_no_other() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    let other = Event { source: "other".into(), ..event(9) };
    assert!(matches!(log.record(batch(0, "one", events(0, 3))), Ok(Recorded::Now(_))));
    assert!(matches!(log.record(batch(0, "elsewhere", vec![other])), Ok(Recorded::Now(_))));
    log.append(events(3, 3)).unwrap();
    assert!(matches!(log.record(batch(1, "two", events(6, 3))), Ok(Recorded::Now(_))));
    assert_eq!(place(&mut log), (2, b"two".to_vec()));
    log.close().unwrap();
    assert_eq!(place(&mut scratch.open()), (2, b"two".to_vec()));
}

#[test]
fn a_batch_that_is_sent_again_is_not_recorded_again() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    log.record(batch(0, "one", events(0, 3))).unwrap();
    let size = log.size();
    assert_eq!(log.record(batch(0, "one", events(0, 3))).unwrap(), Recorded::Already);
    assert_eq!(log.size(), size);
    // Also by the next session, which knows it from the entries alone.
    drop(log);
    let mut log = scratch.open();
    assert_eq!(log.record(batch(0, "one", events(0, 3))).unwrap(), Recorded::Already);
}

#[test]
fn whoever_comes_second_is_told_and_nothing_is_written() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    log.record(batch(0, "one", events(0, 3))).unwrap();
    let size = log.size();
    for (after, events) in [(0, events(1, 3)), (2, events(0, 3)), (7, events(0, 3))] {
        match log.record(batch(after, "one", events)) {
            Err(AppendError::Conflict { actual: 1, after: told, .. }) => assert_eq!(told, after),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(log.record(batch(1, "two", Vec::new())), Err(AppendError::Batch(_))));
    assert_eq!(log.size(), size);
    assert_eq!(place(&mut log), (1, b"one".to_vec()));
}

fn run(state: &str) -> Event {
    let run = WandbRun {
        display_name: None,
        state: state.into(),
        created_at: "2025-06-02T08:36:23".into(),
        heartbeat_at: None,
        config_sha256: None,
        signature: RunIdSignature::Absent,
        evidence: Evidence::Answer,
    };
    Event { attached: vec![state.as_bytes().to_vec().into()], ..Event::new("test", "a", START_MS, &run) }
}

fn row(step: u64) -> Event {
    Event::new("test", "b", START_MS, &WandbHistoryRow { step: Some(step), evidence: Evidence::Answer })
}

#[test]
fn what_was_last_told_is_known_before_and_after_a_restart() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    log.append(vec![run("running"), row(5), row(3)]).unwrap();
    log.append(vec![run("crashed")]).unwrap();
    let expected = |log: &mut Log| {
        let memory = log.memory("test").unwrap();
        let state = memory.known("a").unwrap();
        assert_eq!(state.payload, Some(Hash::of(b"crashed")));
        assert!(state.digest.is_some());
        assert_eq!(memory.known("b"), Some(&Known { position: Some(5), ..Known::default() }));
        assert_eq!(memory.known("c"), None);
        memory.clone()
    };
    let before = expected(&mut log);
    log.close().unwrap();
    assert_eq!(expected(&mut scratch.open()), before);
}

#[test]
fn a_body_that_left_its_entry_is_remembered_too() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    // Whoever chooses the name of a run may choose a long one.
    log.append(vec![run(&"long ".repeat(4_000))]).unwrap();
    let before = log.memory("test").unwrap().clone();
    log.close().unwrap();
    assert_eq!(*scratch.open().memory("test").unwrap(), before);
}

/// The memory of the source in the log of `scratch`, as the next holder has it.
fn memory_of(scratch: &Scratch) -> SourceMemory {
    Log::open(scratch.root(), indexed()).unwrap().memory("test").unwrap().clone()
}

#[test]
fn a_saved_memory_is_gone_on_from_and_counts_only_if_it_is_of_this_log() {
    let scratch = Scratch::new();
    let file = scratch.root().join("index/SOURCES");
    let mut log = Log::create(scratch.root(), new_log(), indexed()).unwrap();
    log.record(batch(0, "one", vec![run("running"), event(1)])).unwrap();
    log.close().unwrap();
    let of_one = std::fs::read(&file).unwrap();
    // A session that asks nobody what was told saves nothing, one that is killed neither.
    Log::open(scratch.root(), indexed()).unwrap().close().unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), of_one);
    let mut log = Log::open(scratch.root(), indexed()).unwrap();
    log.record(batch(1, "two", vec![run("finished"), event(2)])).unwrap();
    drop(log);
    assert_eq!(std::fs::read(&file).unwrap(), of_one);

    std::fs::remove_file(&file).unwrap();
    let truth = memory_of(&scratch);
    assert_eq!((truth.sequence, truth.cursor.as_slice()), (2, &b"two"[..]));
    let other = Scratch::new();
    let mut log =
        Log::create(other.root(), NewLog::default(), Options { clock: Clock::System, ..indexed() }).unwrap();
    log.record(batch(0, "elsewhere", vec![run("crashed")])).unwrap();
    log.close().unwrap();
    let of_another = std::fs::read(other.root().join("index/SOURCES")).unwrap();
    let mut damaged = of_one.clone();
    damaged[60] ^= 1;
    for saved in [of_one, of_another, damaged, b"no memory".to_vec()] {
        std::fs::write(&file, saved).unwrap();
        assert_eq!(memory_of(&scratch), truth);
    }
}

#[test]
fn a_memory_that_nobody_holds_is_changed_in_place_and_one_that_is_held_stays_as_it_was() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    log.record(batch(0, "0", events(0, 1))).unwrap();
    let place = |log: &mut Log| Arc::as_ptr(&log.hold_memory("test").unwrap());
    let first = place(&mut log);
    for number in 1..=1_000 {
        let held = log.hold_memory("test").unwrap();
        assert_eq!(held.sequence, number);
        drop(held);
        log.record(batch(number, "on", events(number, 1))).unwrap();
        assert_eq!(place(&mut log), first, "record {number} has copied the memory");
    }
    let held = log.hold_memory("test").unwrap();
    log.record(batch(1_001, "on", events(1_001, 1))).unwrap();
    assert_eq!((held.sequence, log.memory("test").unwrap().sequence), (1_001, 1_002));
    assert_ne!(place(&mut log), first);
}
