//! Questions that read all entries, beside `DuckDB` over the same rows in a file of Parquet.

use super::{Exported, LargeLog};
use crate::machine;

const ENTRIES_PER_SECOND_MIN: f64 = 6e6;
const ROUNDS: usize = 3;

/// Each is understood by both.
const SCANS: [(&str, &str); 5] = [
    ("entries by kind", "select count(*), kind from events group by 2"),
    ("entries whose id ends so", "select count(*) from events where native_id like '%7'"),
    (
        "bytes of each source",
        "select source, count(*), sum(entry_bytes), max(log_index) from events group by source",
    ),
    ("hours of recording", "select date_trunc('hour', recorded_at), count(*) from events group by 1"),
    ("busiest ids", "select native_id, count(*) from events group by native_id order by 2 desc, 1 limit 10"),
];

/// Prints how many entries a second both take.
pub(crate) fn race(log: &LargeLog, exported: &Exported) {
    let theirs = exported.ask(&SCANS.map(|(_, sql)| sql), ROUNDS);
    println!("{:<26} {:>8} {:>12} {:>14} {:>7}", "scan", "rows", "entries/s", "DuckDB's", "ratio");
    for (place, (what, sql)) in SCANS.into_iter().enumerate() {
        let answered = [(); ROUNDS].map(|()| log.ask(sql, &[]).expect(sql));
        let rows = answered[0].rows;
        let rate = |seconds: Vec<f64>| log.entries as f64 / machine::median(seconds);
        let ours = rate(answered.iter().map(|answered| answered.took.as_secs_f64()).collect());
        let reached = if ours >= ENTRIES_PER_SECOND_MIN { "reached" } else { "missed" };
        let Some(their) = theirs.get(place) else {
            println!("{what:<26} {rows:>8} {ours:>12.0} {:>14} {:>7} ({reached})", "-", "-");
            continue;
        };
        assert_eq!(rows, their.rows, "{sql}: DuckDB has other rows");
        let theirs = rate(their.seconds.clone());
        let ratio = ours / theirs;
        println!("{what:<26} {rows:>8} {ours:>12.0} {theirs:>14.0} {ratio:>7.3} ({reached})");
    }
    println!("scans: target {:.0} million entries/s", ENTRIES_PER_SECOND_MIN / 1e6);
}
