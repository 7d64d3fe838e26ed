//! The room that successive bodies of one target take in a log.

use std::path::Path;
use std::time::Duration;

use annals_ingest::{Driver, Raw, Taken};
use annals_stand_in::workload::{Exporter, scraped};

use super::recorded::recorded;
use crate::chain::scratch::{new_log, room};
use crate::processor;

const BODIES: usize = 100;
const TARGET: f64 = 0.10;

/// `ANNALS_BENCH_METRICS_BODIES` names a folder of bodies, in the order of their names, that a real exporter gave.
pub(crate) fn bench() {
    let mut exporter = Exporter::of(&recorded(), 1);
    line("made up", &[(); BODIES].map(|()| exporter.scrape()));
    if let Some(folder) = std::env::var_os("ANNALS_BENCH_METRICS_BODIES") {
        line("of a real exporter", &bodies_in(Path::new(&folder)));
    }
}

fn bodies_in(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).expect("the folder is read");
    let mut files: Vec<_> = files.map(|file| file.expect("the folder is read").path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).expect("it is a body")).collect()
}

fn line(whose: &str, bodies: &[String]) {
    let (folder, mut log) = new_log();
    let (mut driver, mut taken) = (Driver::default(), Taken::default());
    let (before, cpu) = (room(&folder), processor::taken());
    for (minute, body) in (0..).zip(bodies) {
        let exchanges = vec![scraped("203.0.113.7:9100", minute, body)];
        let raw = Raw { source: "metrics".into(), exchanges, part: 0, more: false };
        driver.take(&raw, &mut log, &mut taken).expect("it is recorded");
    }
    let cpu = (processor::taken() - cpu).max(Duration::from_millis(10));
    drop(log);
    assert_eq!(taken.events, bodies.len() as u64);
    let raw: usize = bodies.iter().map(String::len).sum();
    let taken = (room(&folder) - before) as f64;
    let part = taken / raw as f64;
    println!(
        "metrics room: {} successive bodies {whose}, {:.1} KB each, take {:.2} KB each of the log: {part:.4} of them \
         (target at most {TARGET}: {}); {:.1} ms of processor each",
        bodies.len(),
        raw as f64 / bodies.len() as f64 / 1e3,
        taken / bodies.len() as f64 / 1e3,
        if part <= TARGET { "reached" } else { "missed" },
        cpu.as_secs_f64() * 1e3 / bodies.len() as f64
    );
}
