//! A question about one metric over a day of one target, without SQL: what its parts take.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use annals_ingest::{Driver, Raw, Taken};
use annals_log::exposition::{Format, samples_naming};
use annals_log::{LogIndex, Payloads, Reader};
use annals_stand_in::workload::{Exporter, scraped};

use super::recorded::recorded;
use crate::chain::scratch::new_log;

const MINUTES: u64 = 24 * 60;
const TIMES: usize = 7;
const METRIC: &str = "node_load1";
/// That of the whole question, with SQL and the start of a process.
const TARGET: Duration = Duration::from_millis(150);

/// How far a walk looks into what it passes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Depth {
    Entries,
    Bodies,
    Samples,
}

pub(crate) fn bench() {
    let (folder, mut log) = new_log();
    let (mut driver, mut taken) = (Driver::default(), Taken::default());
    let mut exporter = Exporter::of(&recorded(), 1);
    for minute in 0..MINUTES {
        let exchanges = vec![scraped("203.0.113.7:9100", minute, &exporter.scrape())];
        let raw = Raw { source: "metrics".into(), exchanges, part: 0, more: false };
        driver.take(&raw, &mut log, &mut taken).expect("it is recorded");
    }
    drop(log);
    let path = folder.path().join("log");
    let least = |depth| {
        let times = (0..TIMES).map(|_| {
            let began = Instant::now();
            let found = black_box(walk(&path, depth));
            assert!(found >= MINUTES, "{found} of {MINUTES}");
            began.elapsed()
        });
        times.min().expect("it was walked").as_secs_f64() * 1e3
    };
    let (entries, bodies, samples) = (least(Depth::Entries), least(Depth::Bodies), least(Depth::Samples));
    println!(
        "metrics day of one target, without SQL: {samples:.1} ms for one metric (target under {} ms with SQL: {}): reading \
         the log {entries:.1} ms, expanding and checking bodies {:.1} ms, finding and parsing the lines {:.1} ms",
        TARGET.as_millis(),
        if samples < TARGET.as_secs_f64() * 1e3 { "not missed here" } else { "missed" },
        bodies - entries,
        samples - bodies
    );
}

/// Returns how many of what it looks for it found.
fn walk(path: &Path, depth: Depth) -> u64 {
    let reader = Reader::open(path).expect("it is read");
    let mut payloads = Payloads::of(&reader);
    let mut scan = reader.scan(LogIndex(0)..reader.size().next_index());
    let mut found = 0;
    while let Some(frame) = scan.next_frame().expect("it is read") {
        for (index, bytes) in frame.entries() {
            let envelope = reader.envelope(index, bytes).expect("it is read");
            let attached = envelope.attached.first().copied();
            let Some(payload) = attached.filter(|_| depth > Depth::Entries) else {
                found += 1;
                continue;
            };
            let body = payloads.get(&frame, payload).expect("it is read");
            found += match depth {
                Depth::Samples => samples_naming(&body, Format::Text, METRIC).count() as u64,
                _ => 1,
            };
        }
    }
    found
}
