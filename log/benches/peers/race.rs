//! Two ways to do the same work, in turns, so that whatever else the machine does hits both.

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode};

/// The median of so many pairs counts.
const PAIRS: usize = 11;

/// What the ratio should be.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// Our speed, as a part or a multiple of the peer's.
    Speed(f64),
    /// Our time at most, as a multiple of the peer's.
    Time(f64),
    /// Our speed, only to be told.
    Told,
}

/// Pairs of rounds. The peer starts every second one, for whoever comes second finds what the first left behind.
#[derive(Default)]
pub(crate) struct Race {
    /// Ours and the peer's.
    pairs: Vec<(Duration, Duration)>,
}

impl Race {
    /// A group in which criterion makes one round a sample: a round is long, and one kept warm is like the next.
    pub(crate) fn track<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
        let mut group = criterion.benchmark_group(name);
        group.sampling_mode(SamplingMode::Flat).sample_size(PAIRS);
        // Shorter than any round: one to warm up, one for each sample.
        group.warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_millis(1));
        group
    }

    /// One round, and our time in it.
    pub(crate) fn round(
        &mut self,
        mut ours: impl FnMut() -> Duration,
        mut peer: impl FnMut() -> Duration,
    ) -> Duration {
        let pair = if self.pairs.len().is_multiple_of(2) {
            let ours = ours();
            (ours, peer())
        } else {
            let peer = peer();
            (ours(), peer)
        };
        self.pairs.push(pair);
        pair.0
    }

    /// Says how it went; nothing when no round was asked for.
    pub(crate) fn line(&self, what: &str, target: Target) {
        // The first round warms up.
        let ratios = |ratio: fn(f64, f64) -> f64| {
            let pairs = self.pairs.iter().skip(1);
            median(pairs.map(|(ours, peer)| ratio(ours.as_secs_f64(), peer.as_secs_f64())).collect())
        };
        let (speed, time) = (ratios(|ours, peer| peer / ours), ratios(|ours, peer| ours / peer));
        let (Some(speed), Some(time)) = (speed, time) else { return };
        match target {
            Target::Speed(least) => {
                println!("{what}: {speed:.2} (target: at least {least}: {})", reached(speed >= least));
            }
            Target::Time(most) => {
                println!("{what}: {time:.2} times (target: at most {most}: {})", reached(time <= most));
            }
            Target::Told => println!("{what}: {speed:.2}"),
        }
    }

    /// Says how long both take for one commit of a round of so many.
    pub(crate) fn each(&self, ours: &str, peer: &str, commits: u64) {
        let Some((our_seconds, peer_seconds)) = self.seconds() else { return };
        let micros = |seconds: f64| seconds * 1e6 / commits as f64;
        println!("{ours}, a commit: {:.0} us; {peer}: {:.0} us", micros(our_seconds), micros(peer_seconds));
    }

    /// Says how fast both read a round of `bytes` with `samples` in them, and how fast we should.
    pub(crate) fn rates(&self, ours: &str, peer: &str, bytes: usize, samples: usize, least_megabytes: f64) {
        let Some((our_seconds, peer_seconds)) = self.seconds() else { return };
        let rates = |seconds: f64| {
            let millions = |count: usize| count as f64 / seconds / 1e6;
            format!("{:.0} MB/s, {:.2} million samples/s", millions(bytes), millions(samples))
        };
        let (our_rates, peer_rates) = (rates(our_seconds), rates(peer_seconds));
        let is_reached = reached(bytes as f64 / our_seconds / 1e6 >= least_megabytes);
        println!(
            "{ours}: {our_rates} (target: at least {least_megabytes} MB/s: {is_reached}); {peer}: {peer_rates}"
        );
    }

    /// What a round takes, ours and the peer's.
    fn seconds(&self) -> Option<(f64, f64)> {
        // The first round warms up.
        let side = |side: fn(&(Duration, Duration)) -> Duration| {
            median(self.pairs.iter().skip(1).map(|pair| side(pair).as_secs_f64()).collect())
        };
        Some((side(|pair| pair.0)?, side(|pair| pair.1)?))
    }
}

fn reached(is: bool) -> &'static str {
    if is { "reached" } else { "missed" }
}

fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}
