//! What a step takes by itself.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;

/// Returns the time of a processor that `step` takes, as the bench `gpu/name`; `None` when nobody asked for it.
/// Criterion shows the time of the clock, which on a machine that does other things, too, is longer.
pub(crate) fn processor_time<T>(
    criterion: &mut Criterion,
    name: &str,
    mut step: impl FnMut() -> T,
) -> Option<Duration> {
    let (mut ran, mut steps) = (Duration::ZERO, 0);
    let mut group = criterion.benchmark_group(format!("gpu/{name}"));
    group.sample_size(10).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_secs(2));
    group.bench_function("alone", |bencher| {
        bencher.iter_custom(|times| {
            let (before, start) = (on_processor(), Instant::now());
            for _ in 0..times {
                drop(black_box(step()));
            }
            let took = start.elapsed();
            ran += on_processor().zip(before).map_or(took, |(after, before)| after - before);
            steps += times;
            took
        });
    });
    group.finish();
    (steps > 0).then(|| ran.div_f64(steps as f64))
}

/// Returns how long this thread has run, up to some milliseconds ago; `None` where the kernel does not count it.
fn on_processor() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}
