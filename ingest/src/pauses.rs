//! How long to wait before somebody who gave nothing is asked again.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Pauses without an end: the first, then twice as long each time, up to a minute, with some chance in it so that many who
/// were refused together do not come back together.
pub(crate) fn pauses(first: Duration) -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(PAUSE_MAX)
        .without_max_times()
        .with_jitter()
        .build()
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
}
