//! A log in a folder of its own that is removed at the end, and events to put into it.

use std::path::{Path, PathBuf};

use annals_log::{
    Clock, Event, FixtureIdentity, Indexing, Kind, Log, LogId, NewLog, Options, Payload, Reader, SegmentSize,
    Verification, Verified,
};

/// Small segments, so that a short log has several.
pub(crate) const SEGMENT_BYTES: u64 = 16 << 10;
/// When the fixture's clock starts: 2026-01-01 00:00 UTC.
pub(crate) const START_MS: i64 = 1_767_225_600_000;

pub(crate) struct Scratch {
    _folder: tempfile::TempDir,
    root: PathBuf,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("log");
        Self { _folder: folder, root }
    }

    /// A log with `commits` commits of three events each, closed.
    pub(crate) fn with_commits(commits: u64) -> Self {
        let scratch = Self::new();
        let mut log = scratch.create();
        for commit in 0..commits {
            log.append(events(commit * 3, 3)).unwrap();
        }
        log.close().unwrap();
        scratch
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn create(&self) -> Log {
        Log::create(&self.root, new_log(), options()).unwrap()
    }

    pub(crate) fn open(&self) -> Log {
        Log::open(&self.root, options()).unwrap()
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(&self.root).unwrap()
    }

    pub(crate) fn verify(&self) -> Verified {
        Verification::default().run(&self.root).unwrap()
    }

    /// Segment files, in order.
    pub(crate) fn segments(&self) -> Vec<PathBuf> {
        let mut segments: Vec<_> = std::fs::read_dir(self.root.join("segments"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        segments.sort();
        segments
    }

    /// Every entry, as a reader scans them.
    pub(crate) fn entries(&self) -> Vec<Vec<u8>> {
        all_entries(&self.reader())
    }
}

pub(crate) fn new_log() -> NewLog {
    let fixture = Some(FixtureIdentity { log_id: LogId(*b"annals-fixture-1"), seed: [27; 32] });
    NewLog { netuid: 27, fixture, ..NewLog::default() }
}

pub(crate) fn options() -> Options {
    Options {
        segment_size: SegmentSize::Bytes(SEGMENT_BYTES),
        recorder: "annals test".into(),
        clock: Clock::fixed(START_MS),
        // Most tests watch the log alone; its index has tests of its own.
        indexing: Indexing::Off,
        ..Options::default()
    }
}

pub(crate) fn all_entries(reader: &Reader) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    let mut scan = reader.scan(annals_log::LogIndex(0)..reader.size().next_index());
    while let Some(frame) = scan.next_frame().unwrap() {
        entries.extend(frame.entries().map(|(_, entry)| entry.to_vec()));
    }
    entries
}

/// A generator that can be asked for again: `ANNALS_SEED=n` repeats a run.
pub(crate) fn seeded(test: &str) -> fastrand::Rng {
    let seed = std::env::var("ANNALS_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("{test}: ANNALS_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

/// `count` events, the first of them number `first`: each of its own text, with a payload every second time.
pub(crate) fn events(first: u64, count: u64) -> Vec<Event> {
    (first..first + count).map(event).collect()
}

/// Of a kind that has no name here, as a later annals might write it.
pub(crate) fn event(number: u64) -> Event {
    let attached = match number % 2 {
        0 => vec![payload(number)],
        _ => Vec::new(),
    };
    Event {
        kind: Kind(0x7f01),
        schema: 1,
        source: "test".into(),
        native_id: format!("event-{number}"),
        observed_at_ms: Some(START_MS + i64::try_from(number).unwrap()),
        fetched_at_ms: START_MS,
        block: Some(number),
        body: number.to_be_bytes().repeat(20),
        attached,
    }
}

pub(crate) fn payload(number: u64) -> Payload {
    format!("{{\"number\":{number},\"text\":\"{}\"}}", "lorem ipsum ".repeat(20)).into_bytes().into()
}
