//! Times as sources write them, and as we do.

use chrono::{DateTime, SecondsFormat, Utc};

/// Milliseconds since 1970 UTC of an ISO 8601 time, as W&B writes it: with `Z`, with an offset, or (in older answers)
/// with neither, which is UTC too. `None` when it is no time.
pub fn told_time_ms(text: &str) -> Option<i64> {
    let read = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    Some(read(text).or_else(|| read(&format!("{text}Z")))?.timestamp_millis())
}

/// RFC 3339 in UTC, to the millisecond where there is one; a number of milliseconds where no calendar reaches.
pub fn utc_text(ms: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(ms)
        .map_or_else(|| format!("{ms} ms"), |time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_in_use_are_read() {
        let ms = 1_748_853_383_000;
        for text in ["2025-06-02T08:36:23Z", "2025-06-02T08:36:23", "2025-06-02T10:36:23+02:00"] {
            assert_eq!(told_time_ms(text), Some(ms), "{text}");
        }
        assert_eq!(told_time_ms("2025-06-02T08:36:23.1239Z"), Some(ms + 123));
        for text in ["", "yesterday", "1748853383", "2025-06-02", "2025-13-02T08:36:23Z"] {
            assert_eq!(told_time_ms(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for (ms, text) in [(1_748_853_383_000, "2025-06-02T08:36:23Z"), (-1, "1969-12-31T23:59:59.999Z")] {
            assert_eq!((utc_text(ms).as_str(), told_time_ms(text)), (text, Some(ms)));
        }
        assert_eq!(utc_text(i64::MAX), "9223372036854775807 ms");
    }
}
