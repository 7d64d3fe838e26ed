//! Whether something was had long after it happened.

/// A block that is had so much later was not followed when it was made.
const LATE_MS: i64 = 10 * 60 * 1000;

/// Whether `at_ms` is over 10 minutes behind the block's own time.
pub(crate) fn is_late(own_ms: i64, at_ms: i64) -> bool {
    at_ms.saturating_sub(own_ms) > LATE_MS
}
