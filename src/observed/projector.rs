//! The projector: how far the tables are behind the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use prometheus::Registry;

use super::kept::looked_up;

/// How far the tables are behind the log, in entries and in time. Nobody waits for anybody: the projector says how far
/// it has come, the recorder how far it went, and whoever asks compares.
///
/// One commit at a time is awaited, and not all that the tables lack: when they have it, the newest takes its place.
/// The lag is the age of the awaited one, or how long they took to the one before it where that is more.
pub(super) struct Behind {
    reached: Arc<AtomicU64>,
    size: AtomicU64,
    /// The size with the commit that is awaited, and when it was.
    awaited_size: AtomicU64,
    awaited_at_ms: AtomicU64,
    /// How long the one before it was awaited; 0 if the tables have had all since.
    before_ms: AtomicU64,
}

/// The same, by a clock that nobody sets.
pub(super) struct ProjectorFigures {
    behind: Arc<Behind>,
    begun: Instant,
}

impl ProjectorFigures {
    /// Compares the size that the tables have reached with that of the log, which is `size` now.
    pub(super) fn of(registry: &Registry, reached: Arc<AtomicU64>, size: u64) -> Self {
        let (behind, begun) = (Arc::new(Behind::of(reached, size)), Instant::now());
        let help = "Entries of the log that the tables lack.";
        let entries = Arc::clone(&behind);
        looked_up(registry, "annals_projector_lag_entries", help, move || small(entries.entries()));
        let help = "Age of the oldest commit that the tables lack, about; 0 while they have all.";
        let since = Arc::clone(&behind);
        let look = move || small(since.ms(ms_since(begun))) / 1_000.0;
        looked_up(registry, "annals_projector_lag_seconds", help, look);
        Self { behind, begun }
    }

    /// The log was committed to, and has this size.
    pub(super) fn committed(&self, size: u64) {
        self.behind.committed(size, ms_since(self.begun));
    }
}

impl Behind {
    fn of(reached: Arc<AtomicU64>, size: u64) -> Self {
        let [size, awaited_size] = [size.into(), size.into()];
        Self { reached, size, awaited_size, awaited_at_ms: 0.into(), before_ms: 0.into() }
    }

    /// One thread commits. Those who ask meanwhile may see some of its stores, and then a figure of a moment ago.
    fn committed(&self, size: u64, now_ms: u64) {
        let reached = self.reached.load(Ordering::Relaxed);
        if reached >= self.awaited_size.load(Ordering::Relaxed) {
            let had_all = reached >= self.size.load(Ordering::Relaxed);
            let before_ms = if had_all { 0 } else { self.age_ms(now_ms) };
            self.before_ms.store(before_ms, Ordering::Relaxed);
            self.awaited_at_ms.store(now_ms, Ordering::Relaxed);
            self.awaited_size.store(size, Ordering::Relaxed);
        }
        self.size.store(size, Ordering::Relaxed);
    }

    fn entries(&self) -> u64 {
        self.size.load(Ordering::Relaxed).saturating_sub(self.reached.load(Ordering::Relaxed))
    }

    fn ms(&self, now_ms: u64) -> u64 {
        let lag_ms = self.age_ms(now_ms).max(self.before_ms.load(Ordering::Relaxed));
        if self.entries() == 0 { 0 } else { lag_ms }
    }

    fn age_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.awaited_at_ms.load(Ordering::Relaxed))
    }
}

fn ms_since(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn small(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log of 10 entries, at 0 ms, of which the tables have none.
    fn behind() -> (Arc<AtomicU64>, Behind) {
        let reached = Arc::<AtomicU64>::default();
        (Arc::clone(&reached), Behind::of(reached, 10))
    }

    #[test]
    fn metrics_of_tables_that_have_all_are_zero_however_old_the_log_is() {
        let (reached, behind) = behind();
        assert_eq!((behind.entries(), behind.ms(700)), (10, 700), "saved tables are read since the start");
        reached.store(10, Ordering::Relaxed);
        assert_eq!((behind.entries(), behind.ms(9_000)), (0, 0));
        behind.committed(12, 9_000);
        assert_eq!((behind.entries(), behind.ms(9_050)), (2, 50), "the idle time before counts for nothing");
        reached.store(13, Ordering::Relaxed);
        assert_eq!(
            (behind.entries(), behind.ms(9_060)),
            (0, 0),
            "ahead of what the recorder told is at the end"
        );
    }

    #[test]
    fn metrics_of_tables_that_stand_still_tell_the_time_of_the_first_commit_that_they_lack() {
        let (reached, behind) = behind();
        reached.store(10, Ordering::Relaxed);
        for second in 1..=60 {
            behind.committed(10 + second, second * 1_000);
        }
        assert_eq!((behind.entries(), behind.ms(60_000)), (60, 59_000));
    }

    #[test]
    fn metrics_of_tables_that_are_always_one_commit_behind_do_not_add_up() {
        let (reached, behind) = behind();
        for commit in 1..1_000 {
            reached.store(9 + commit, Ordering::Relaxed);
            behind.committed(10 + commit, commit * 10);
            assert_eq!(behind.entries(), 1);
            assert!(behind.ms(commit * 10 + 10) <= 20, "{commit}");
        }
    }

    #[test]
    fn metrics_of_tables_that_are_always_a_minute_behind_say_a_minute() {
        let (reached, behind) = behind();
        reached.store(10, Ordering::Relaxed);
        for second in 1..=600_u64 {
            reached.store(10 + second.saturating_sub(60), Ordering::Relaxed);
            behind.committed(10 + second, second * 1_000);
            let lag_ms = behind.ms(second * 1_000 + 500);
            assert!(second < 62 || (59_000..=62_000).contains(&lag_ms), "{second}: {lag_ms}");
        }
        reached.store(610, Ordering::Relaxed);
        assert_eq!(behind.ms(601_000), 0);
        behind.committed(611, 700_000);
        assert_eq!(behind.ms(700_100), 100, "what was before they had all is forgotten");
    }
}
