//! The index finds what the log holds, with little reading; without it everything is found, too.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use annals_log::disk::Disk;
use annals_log::{
    AppendError, Clock, Event, IndexStanding, Indexing, Kind, Log, LogIndex, NewLog, OpenError, Options,
    SignedEvent, Term, TreeSize,
};

use crate::faults::WatchedDisk;
use crate::scratch::{START_MS, Scratch, event, events, new_log, options};

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A log whose holder keeps an index.
pub(crate) fn indexed() -> Options {
    Options { indexing: Indexing::Following, ..options() }
}

/// Everything that is looked up in a log in its tests, as an index finds it or as reading the log does.
#[derive(PartialEq)]
pub(crate) struct Found {
    proofs: Vec<SignedEvent>,
    sizes: Vec<Option<TreeSize>>,
    entries: Vec<Vec<LogIndex>>,
}

/// Looks up a few dozen places, spread over the log.
pub(crate) fn look_up(log: &mut Log) -> Found {
    let size = log.size().0;
    let some = || (0..size).step_by(usize::try_from(size / 24).unwrap().max(1)).chain([size - 1]);
    let proofs = some().map(|index| log.prove(LogIndex(index)).unwrap()).collect();
    let times = (-2..80).map(|minute| START_MS + minute * 60_000);
    let sizes = times.map(|at_ms| log.size_at_time(at_ms).unwrap()).collect();
    let names: Vec<_> = some().map(|number| format!("event-{number}")).collect();
    let mut terms = vec![Term::Kind(Kind(0x7f01)), Term::Kind(Kind(8)), Term::Kind(Kind(0x7fff))];
    terms.extend(some().map(Term::Block));
    terms.extend(names.iter().map(|native_id| Term::NativeId { source: "test", native_id }));
    let entries = terms
        .into_iter()
        .map(|term| {
            let mut entries = Vec::new();
            log.each_entry(term, LogIndex(1)..LogIndex(size), |index, _| entries.push(index)).unwrap();
            entries
        })
        .collect();
    Found { proofs, sizes, entries }
}

/// A closed log of 60 commits of 20 events, a minute each, in several segments; its index, if it has one, is complete.
pub(crate) fn log_of_an_hour(options: &Options) -> Scratch {
    let scratch = Scratch::new();
    let clock = Clock::fixed(START_MS);
    let Clock::Fixed(hand) = &clock else { unreachable!() };
    let mut log =
        Log::create(scratch.root(), new_log(), Options { clock: clock.clone(), ..options.clone() }).unwrap();
    for minute in 0..60 {
        hand.store(START_MS + i64::try_from(minute).unwrap() * 60_000, Ordering::Relaxed);
        log.append(events(minute * 20, 20)).unwrap();
    }
    assert!(log.index().is_none_or(|index| index.catch_up(PATIENCE)));
    log.close().unwrap();
    assert!(scratch.segments().len() > 3, "{}", scratch.segments().len());
    scratch
}

/// Opens the log again, an hour later, with its index complete.
pub(crate) fn reopen(root: &Path, options: &Options) -> Log {
    let clock = Clock::fixed(START_MS + 60 * 60_000);
    let log = Log::open(root, Options { clock, ..options.clone() }).unwrap();
    assert!(log.index().is_none_or(|index| index.catch_up(PATIENCE)), "{:?}", standing(&log));
    log
}

pub(crate) fn standing(log: &Log) -> IndexStanding {
    log.index().expect("it is kept").standing()
}

#[test]
fn what_the_index_finds_is_what_reading_the_log_finds() {
    let scratch = log_of_an_hour(&indexed());
    let mut log = reopen(scratch.root(), &indexed());
    let size = log.size();
    assert_eq!(
        standing(&log),
        IndexStanding { position: size, made_anew: 0, trouble: None, given_up: false }
    );
    let found = look_up(&mut log);
    assert_eq!(standing(&log).made_anew, 0, "every word of it was confirmed");
    // As a log of the same history is read that never had one.
    let unindexed = log_of_an_hour(&options());
    assert!(!unindexed.root().join("index").exists());
    assert!(found == look_up(&mut reopen(unindexed.root(), &options())));
    for index in (0..size.0).map(LogIndex) {
        let proof = log.prove(index).unwrap();
        proof.verify(scratch.reader().vkey()).unwrap_or_else(|error| panic!("entry {index}: {error}"));
    }
}

#[test]
fn what_is_not_in_the_index_yet_is_found_in_the_log() {
    let scratch = log_of_an_hour(&indexed());
    let mut log = reopen(scratch.root(), &indexed());
    // Not waited for: the index stands somewhere before them.
    log.append(events(1_200, 5)).unwrap();
    let size = log.size().0;
    let mut found = Vec::new();
    log.each_entry(Term::Kind(Kind(0x7f01)), LogIndex(0)..LogIndex(size), |index, _| found.push(index.0))
        .unwrap();
    assert_eq!((found.len(), found.last()), (1_205, Some(&(size - 1))));
    log.prove(LogIndex(size - 1)).unwrap().verify(scratch.reader().vkey()).unwrap();
}

#[test]
fn a_proof_by_the_index_reads_little_of_the_log() {
    let scratch = log_of_an_hour(&indexed());
    let disk = WatchedDisk::new(scratch.root());
    let watched = Arc::clone(&disk) as Arc<dyn Disk>;
    let mut log = reopen(scratch.root(), &Options { disk: watched, ..indexed() });
    log.prove(LogIndex(7)).unwrap();
    let before = disk.read_bytes();
    log.prove(LogIndex(7)).unwrap();
    let read = disk.read_bytes() - before;
    let held: u64 = scratch.segments().iter().map(|path| path.metadata().unwrap().len()).sum();
    assert!(read as u64 * 10 < held, "{read} bytes of {held}");
}

#[test]
fn a_payload_is_stored_once_however_long_ago_that_was() {
    let scratch = log_of_an_hour(&indexed());
    let stored = scratch.verify().payloads;
    // Of the first segment, which no opening reads for what it stores.
    let again = || Event { attached: event(4).attached, ..event(1_200) };
    let mut log = reopen(scratch.root(), &indexed());
    let appended = log.append(vec![again()]).unwrap();
    log.close().unwrap();
    let verified = scratch.verify();
    assert!(verified.is_sound(), "{:?}", verified.faults);
    assert_eq!(verified.payloads, stored);
    let payload = again().attached[0].clone();
    let mut reader = scratch.reader();
    let entry = reader.entry(appended.first).unwrap();
    let vouched = reader.envelope(appended.first, &entry).unwrap().payloads().next().unwrap();
    assert_eq!(reader.payload(appended.first, vouched).unwrap(), payload.bytes());
}

#[test]
fn an_index_of_another_log_or_of_a_later_state_is_made_anew() {
    let scratch = log_of_an_hour(&indexed());
    let size = reopen(scratch.root(), &indexed()).size().0;
    let other = Scratch::new();
    let mut log =
        Log::create(other.root(), NewLog::default(), Options { clock: Clock::System, ..indexed() }).unwrap();
    log.append(events(0, 10)).unwrap();
    drop(log);
    std::fs::remove_dir_all(other.root().join("index")).unwrap();
    copy_folder(&scratch.root().join("index"), &other.root().join("index"));
    let mut log = Log::open(other.root(), Options { clock: Clock::System, ..indexed() }).unwrap();
    assert!(log.index().unwrap().catch_up(PATIENCE));
    assert_eq!(standing(&log).made_anew, 1);
    log.prove(LogIndex(3)).unwrap();
    drop(log);

    // The same log, as it was much earlier: as sound as ever, and its index knows too much.
    let earlier = Scratch::new();
    let mut log = Log::create(earlier.root(), new_log(), indexed()).unwrap();
    log.append(events(0, 20)).unwrap();
    drop(log);
    std::fs::remove_dir_all(earlier.root().join("index")).unwrap();
    copy_folder(&scratch.root().join("index"), &earlier.root().join("index"));
    let mut log = reopen(earlier.root(), &indexed());
    assert!(log.size().0 < size);
    assert_eq!(standing(&log).made_anew, 1, "{:?}", standing(&log));
    look_up(&mut log);
    assert_eq!(standing(&log).made_anew, 1, "every word of it was confirmed");
}

#[test]
fn an_index_of_a_log_that_went_another_way_is_made_anew() {
    let original = log_of_an_hour(&indexed());
    // Both go on for as long, and with other events: only the root tells.
    let [here, there] = [0, 1_000].map(|first| {
        let scratch = Scratch::new();
        copy_folder(original.root(), scratch.root());
        let mut log = reopen(scratch.root(), &indexed());
        log.append(events(first, 5)).unwrap();
        assert!(log.index().unwrap().catch_up(PATIENCE));
        log.close().unwrap();
        scratch
    });
    std::fs::remove_dir_all(here.root().join("index")).unwrap();
    copy_folder(&there.root().join("index"), &here.root().join("index"));
    let mut log = reopen(here.root(), &indexed());
    assert_eq!(standing(&log).made_anew, 1, "{:?}", standing(&log));
    let mut found = Vec::new();
    let named = Term::NativeId { source: "test", native_id: "event-3" };
    let all = LogIndex(0)..log.size().next_index();
    log.each_entry(named, all, |index, _| found.push(index.0)).unwrap();
    assert_eq!(found.len(), 2, "it was told of again after the ways parted: {found:?}");
}

/// Where the second frame of the first segment begins, and where it ends.
fn second_frame(segment: &[u8]) -> (usize, usize) {
    let bytes_of = |at: usize| {
        let length = |field: usize| {
            u32::from_be_bytes(segment[at + field..at + field + 4].try_into().unwrap()) as usize
        };
        80 + length(52) + length(60) + length(64) + length(68)
    };
    let start = 4096 + bytes_of(4096);
    (start, start + bytes_of(start))
}

#[test]
fn a_frame_that_is_bad_in_an_older_segment_ends_recording() {
    let damages: [fn(&mut Vec<u8>); 3] = [
        |bytes| bytes[5_000] ^= 1,
        // A frame that was taken out, no checksum the worse.
        |bytes| {
            let (start, end) = second_frame(bytes);
            let length = bytes.len();
            bytes.copy_within(end..length - 80, start);
            bytes[length - 80 - (end - start)..length - 80].fill(0);
        },
        |bytes| {
            let (start, end) = second_frame(bytes);
            bytes[start..end].fill(0);
        },
    ];
    for (number, damage) in damages.iter().enumerate() {
        let scratch = log_of_an_hour(&options());
        let path = scratch.segments().remove(0);
        let mut bytes = std::fs::read(&path).unwrap();
        damage(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
        let later = Clock::fixed(START_MS + 60 * 60_000);
        let held = |held_at_open_max| Options { clock: later.clone(), held_at_open_max, ..indexed() };
        let entries = |scratch: &Scratch| -> Vec<_> {
            scratch.segments().iter().map(|path| std::fs::read(path).unwrap()).collect()
        };
        let before = entries(&scratch);
        let refused = Log::open(scratch.root(), held(250_000)).err().unwrap();
        assert!(matches!(refused, OpenError::Fault(_)), "{refused}");
        assert!(entries(&scratch) == before, "refused is unchanged");
        let fault = match Log::open(scratch.root(), held(0)) {
            Ok(mut log) => {
                assert!(!log.index().unwrap().catch_up(PATIENCE));
                let Err(AppendError::Fault(fault)) = log.append(events(1_200, 1)) else {
                    panic!("damage {number}")
                };
                let Err(AppendError::Fault(_)) = log.close() else { panic!("damage {number}") };
                fault
            }
            // It may have been found while the log was opened: the start of a session is an entry, too.
            Err(OpenError::Append(AppendError::Fault(fault))) => fault,
            Err(error) => panic!("damage {number}: {error}"),
        };
        assert_eq!(fault.place.file, Path::new("segments/00000000000000000000.seg"), "{fault}");
    }
}

#[test]
fn an_index_that_somebody_else_made_is_not_believed() {
    let scratch = log_of_an_hour(&indexed());
    let truth = look_up(&mut reopen(log_of_an_hour(&options()).root(), &options()));
    // What is attested is attested of these files: of the same ones below another word, nothing is.
    let stopped = scratch.root().join("index/STOPPED");
    let note = std::fs::read_to_string(&stopped).unwrap();
    std::fs::write(&stopped, note.replacen("STOPPED", "SOURCES", 1)).unwrap();
    let mut log = reopen(scratch.root(), &indexed());
    assert_eq!(standing(&log).made_anew, 1, "{:?}", standing(&log));
    assert!(look_up(&mut log) == truth);
    drop(log);

    // One of the same history, made by whoever has no key of this log: every byte of it as fjall has it.
    let other = Scratch::new();
    let mut log =
        Log::create(other.root(), NewLog::default(), Options { clock: Clock::System, ..indexed() }).unwrap();
    log.append(events(0, 3)).unwrap();
    log.close().unwrap();
    std::fs::copy(other.root().join("index/STOPPED"), &stopped).unwrap();
    let log = reopen(scratch.root(), &indexed());
    assert_eq!(standing(&log).made_anew, 1, "{:?}", standing(&log));
}

/// A copy as a killed process leaves it: of files that may be written, or be done with, at this moment.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to);
        } else if let Ok(bytes) = std::fs::read(entry.path()) {
            // fjall sets 64 MiB aside for its journal: those zeros take no room here either.
            let zeros = [0; 4096];
            let used = bytes.chunks(4096).rposition(|chunk| *chunk != zeros[..chunk.len()]);
            std::fs::write(&to, &bytes[..used.map_or(0, |last| bytes.len().min((last + 1) * 4096))]).unwrap();
            File::options().write(true).open(&to).unwrap().set_len(bytes.len() as u64).unwrap();
        }
    }
}
