//! How long the named questions take over a large log whose tables are saved, and how fast scans of all its entries
//! and their export are, beside `DuckDB` over the same rows in a file of Parquet.
//!
//! `cargo bench --workspace ask`; `ANNALS_BENCH_ASK_ENTRIES` is the length of the log, 5,000,000 unless told: 2.2 GB of
//! disk and some minutes, and the export takes as much again. `ANNALS_BENCH_ASK_LOG` names a folder in which the log is
//! made once and then found again.

use criterion::Criterion;

mod asked;
mod machine;

use asked::{Exported, LargeLog, named, scans};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ENTRIES: u64 = 5_000_000;
/// The fewest that criterion takes.
const ROUNDS: usize = 10;

fn main() {
    let mut criterion = Criterion::default().without_plots().sample_size(ROUNDS).configure_from_args();
    let mut log = None;
    criterion.bench_function("ask/votes", |bencher| {
        // Made only for whoever asks for this bench.
        let log: &LargeLog = log.get_or_insert_with(made);
        bencher.iter(|| log.ask(named::VOTES, &["uid=7".into()]).expect("it has an answer"));
    });
    let Some(log) = log else { return };
    let asked = named::ask_all(&log);
    named::planning(&log, &asked);
    let exported = Exported::of(&log);
    scans::race(&log, &exported);
    exported.race();
    criterion.final_summary();
}

fn made() -> LargeLog {
    machine::print();
    LargeLog::of(machine::entries_asked("ANNALS_BENCH_ASK_ENTRIES", ENTRIES))
}
