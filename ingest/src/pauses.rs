//! How long to wait before somebody who gave nothing is asked again.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

const PAUSE_MAX: Duration = Duration::from_secs(60);
const RESTART_PAUSE_MIN: Duration = Duration::from_secs(1);
/// Later pauses are no longer than this one.
const RESTART_PAUSES: u32 = 16;

/// Pauses without an end: the first, then twice as long each time, up to a minute, with some chance in it so that many
/// who were refused together do not come back together.
pub(crate) fn pauses(first: Duration) -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(PAUSE_MAX)
        .without_max_times()
        .with_jitter()
        .build()
}

/// How long a feed rests after it failed for the `failures`-th time in a row, from 0: a second or two, then twice as
/// long each time, up to half a minute or a whole one. The same for the same seed.
pub(crate) fn restart_pause(seed: u64, failures: u32) -> Duration {
    let pauses = ExponentialBuilder::default()
        .with_min_delay(RESTART_PAUSE_MIN)
        // Chance adds up to as much again.
        .with_max_delay(PAUSE_MAX / 2)
        .without_max_times()
        .with_jitter()
        .with_jitter_seed(seed)
        .build();
    let nth = failures.min(RESTART_PAUSES) as usize;
    pauses.into_iter().nth(nth).unwrap_or(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_at_a_minute() {
        let pauses: Vec<_> = pauses(Duration::from_secs(1)).take(9).collect();
        for (pause, least) in pauses.iter().zip([1, 2, 4, 8, 16, 32, 60, 60, 60]) {
            assert!(*pause >= Duration::from_secs(least) && *pause <= 2 * PAUSE_MAX, "{pauses:?}");
        }
    }
    #[test]
    fn a_feed_rests_from_a_second_to_a_minute() {
        for seed in 0..100 {
            let pauses: Vec<_> = (0..20).map(|failures| restart_pause(seed, failures)).collect();
            let least = [1, 2, 4, 8, 16].into_iter().chain([30; 15]).map(Duration::from_secs);
            for (pause, least) in pauses.iter().zip(least) {
                assert!(*pause >= least && *pause <= 2 * least, "seed {seed}: {pauses:?}");
            }
        }
        assert_ne!(restart_pause(1, 3), restart_pause(2, 3));
    }
}
