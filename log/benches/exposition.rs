//! Reading what a metrics endpoint answers, beside a splitter of lines: it looks at no label, checks nothing, and would
//! take a wrong body for a right one, but it finds the same samples in these.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use annals_log::exposition::{Exposition, Format, Item};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};

use crate::peers::{Race, Target};

/// Bodies of one round.
const ROUND: usize = 200;
/// How fast one core has to read, at least.
const MEGABYTES_MIN: f64 = 200.0;

pub(crate) fn benches(criterion: &mut Criterion) {
    let mut track = Race::track(criterion, "exposition");
    for (name, file) in
        [("node_exporter", "node_exporter-1.5.0.txt"), ("prometheus", "prometheus-2.42.0-self.txt")]
    {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../fixtures/prometheus", file].iter().collect();
        let body = std::fs::read_to_string(path).unwrap();
        beside_splitter(&mut track, name, &body, samples_of);
        beside_splitter(&mut track, &format!("{name}, labels as JSON"), &body, labels_of);
    }
    track.finish();
}

fn beside_splitter(
    track: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    body: &str,
    read: fn(&str) -> usize,
) {
    let samples = split(body);
    assert_eq!(read(body), samples);
    track.throughput(Throughput::Bytes((ROUND * body.len()) as u64));
    let mut race = Race::default();
    track.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            let round = |_| race.round(|| time(body, read), || time(body, split));
            (0..rounds).map(round).sum()
        });
    });
    let name = format!("exposition, {name}");
    race.line(&format!("{name} / splitter"), Target::Told);
    race.rates(&name, "splitter", ROUND * body.len(), ROUND * samples, MEGABYTES_MIN);
}

fn time(body: &str, read: fn(&str) -> usize) -> Duration {
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
