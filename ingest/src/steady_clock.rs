//! A clock that never goes back.

use std::time::Instant;

/// A clock that was set by the wall clock once, and then only runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SteadyClock {
    set: Instant,
    set_ns: u64,
}

impl SteadyClock {
    /// Sets it, to milliseconds since 1970 UTC.
    pub(crate) fn set(now_ms: i64) -> Self {
        Self { set: Instant::now(), set_ns: u64::try_from(now_ms).unwrap_or_default() * 1_000_000 }
    }

    /// Nanoseconds since 1970 UTC.
    pub(crate) fn now_ns(&self) -> u64 {
        let passed = u64::try_from(self.set.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.set_ns.saturating_add(passed)
    }

    /// Milliseconds since 1970 UTC.
    pub(crate) fn now_ms(&self) -> i64 {
        i64::try_from(self.now_ns() / 1_000_000).expect("the year is below 2262")
    }
}
