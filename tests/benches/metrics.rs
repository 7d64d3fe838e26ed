//! How long a question about one metric takes, over a day of one target and of all, beside `DuckDB` over the same
//! samples in a file of Parquet.
//!
//! `cargo bench --bench metrics`; `ANNALS_BENCH_METRICS_TARGETS` is how many targets there are beside the first, 10
//! unless told: each day of one is 83 MB of answers. The target for all is one for 250.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use annals_ingest::{Driver, Raw, Taken};
use annals_log::{Clock, Durability, FixtureIdentity, Log, LogId, NewLog, Options, Reader};
use annals_stand_in::workload::{Exporter, scraped};
use criterion::Criterion;
use tempfile::TempDir;

mod machine;

use machine::{Took, annals, median, run};

const TARGETS: u64 = 10;
/// A scrape each.
const DAY_MINUTES: u64 = 24 * 60;
/// Days that the question about all is to be answered for.
const TARGETS_ASKED: f64 = 250.0;

const ONE_MAX: Duration = Duration::from_millis(150);
const ALL_MAX: Duration = Duration::from_secs(5);
const ONE_TIMES: usize = 7;
const ALL_TIMES: usize = 3;

/// It folds the log, and saves its tables.
const ONCE: &str = "select count(*) from scrapes";
const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/prometheus/node_exporter-1.5.0.txt");
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/duckdb-python.sh");
/// Asks a question several times, and prints how many rows it has and how long each time took.
const DUCKDB: &str = "
import duckdb, sys, time
for _ in range(int(sys.argv[2])):
    began = time.perf_counter()
    rows = len(duckdb.sql(sys.argv[1]).fetchall())
    print(rows, time.perf_counter() - began)
";

fn main() {
    let mut criterion = Criterion::default().without_plots().sample_size(10).configure_from_args();
    let mut log = None;
    criterion.bench_function("metrics/query", |bencher| {
        let log: &TempDir = log.get_or_insert_with(asked_once);
        bencher.iter_custom(|rounds| {
            let ask = || run(annals(log.path()).args(["query", &one("samples"), "--output", "csv"]));
            (0..rounds).map(|_| ask().wall).sum()
        });
    });
    let Some(log) = log else { return };
    let days = (1 + targets()) as f64;
    let ask = |sql: &str, times: usize| {
        let asked = (0..times).map(|_| run(annals(log.path()).args(["query", sql, "--output", "csv"])));
        asked.collect::<Vec<_>>()
    };
    let nothing = Figures::of(&ask("select 1", ONE_TIMES));
    println!("metrics query that reads nothing: {nothing} (no target: it is in the others)");
    let first = Figures::of(&ask(&one("samples"), ONE_TIMES));
    println!(
        "metrics query of one metric over a day of one target among {days}: {first} (target under {} ms: {})",
        ONE_MAX.as_millis(),
        reached(first.wall < ONE_MAX.as_secs_f64())
    );
    let all = Figures::of(&ask(&every("samples"), ALL_TIMES));
    let each = (all.wall - nothing.wall).max(0.0) / days;
    let asked = nothing.wall + each * TARGETS_ASKED;
    println!(
        "metrics query of one metric over a day of {days} targets: {all}; {:.1} ms a target, from which follow {asked:.2} s \
         for {TARGETS_ASKED} (target under {} s: {})",
        each * 1e3,
        ALL_MAX.as_secs(),
        reached(asked < ALL_MAX.as_secs_f64())
    );
    beside_duckdb(log.path(), &first, &all);
    criterion.final_summary();
}

/// The middle of several runs, in seconds.
struct Figures {
    wall: f64,
    processor: f64,
    peak_bytes: u64,
}

impl Figures {
    fn of(took: &[Took]) -> Self {
        let middle = |seconds: fn(&Took) -> f64| median(took.iter().map(seconds).collect());
        Self {
            wall: middle(|took| took.wall.as_secs_f64()),
            processor: middle(|took| took.processor.as_secs_f64()),
            peak_bytes: took.iter().map(|took| took.peak_bytes).max().unwrap_or_default(),
        }
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (wall, processor, peak) = (self.wall * 1e3, self.processor * 1e3, self.peak_bytes >> 20);
        write!(out, "{wall:.0} ms, {processor:.0} ms of processor, {peak} MiB")
    }
}

fn targets() -> u64 {
    machine::entries_asked("ANNALS_BENCH_METRICS_TARGETS", TARGETS)
}

fn one(samples: &str) -> String {
    format!("select fetched_at, value from {samples} where metric = 'node_load1' and target = '{}'", name(0))
}

fn every(samples: &str) -> String {
    format!("select target, fetched_at, value from {samples} where metric = 'node_load1'")
}

fn name(target: u64) -> String {
    format!("203.0.113.{}:{}", 1 + target % 250, 9100 + target / 250)
}

/// A log that was asked before: its tables are saved.
fn asked_once() -> TempDir {
    let (folder, count) = (tempfile::tempdir().expect("a folder for a log"), 1 + targets());
    let began = Instant::now();
    let bytes = record(folder.path(), count);
    let reader = Reader::open(folder.path()).expect("it was made just now");
    let segments = reader.segments().expect("it is read");
    let room = segments.iter().map(|segment| segment.bytes).sum::<u64>() as f64;
    println!(
        "metrics log: a day of {count} targets, {:.1} MB of answers, {:.4} of them on disk, made in {:.1} s",
        bytes as f64 / 1e6,
        room / bytes as f64,
        began.elapsed().as_secs_f64()
    );
    run(annals(folder.path()).args(["query", ONCE]));
    folder
}

/// Records what `count` targets answer each minute of a day. Returns how long the answers are together.
fn record(data: &Path, count: u64) -> u64 {
    let recorded = std::fs::read_to_string(RECORDED).expect("it is a fixture");
    let mut exporters: Vec<_> = (0..count).map(|seed| Exporter::of(&recorded, seed)).collect();
    let now_ms = Arc::new(AtomicI64::new(0));
    let (durability, clock) = (Durability::Lagged, Clock::Fixed(Arc::clone(&now_ms)));
    let options = Options { durability, clock, ..Options::default() };
    let (mut bytes, mut driver, mut taken) = (0, Driver::default(), Taken::default());
    let mut log = None;
    for minute in 0..DAY_MINUTES {
        let mut raw = Raw { source: "metrics".into(), exchanges: Vec::new(), part: 0, more: false };
        for (target, exporter) in (0..).zip(&mut exporters) {
            let body = exporter.scrape();
            bytes += body.len() as u64;
            raw.exchanges.push(scraped(&name(target), minute, &body));
        }
        now_ms.store(raw.exchanges[0].fetched_at_ms, Ordering::Relaxed);
        // Only a fixture's clock may be set.
        let fixture = Some(FixtureIdentity { log_id: LogId(*b"annals-bench-day"), seed: [27; 32] });
        let new = || NewLog { fixture, ..NewLog::default() };
        let make = || Log::create(data, new(), options.clone()).expect("the folder is empty");
        driver.take(&raw, log.get_or_insert_with(make), &mut taken).expect("it is recorded");
    }
    assert_eq!(taken.events, count * DAY_MINUTES);
    bytes
}

fn beside_duckdb(data: &Path, first: &Figures, all: &Figures) {
    let parquet = data.join("samples.parquet");
    let mut export = annals(data);
    export.args(["query", "select * from samples", "--output", "parquet"]);
    export.stdout(File::create(&parquet).expect("the folder is ours"));
    let export = run(&mut export);
    let bytes = std::fs::metadata(&parquet).expect("it was written").len();
    println!(
        "metrics export of all samples as Parquet: {:.1} s, {:.1} s of processor, {:.1} MB (no target)",
        export.wall.as_secs_f64(),
        export.processor.as_secs_f64(),
        bytes as f64 / 1e6
    );
    let python = Command::new(PYTHON).stdin(Stdio::null()).output().expect("it is a script of ours");
    if !python.status.success() {
        println!("metrics beside DuckDB: not asked: {}", String::from_utf8_lossy(&python.stderr).trim());
        return;
    }
    let python = String::from_utf8_lossy(&python.stdout).trim().to_owned();
    let file = format!("'{}'", parquet.display());
    let questions =
        [("one target", one(&file), ONE_TIMES, first), ("all targets", every(&file), ALL_TIMES, all)];
    for (what, sql, times, ours) in questions {
        let ask = |times: &str, out: Stdio| {
            let mut command = Command::new(&python);
            command.args(["-c", DUCKDB, &sql, times]).stdin(Stdio::null()).stdout(out);
            command
        };
        let process = Figures::of(&[(); ONE_TIMES].map(|()| run(&mut ask("1", Stdio::null()))));
        let out = ask(&times.to_string(), Stdio::piped()).output().expect("python was found");
        let out = String::from_utf8_lossy(&out.stdout).into_owned();
        let within =
            out.lines().filter_map(|line| line.split_once(' ')?.1.parse().ok()).collect::<Vec<f64>>();
        let rows = out.split(' ').next().unwrap_or_default();
        println!(
            "metrics beside DuckDB over that file, {what}, {rows} rows: {process} with Python's start, {:.0} ms of it for the \
             question; annals over the answers as they came: {:.1} times its time with the start (no target)",
            median(within) * 1e3,
            ours.wall / process.wall
        );
    }
}

fn reached(is: bool) -> &'static str {
    if is { "reached" } else { "missed" }
}
