//! How long a question to a large log takes, and how much memory that and `verify` take.
//!
//! `cargo bench --bench query`; `ANNALS_BENCH_QUERY_ENTRIES` is the length of the log, 1,000,000 unless told. The
//! targets are for 5,000,000, which take 2.2 GB of disk and some minutes to make.

use std::path::Path;
use std::time::Duration;

use criterion::Criterion;
use tempfile::TempDir;

mod machine;

const ENTRIES: u64 = 1_000_000;
/// The first question folds the log, and saves its tables.
const FIRST: &str = "select uid, hotkey, score, votes from stats order by uid";
const SECOND: &str = "select hotkey, count(*) from stats_votes where counts group by hotkey order by hotkey";

const KNOWN: [(&str, &str); 5] = [
    ("coverage, counted by outcome", "select outcome, count(*) from coverage group by outcome order by 1"),
    ("coverage, its last rows", "select * from coverage order by log_index desc limit 10"),
    ("system.sources", "select * from system.sources"),
    ("block_time", "select block_time(5000000)"),
    ("no block was taken back", "select count(*) from block_retractions"),
];
const KNOWN_MAX: Duration = Duration::from_millis(100);

/// Anything to record.
const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/wandb-offline");

const WALL_MAX: Duration = Duration::from_secs(1);
const PEAK_BYTES_MAX: u64 = 1500 << 20;

fn main() {
    let mut criterion = Criterion::default().without_plots().configure_from_args();
    let mut log = None;
    let mut seconds: Vec<machine::Took> = Vec::new();
    criterion.bench_function("query/second", |bencher| {
        let log = log.get_or_insert_with(asked_once);
        bencher.iter_custom(|rounds| {
            let first = seconds.len();
            let ask = || machine::run(machine::annals(log.path()).args(["query", SECOND]));
            seconds.extend((0..rounds).map(|_| ask()));
            seconds[first..].iter().map(|took| took.wall).sum()
        });
    });
    let Some(log) = log else { return };
    let wall = machine::median(seconds.iter().map(|took| took.wall.as_secs_f64()).collect());
    let peak_bytes = seconds.iter().map(|took| took.peak_bytes).max().expect("there were several");
    let (wall_max, peak_max) = (WALL_MAX.as_secs(), PEAK_BYTES_MAX >> 20);
    print("second query", wall, peak_bytes, &format!("target: under {wall_max} s, {peak_max} MiB"));
    known(log.path());
    verify(log.path(), &["verify", "--log-only"], "target: memory does not grow with the log");
    // A session of its own: at its end the state roots are recorded, which `verify` makes the tables again for.
    machine::run(machine::annals(log.path()).arg("ingest").arg(RECORDED));
    verify(log.path(), &["verify"], "with all tables made again, which are in memory");
    criterion.final_summary();
}

/// What the fold knows of all entries: no such question walks the log.
fn known(data: &Path) {
    for (what, sql) in KNOWN {
        let walls = (0..5).map(|_| machine::run(machine::annals(data).args(["query", sql])));
        let walls = walls.map(|took| took.wall.as_secs_f64()).collect();
        println!("{what}: {:.3} s (target: under {} s)", machine::median(walls), KNOWN_MAX.as_secs_f64());
    }
}

/// A log that was asked before: its tables are saved.
fn asked_once() -> TempDir {
    let entries = machine::entries_asked("ANNALS_BENCH_QUERY_ENTRIES", ENTRIES);
    let log = machine::log_of(entries);
    println!("log of {entries} entries");
    let first = machine::run(machine::annals(log.path()).args(["query", FIRST]));
    print("first query, that folds", first.wall.as_secs_f64(), first.peak_bytes, "no target");
    log
}

fn verify(data: &Path, arguments: &[&str], target: &str) {
    let took = machine::run(machine::annals(data).args(arguments));
    print(&arguments.join(" "), took.wall.as_secs_f64(), took.peak_bytes, target);
}

fn print(what: &str, wall_s: f64, peak_bytes: u64, target: &str) {
    println!("{what}: {wall_s:.3} s, {} MiB ({target})", peak_bytes >> 20);
}
