//! `cargo bench --workspace memory`: what a fetch costs beside what the log remembers of its source.

use std::hint::black_box;
use std::time::{Duration, Instant};

use annals_ingest::{Answer, Driver, Exchange, Outcome, Raw, Request, Taken};
use annals_log::{Batch, Event, Evidence, Log, NewLog, Options, SourceMemory, WandbHistoryRow};

const SOURCE: &str = "wandb";
const FEW: u64 = 100;
const MANY: u64 = 100_000;
const FETCHES: usize = 200;
/// A page of runs that is no whole sweep, whose end would be compared with all that is remembered.
const ASKED: &str = r#"{"query": "query Runs($project: String!) { id }",
    "variables": {"entity": "e", "project": "p", "order": "-heartbeat_at", "cursor": null}}"#;
/// The slower may take this much longer: most of a fetch is the disk's.
const ALLOWED: f64 = 1.25;

/// What one fetch took, in the middle of them all.
struct Cost {
    /// To see the memory, and to let go of it.
    looked: Duration,
    /// All of it, until its answers are durable.
    recorded: Duration,
}

fn main() {
    // The words are what Cargo adds and what a user filters by.
    if std::env::args().skip(1).all(|word| word.starts_with("--") || "memory".contains(word.as_str())) {
        bench();
    }
}

fn bench() {
    let [few, many] = [FEW, MANY].map(cost);
    let us = |duration: Duration| duration.as_secs_f64() * 1e6;
    let row = |remembered: u64, (cost, copied): &(Cost, Duration)| {
        println!(
            "memory: with {remembered:>6} things remembered a fetch sees them in {:.2} us and is durable after {:.0} us; \
             a copy of them would take {:.0} us",
            us(cost.looked),
            us(cost.recorded),
            us(*copied)
        );
    };
    row(FEW, &few);
    row(MANY, &many);
    let ratio = us(many.0.recorded) / us(few.0.recorded);
    let verdict = if ratio < ALLOWED { "reached" } else { "missed" };
    println!(
        "memory: {ratio:.2} times as long with a thousand times as much (target under {ALLOWED}: {verdict})"
    );
}

/// The cost of a fetch, and of a copy of the memory beside it.
fn cost(remembered: u64) -> (Cost, Duration) {
    let folder = tempfile::tempdir().expect("there is a place for it");
    let root = folder.path().join("log");
    let mut log = Log::create(&root, NewLog::default(), Options::default()).expect("it is made");
    remember(remembered, &mut log);
    let (mut driver, mut taken) = (Driver::default().live(), Taken::default());
    let (mut looked, mut recorded) = (Vec::new(), Vec::new());
    for number in 0..FETCHES {
        let began = Instant::now();
        let memory = log.hold_memory(SOURCE).expect("it is read");
        assert!(memory.known("run-0").is_some());
        drop(memory);
        looked.push(began.elapsed());
        driver.take(&page(number), &mut log, &mut taken).expect("it is recorded");
        recorded.push(began.elapsed());
    }
    assert_eq!(taken.events, 2 * FETCHES as u64, "each fetch brings a run and ends a poll");
    let memory = log.memory(SOURCE).expect("it is read");
    (Cost { looked: median(looked), recorded: median(recorded) }, copy(memory))
}

fn copy(memory: &SourceMemory) -> Duration {
    let copied = (0..11).map(|_| {
        let began = Instant::now();
        black_box(memory.clone());
        began.elapsed()
    });
    median(copied.collect())
}

/// Has the log remember a row of each of so many runs.
fn remember(runs: u64, log: &mut Log) {
    let row = |run: u64| {
        let row = WandbHistoryRow { step: Some(1), evidence: Evidence::Answer };
        Event::new(SOURCE, &format!("run-{run}"), 1, &row)
    };
    for (after, first) in (0..runs).step_by(10_000).enumerate() {
        let events = (first..runs.min(first + 10_000)).map(row).collect();
        log.record(Batch { after: after as u64, cursor: Vec::new(), events }).expect("it is recorded");
    }
}

/// A poll that finds one run in another state.
fn page(number: usize) -> Raw {
    let node = format!(
        r#"{{"id": "UnVuOnYx", "name": "changing", "displayName": "validator-1", "state": "running",
            "config": "{{\"n\": {{\"value\": {number}}}}}", "createdAt": "2025-06-02T08:36:23",
            "heartbeatAt": "2025-06-21T23:44:00Z", "historyKeys": {{"keys": {{}}}}}}"#
    );
    let body = format!(
        r#"{{"data": {{"project": {{"runCount": 1, "runs": {{"edges": [{{"node": {node}, "cursor": "Mg=="}}],
            "pageInfo": {{"endCursor": "Mg==", "hasNextPage": false}}}}}}}}}}"#
    );
    let request = Request { method: "POST".into(), target: "/graphql".into(), body: ASKED.into() };
    let outcome = Outcome::Answer(Answer { status: 200, body: body.into_bytes() });
    let exchange = Exchange { fetched_at_ms: 1_767_225_600_000, request, outcome };
    Raw { source: SOURCE.into(), exchanges: vec![exchange], part: 0, more: false }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
