//! The logs of an attack: the one that is attacked, and those whose files an attacker may have beside it.

use std::path::Path;

use annals_log::{
    Batch, Clock, Event, Evidence, FixtureIdentity, Log, LogId, NewLog, Options, Reader, RunIdSignature,
    SegmentSize, WandbRun,
};

use super::attacker::{Files, lay_out, read_folder, segments};
use crate::scratch::{START_MS, Scratch, events, new_log, options};

/// A segment holds few commits, so a small log has many.
const SEGMENT_BYTES: u64 = 10 << 10;
/// In each of two sessions.
const COMMITS: u64 = 16;
/// The numbers of events in the second session, here and in the fork: as many digits, so frames are as long.
const HERE: u64 = 100;
const FORKED: u64 = 500;

pub(crate) struct World {
    /// What is attacked.
    pub(crate) truth: Files,
    /// The same log at every commit of its second session, the oldest first.
    pub(crate) older: Vec<Files>,
    /// The same log some commits later, a checkpoint of then handed out.
    pub(crate) newer: Files,
    /// The same key and log id and the same first session; then it says something else, commit by commit as long.
    pub(crate) fork: Files,
    /// Another log by another key.
    pub(crate) other: Files,
}

/// How a log is held after the attack: some hours later.
pub(crate) fn held() -> Options {
    at_hour(10)
}

fn at_hour(hour: i64) -> Options {
    let clock = Clock::fixed(START_MS + hour * 3_600_000);
    Options { segment_size: SegmentSize::Bytes(SEGMENT_BYTES), clock, ..options() }
}

impl World {
    pub(crate) fn new() -> Self {
        let scratch = Scratch::new();
        first_session(scratch.root(), new_log());
        let first = read_folder(scratch.root());
        let older = second_session(scratch.root(), HERE);
        let truth = read_folder(scratch.root());
        let mut log = Log::open(scratch.root(), at_hour(2)).unwrap();
        for commit in 0..4 {
            log.append(events(200 + commit * 3, 3)).unwrap();
        }
        log.close().unwrap();
        scratch.reader().publish().unwrap();
        let newer = read_folder(scratch.root());

        let scratch = Scratch::new();
        lay_out(&first, scratch.root());
        second_session(scratch.root(), FORKED);
        // At the size that the truth has, too: nothing of that size was handed out there, or it alone would tell of
        // an older watermark.
        scratch.reader().publish().unwrap();
        let fork = read_folder(scratch.root());

        let scratch = Scratch::new();
        let identity = FixtureIdentity { log_id: LogId(*b"annals-fixture-2"), seed: [7; 32] };
        first_session(scratch.root(), NewLog { fixture: Some(identity), ..new_log() });
        second_session(scratch.root(), HERE);
        let other = read_folder(scratch.root());

        let world = Self { truth, older, newer, fork, other };
        world.is_worth_attacking();
        world
    }

    /// Else an attack of some kind would find nothing to work with.
    fn is_worth_attacking(&self) {
        let names = segments(&self.truth);
        assert!(names.len() > 5, "{names:?}");
        let behind = super::attacker::frames(&self.truth[names.last().unwrap()]).len();
        assert!(behind > 3, "the last segment has {behind} frames");
        let forked =
            names.iter().filter(|name| self.fork.get(*name).is_some_and(|bytes| *bytes != self.truth[*name]));
        assert!(forked.count() > 2, "the fork has segments of the same names");
        let is_published = |files: &Files| files.keys().filter(|name| name.starts_with("published/")).count();
        assert_eq!([&self.truth, &self.newer, &self.fork].map(is_published), [2, 3, 3]);
    }
}

fn first_session(root: &Path, new: NewLog) {
    let mut log = Log::create(root, new, at_hour(0)).unwrap();
    for commit in 0..COMMITS {
        log.append(events(commit * 3, 3)).unwrap();
    }
    log.record(batch(0, 0)).unwrap();
    Reader::open(root).unwrap().publish().unwrap();
    log.close().unwrap();
}

/// A second from commit to commit. Returns the log's files after each.
fn second_session(root: &Path, first: u64) -> Vec<Files> {
    let options = at_hour(1);
    let Clock::Fixed(hand) = options.clock.clone() else { unreachable!() };
    let mut log = Log::open(root, options).unwrap();
    let mut seen = Vec::new();
    for commit in 0..COMMITS {
        hand.fetch_add(1_000, std::sync::atomic::Ordering::Relaxed);
        match commit % 4 {
            3 => drop(log.record(batch(1 + commit / 4, first + commit)).unwrap()),
            _ => drop(log.append(events(first + commit * 3, 3)).unwrap()),
        }
        if commit == COMMITS / 2 {
            Reader::open(root).unwrap().publish().unwrap();
        }
        seen.push(read_folder(root));
    }
    log.close().unwrap();
    seen
}

/// The batch of a source that follows `after` others: the state of a run.
pub(crate) fn batch(after: u64, number: u64) -> Batch {
    let run = WandbRun {
        display_name: None,
        state: format!("state {number}"),
        created_at: "2026-01-01T00:00:00".into(),
        heartbeat_at: None,
        config_sha256: None,
        signature: RunIdSignature::Absent,
        evidence: Evidence::Answer,
    };
    let attached = vec![format!("node {number}").into_bytes().into()];
    let event = Event { attached, ..Event::new("runs", &format!("run-{}", number % 5), START_MS, &run) };
    Batch { after, cursor: number.to_be_bytes().to_vec(), events: vec![event] }
}
