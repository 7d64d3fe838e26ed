//! How soon the first row of an answer is there, and how much memory a long one takes in each form.
//!
//! `cargo bench --bench stream`; `ANNALS_BENCH_STREAM_ENTRIES` is the length of the log, 250,000 unless told, and
//! `ANNALS_BENCH_STREAM_ROWS` that of the long answer, 5,000,000.

use std::time::Duration;

use criterion::Criterion;
use tempfile::TempDir;

mod machine;

const ENTRIES: u64 = 250_000;
const ROWS: u64 = 5_000_000;
/// Folds the log, and saves its tables.
const ONCE: &str = "select count(*) from stats";
const EVERYTHING: &str = "select * from events";
const FORMS: [&str; 5] = ["csv", "ndjson", "json", "parquet", "arrow"];

const FIRST_ROW_MAX: Duration = Duration::from_millis(100);
const PEAK_BYTES_MAX: u64 = 150 << 20;

fn main() {
    let mut criterion = Criterion::default().without_plots().configure_from_args();
    let mut log = None;
    let mut firsts: Vec<Duration> = Vec::new();
    criterion.bench_function("stream/first_row", |bencher| {
        let log: &TempDir = log.get_or_insert_with(asked_once);
        bencher.iter_custom(|rounds| {
            let begun = firsts.len();
            let ask = || {
                machine::until_first_byte(
                    machine::annals(log.path()).args(["query", EVERYTHING, "--output", "ndjson"]),
                )
            };
            firsts.extend((0..rounds).map(|_| ask()));
            firsts[begun..].iter().sum()
        });
    });
    let Some(log) = log else { return };
    let median = machine::median(firsts.iter().map(Duration::as_secs_f64).collect());
    println!(
        "first row of {EVERYTHING:?}: {:.1} ms (target: {} ms)",
        median * 1000.0,
        FIRST_ROW_MAX.as_millis()
    );
    let rows = machine::entries_asked("ANNALS_BENCH_STREAM_ROWS", ROWS);
    let entries = machine::entries_asked("ANNALS_BENCH_STREAM_ENTRIES", ENTRIES);
    let sql = long_answer(rows / entries);
    for form in FORMS {
        let took = machine::run(machine::annals(log.path()).args(["query", &sql, "--output", form]));
        let (wall, peak, target) = (took.wall.as_secs_f64(), took.peak_bytes >> 20, PEAK_BYTES_MAX >> 20);
        println!("{rows} rows as {form}: {wall:.1} s, {peak} MiB (target: under {target} MiB)");
    }
    criterion.final_summary();
}

/// Every entry so often: the few numbers are what the join holds, the entries pass by.
fn long_answer(times: u64) -> String {
    format!(
        "select n.value, e.log_index, e.recorded_at, e.source, e.kind, e.native_id, e.leaf_hash, e.entry_bytes, e.attached \
         from generate_series(1, {times}) n cross join events e"
    )
}

/// A log that was asked before: its tables are saved.
fn asked_once() -> TempDir {
    let entries = machine::entries_asked("ANNALS_BENCH_STREAM_ENTRIES", ENTRIES);
    let log = machine::log_of(entries);
    println!("log of {entries} entries");
    machine::run(machine::annals(log.path()).args(["query", ONCE]));
    log
}
