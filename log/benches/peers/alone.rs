//! What a step takes by itself.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;

/// The least time of a step that was measured; `None` when nobody asked for it.
#[derive(Clone, Copy)]
pub(crate) struct Alone(Option<Duration>);

impl Alone {
    /// `make` prepares the step, and is called only when it is asked for.
    pub(crate) fn measure<T, S: FnMut() -> T>(
        criterion: &mut Criterion,
        name: &str,
        make: impl FnOnce() -> S,
    ) -> Self {
        let mut least = None;
        let (mut make, mut step) = (Some(make), None);
        let mut group = criterion.benchmark_group(name);
        let (warm_up, samples) = (Duration::from_millis(100), Duration::from_secs(1));
        group.sample_size(10).warm_up_time(warm_up).measurement_time(samples);
        group.bench_function("alone", |bencher| {
            if let Some(make) = make.take() {
                step = Some(make());
            }
            let step = step.as_mut().expect("it was made just now, or before");
            bencher.iter_custom(|times| {
                let start = Instant::now();
                (0..times).for_each(|_| drop(black_box(step())));
                let took = start.elapsed();
                let each = took.div_f64(f64::from(u32::try_from(times).unwrap_or(u32::MAX)));
                least = Some(least.map_or(each, |least: Duration| least.min(each)));
                took
            });
        });
        group.finish();
        Self(least)
    }

    /// Says how long it takes.
    pub(crate) fn line(self, what: &str, target: &str) {
        if let Self(Some(least)) = self {
            println!("{what}: {:.1} us{target}", least.as_secs_f64() * 1e6);
        }
    }
}
