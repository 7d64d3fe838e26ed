//! The recorder's clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where `recorded_at_ms` comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's.
    #[default]
    System,
    /// Whatever was stored last, in milliseconds since 1970 UTC. Only for logs whose entry 0 says `fixture`.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `ms` until somebody moves it.
    pub fn fixed(ms: i64) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(ms)))
    }

    /// Milliseconds since 1970 UTC.
    pub fn now_ms(&self) -> i64 {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
            }
            Self::Fixed(ms) => ms.load(Ordering::Relaxed),
        }
    }
}
