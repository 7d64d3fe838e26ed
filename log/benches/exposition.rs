//! Reading what a metrics endpoint answers, beside a splitter of lines: it looks at no label, checks nothing, and would
//! take a wrong body for a right one, but it finds the same samples in these.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use annals_log::exposition::{Exposition, Format, Item, samples_naming};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};

use crate::peers::{Race, Target};

/// Bodies of one round.
const ROUND: usize = 200;
/// How fast one core has to read, at least.
const MEGABYTES_MIN: f64 = 200.0;
/// The same, where only the samples of one metric are asked for, and of one that is not there.
const MEGABYTES_MIN_NAMED: f64 = 1_000.0;
const MEGABYTES_MIN_ABSENT: f64 = 5_000.0;

/// Returns how many samples it read.
type Read<'r> = &'r dyn Fn(&str) -> usize;

pub(crate) fn benches(criterion: &mut Criterion) {
    let mut track = Race::track(criterion, "exposition");
    // The metric is one of the last, so that the whole body is walked through.
    let bodies = [
        ("node_exporter", "node_exporter-1.5.0.txt", "node_udp_queues"),
        ("prometheus", "prometheus-2.42.0-self.txt", "prometheus_tsdb_tombstone_cleanup_seconds_bucket"),
    ];
    for (name, file, metric) in bodies {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../fixtures/prometheus", file].iter().collect();
        let body = std::fs::read_to_string(path).unwrap();
        beside(&mut track, name, &body, &samples_of, ("splitter", &split), MEGABYTES_MIN);
        let whole = format!("{name}, labels as JSON");
        beside(&mut track, &whole, &body, &labels_of, ("splitter", &split), MEGABYTES_MIN);
        let metrics = [
            ("one metric", metric, MEGABYTES_MIN_NAMED),
            ("one that is absent", "node_nonesuch_total", MEGABYTES_MIN_ABSENT),
        ];
        for (what, metric, megabytes_min) in metrics {
            let name = format!("{name}, {what}");
            let peer: Read<'_> = &|body| filtered(body, metric);
            let ours: Read<'_> = &|body| named(body, metric);
            beside(&mut track, &name, &body, ours, ("whole body", peer), megabytes_min);
        }
    }
    track.finish();
}

fn beside(
    track: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    body: &str,
    read: Read<'_>,
    (peer, read_too): (&str, Read<'_>),
    megabytes_min: f64,
) {
    let samples = read(body);
    assert_eq!(samples, read_too(body));
    track.throughput(Throughput::Bytes((ROUND * body.len()) as u64));
    let mut race = Race::default();
    track.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            let round = |_| race.round(|| time(body, read), || time(body, read_too));
            (0..rounds).map(round).sum()
        });
    });
    let name = format!("exposition, {name}");
    race.line(&format!("{name} / {peer}"), Target::Told);
    race.rates(&name, peer, ROUND * body.len(), ROUND * samples, megabytes_min);
}

fn time(body: &str, read: Read<'_>) -> Duration {
    let start = Instant::now();
    for _ in 0..ROUND {
        black_box(read(black_box(body)));
    }
    start.elapsed()
}

/// Every sample with its name, labels checked, value and timestamp.
fn samples_of(body: &str) -> usize {
    let mut samples = 0;
    for item in Exposition::of(body.as_bytes(), Format::Text) {
        if let Item::Sample(sample) = black_box(item.unwrap()) {
            samples += usize::from(!sample.name.raw().is_empty());
        }
    }
    samples
}

/// The same, and the labels as JSON text in one buffer, as a column of a table holds them.
fn labels_of(body: &str) -> usize {
    let (mut samples, mut json) = (0, String::new());
    for item in Exposition::of(body.as_bytes(), Format::Text) {
        if let Item::Sample(sample) = item.unwrap() {
            sample.labels.write_json(&mut json);
            samples += 1;
        }
    }
    black_box(json);
    samples
}

/// The samples of one metric.
fn named(body: &str, metric: &str) -> usize {
    let mut samples = 0;
    for sample in samples_naming(body.as_bytes(), Format::Text, metric) {
        black_box(sample.unwrap());
        samples += 1;
    }
    samples
}

/// The same, looked for among all.
fn filtered(body: &str, metric: &str) -> usize {
    let mut samples = 0;
    for item in Exposition::of(body.as_bytes(), Format::Text) {
        if let Item::Sample(sample) = black_box(item.unwrap()) {
            samples += usize::from(sample.name.unescape() == metric);
        }
    }
    samples
}

/// The least that a reader can do: each line, its comment mark, and the number after its last space.
fn split(body: &str) -> usize {
    let mut samples = 0;
    for line in body.lines() {
        if !line.starts_with('#') {
            let (series, value) = line.rsplit_once(' ').unwrap();
            black_box((series, value.parse::<f64>().unwrap()));
            samples += 1;
        }
    }
    samples
}
