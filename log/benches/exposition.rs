//! Reading what a metrics endpoint answers, beside the crate `prometheus-parse`, and beside a splitter of lines: that
//! looks at no label, checks nothing, and would take a wrong body for a right one, but finds the same samples in these.

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
/// And how many times as fast as `prometheus-parse`.
const TIMES_MIN: f64 = 10.0;
/// The same, where only the samples of one metric are asked for, and of one that is not there.
const MEGABYTES_MIN_NAMED: f64 = 1_000.0;
const MEGABYTES_MIN_ABSENT: f64 = 5_000.0;

/// Returns how many samples it read.
type Read<'r> = &'r dyn Fn(&str) -> usize;

pub(crate) fn benches(criterion: &mut Criterion) {
    let mut track = Race::track(criterion, "metrics: exposition");
    // The metric is one of the last, so that the whole body is walked through.
    let bodies = [
        ("node_exporter", "node_exporter-1.5.0.txt", "node_udp_queues"),
        ("prometheus", "prometheus-2.42.0-self.txt", "prometheus_tsdb_tombstone_cleanup_seconds_bucket"),
    ];
    for (name, file, metric) in bodies {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../fixtures/prometheus", file].iter().collect();
        let body = std::fs::read_to_string(path).unwrap();
        beside(&mut track, name, &body, &samples_of, ("splitter", &split), MEGABYTES_MIN);
        beside_the_crate(&mut track, name, &body);
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
    let race = raced(track, name, body, read, read_too);
    let name = format!("exposition, {name}");
    race.line(&format!("{name} / {peer}"), Target::Told);
    race.rates(&name, peer, ROUND * body.len(), ROUND * samples, megabytes_min);
}

/// Beside the crate, which copies names and labels, unescapes nothing, and refuses nothing.
fn beside_the_crate(track: &mut BenchmarkGroup<'_, WallTime>, name: &str, body: &str) {
    let crate_name = "prometheus-parse";
    let race = raced(track, &format!("{name}, {crate_name}"), body, &samples_of, &parsed_by_the_crate);
    let (samples, parsed) = (samples_of(body), parsed_by_the_crate(body));
    let name = format!("exposition, {name}, {samples} samples");
    race.line(&format!("{name} / {crate_name}, which finds {parsed}"), Target::Speed(TIMES_MIN));
    race.rates(&name, crate_name, ROUND * body.len(), ROUND * samples, MEGABYTES_MIN);
}

fn raced(
    track: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    body: &str,
    read: Read<'_>,
    read_too: Read<'_>,
) -> Race {
    track.throughput(Throughput::Bytes((ROUND * body.len()) as u64));
    let mut race = Race::default();
    track.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            let round = |_| race.round(|| time(body, read), || time(body, read_too));
            (0..rounds).map(round).sum()
        });
    });
    race
}

/// Processor time where the kernel tells it, for others may use the machine: nothing here waits for anything.
fn time(body: &str, read: Read<'_>) -> Duration {
    let (start, processor) = (Instant::now(), processor_time());
    for _ in 0..ROUND {
        black_box(read(black_box(body)));
    }
    let wall = start.elapsed();
    let took = processor.zip(processor_time()).map(|(before, after)| after.saturating_sub(before));
    took.filter(|took| !took.is_zero()).unwrap_or(wall)
}

/// What this thread has had of the processor.
fn processor_time() -> Option<Duration> {
    // A thread that has just given way is counted up to that moment.
    std::thread::yield_now();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().ok().map(Duration::from_nanos)
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

/// The samples that `prometheus-parse` finds; those of a histogram or summary are parts of one of its own.
fn parsed_by_the_crate(body: &str) -> usize {
    let lines = body.lines().map(|line| Ok(line.to_owned()));
    let scrape = black_box(prometheus_parse::Scrape::parse(lines).unwrap());
    let samples = scrape.samples.iter().map(|sample| match &sample.value {
        prometheus_parse::Value::Histogram(buckets) => buckets.len(),
        prometheus_parse::Value::Summary(quantiles) => quantiles.len(),
        _ => 1,
    });
    samples.sum()
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
