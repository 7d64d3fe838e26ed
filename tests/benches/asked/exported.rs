//! All entries in a file of Parquet, written by the program, and the peer that is asked over it.

use std::fs::File;
use std::path::PathBuf;

use super::LargeLog;
use super::duckdb::{DuckDb, Times};
use crate::machine;

const ROUNDS: usize = 3;
/// Of what `DuckDB` writes a second.
const SPEED_MIN: f64 = 0.8;
/// What entries say of themselves. Bodies lie beside most of them, packed, and would be all that is measured.
const ENTRIES: &str = "select log_index, recorded_at, fetched_at, observed_at, source, kind, schema, native_id, block_number, \
                       leaf_hash, entry_bytes, attached from events";

/// The file, and how long it took to write.
pub(crate) struct Exported {
    entries: u64,
    file: PathBuf,
    seconds: f64,
    peak_bytes: u64,
    duckdb: Option<DuckDb>,
}

impl Exported {
    /// Exports all entries of a log, several times.
    pub(crate) fn of(log: &LargeLog) -> Self {
        let file = log.scratch().join("events.parquet");
        let took = [(); ROUNDS].map(|()| {
            let mut export = machine::annals(log.data());
            export.args(["query", ENTRIES, "--output", "parquet"]);
            machine::run(export.stdout(File::create(&file).expect("the folder is ours")))
        });
        let seconds = machine::median(took.iter().map(|took| took.wall.as_secs_f64()).collect());
        let peak_bytes = took.iter().map(|took| took.peak_bytes).max().expect("there were several");
        let duckdb = DuckDb::over(&file).inspect_err(|why| println!("DuckDB was not asked: {why}")).ok();
        Self { entries: log.entries, file, seconds, peak_bytes, duckdb }
    }

    /// Asks `DuckDB` each question so often; nothing where it is not there.
    pub(crate) fn ask(&self, questions: &[&str], rounds: usize) -> Vec<Times> {
        self.duckdb.as_ref().map_or(Vec::new(), |duckdb| duckdb.ask(questions, rounds))
    }

    /// Prints how fast the file was written, beside `DuckDB` that copies it.
    pub(crate) fn race(&self) {
        let rate = |seconds: f64| self.entries as f64 / seconds;
        println!(
            "{} rows to Parquet: {:.0} rows/s, {:.1} MB, {} MiB of memory",
            self.entries,
            rate(self.seconds),
            megabytes(&self.file),
            self.peak_bytes >> 20
        );
        let copy = self.file.with_extension("copy");
        let sql = format!(
            "copy (select * from events) to '{}' (format parquet, compression zstd, compression_level 1)",
            copy.display()
        );
        let Some(times) = self.ask(&[&sql], ROUNDS).pop() else { return };
        let ratio = machine::median(times.seconds.clone()) / self.seconds;
        println!(
            "the same by DuckDB's COPY: {:.0} rows/s, {:.1} MB; annals has {ratio:.2} of its speed (target: {SPEED_MIN}, {})",
            rate(machine::median(times.seconds)),
            megabytes(&copy),
            if ratio >= SPEED_MIN { "reached" } else { "missed" }
        );
    }
}

fn megabytes(file: &PathBuf) -> f64 {
    std::fs::metadata(file).expect("it was written").len() as f64 / 1e6
}
