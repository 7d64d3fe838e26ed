//! Times as sources write them.

use chrono::DateTime;

/// Milliseconds since 1970 UTC of an ISO 8601 time, as W&B writes it: with `Z`, with an offset, or (in older answers)
/// with neither, which is UTC too. `None` when it is no time.
pub fn told_time_ms(text: &str) -> Option<i64> {
    let read = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    Some(read(text).or_else(|| read(&format!("{text}Z")))?.timestamp_millis())
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
}
