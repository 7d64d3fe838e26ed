//! The made-up time of a fixture: a minute for each poll.

use annals_log::utc_text;
use chrono::{DateTime, Utc};

/// 2025-01-01: five million entries end in the same year.
const START_MS: i64 = 1_735_689_600_000;
const MINUTE_MS: i64 = 60_000;

/// Returns when minute number `minute` begins, in milliseconds since 1970 UTC.
pub(super) fn minute_ms(minute: u64) -> i64 {
    START_MS + i64::try_from(minute).expect("no disk holds so many minutes") * MINUTE_MS
}

/// Returns a time as W&B writes whole seconds.
pub(super) fn iso(at_ms: i64) -> String {
    utc_text(at_ms - at_ms.rem_euclid(1000))
}

/// Returns a time as `CURRENT_TIMESTAMP` in a validator's own database writes it.
pub(super) fn sqlite(at_ms: i64) -> String {
    time(at_ms).format("%F %T").to_string()
}

fn time(at_ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at_ms).expect("chrono counts on for 200,000 years")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_they_come() {
        assert_eq!(iso(minute_ms(0)), "2025-01-01T00:00:00Z");
        assert_eq!(sqlite(minute_ms(1) + 7_900), "2025-01-01 00:01:07");
        assert_eq!(annals_log::told_time_ms(&iso(minute_ms(700_000))), Some(minute_ms(700_000)));
    }
}
