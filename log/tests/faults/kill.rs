//! kill -9 while a process appends: nothing that it said is missing, and nothing is there twice.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use annals_log::{Log, NewLog, Options, SegmentSize};

use super::{SEGMENT_BYTES, numbered_events};
use crate::scratch::{Scratch, events};

const CUTS: usize = 200;
/// So many cuts on one log, which grows; then a new one.
const CUTS_A_LOG: usize = 20;
const ROOT: &str = "ANNALS_KILL_ROOT";
const FIRST: &str = "ANNALS_KILL_FIRST";
/// Where it stops by itself, for `strace.sh`.
const LAST: &str = "ANNALS_KILL_LAST";

fn options() -> Options {
    Options { segment_size: SegmentSize::Bytes(SEGMENT_BYTES), ..Options::default() }
}

/// Appends from event `first` on, and says after each commit how many events there are, until `last`.
fn append_and_say(root: &Path, first: u64, last: u64, mut out: impl std::io::Write) {
    let mut rng = fastrand::Rng::with_seed(first);
    let mut log = Log::open(root, options()).unwrap();
    let mut appended = first;
    while appended < last {
        let count = rng.u64(1..60).min(last - appended);
        log.append(events(appended, count)).unwrap();
        appended += count;
        writeln!(out, "yes {appended}").unwrap();
        out.flush().unwrap();
    }
}

/// Where a killed process lives: this test program, started again with a root, goes on until somebody kills it. The
/// test runner starts it without one; then it is a short run of its own.
#[test]
fn a_process_appends_and_says_so() {
    if let Ok(root) = std::env::var(ROOT) {
        let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
        let last = std::env::var(LAST).map_or(first + 100_000, |last| last.parse().unwrap());
        return append_and_say(Path::new(&root), first, last, std::io::stdout().lock());
    }
    let scratch = Scratch::new();
    drop(Log::create(scratch.root(), NewLog::default(), options()).unwrap());
    let mut said = Vec::new();
    append_and_say(scratch.root(), 0, 500, &mut said);
    assert!(String::from_utf8(said).unwrap().ends_with("yes 500\n"));
    assert_eq!(numbered_events(&scratch), 500);
}

fn start(root: &Path, first: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "faults::kill::a_process_appends_and_says_so", "--nocapture"])
        .env(ROOT, root)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Lets a process append for a while, kills it, and returns the last number it said.
fn run_and_kill(root: &Path, first: u64, rng: &mut fastrand::Rng) -> u64 {
    let mut child = start(root, first);
    let output = BufReader::new(child.stdout.take().unwrap());
    let (started, alive) = (Instant::now(), Duration::from_micros(rng.u64(..30_000)));
    let (mut said, mut killed) = (first, false);
    for line in output.lines() {
        // The pipe is read to its end: what was said before the kill counts.
        if let Some(number) = line.unwrap().strip_prefix("yes ") {
            said = number.parse().unwrap();
        }
        if !killed && started.elapsed() >= alive {
            child.kill().unwrap();
            killed = true;
        }
    }
    child.wait().unwrap();
    assert!(killed, "the process ended before it was killed");
    said
}

#[test]
fn two_hundred_kills_lose_nothing_and_double_nothing() {
    let mut rng = crate::scratch::seeded("two hundred kills");
    let (mut appended, mut adopted) = (0, 0);
    for _ in 0..CUTS / CUTS_A_LOG {
        let scratch = Scratch::new();
        drop(Log::create(scratch.root(), NewLog::default(), options()).unwrap());
        let mut first = 0;
        for _ in 0..CUTS_A_LOG {
            let said = run_and_kill(scratch.root(), first, &mut rng);
            Log::open(scratch.root(), options()).unwrap().close().unwrap();
            let found = numbered_events(&scratch);
            assert!(found >= said, "{said} were acknowledged, {found} are there");
            assert!(found - said < 60, "at most one commit was on its way");
            adopted += found - said;
            first = found;
        }
        appended += first;
    }
    writeln!(std::io::stdout(), "{CUTS} kills, {appended} events, {adopted} taken in without a yes").unwrap();
}
