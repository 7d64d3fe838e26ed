//! When a server may be asked again: as it says, else after longer and longer pauses.

use std::time::{Duration, SystemTime};

use chrono::DateTime;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Shorter ones are none.
pub(super) const PAUSE_MIN: Duration = Duration::from_secs(1);
/// Nobody waits longer for a server that asks for it: what it says is then a mistake.
const ASKED_MAX: Duration = Duration::from_hours(6);

/// Whether a request that was answered so may succeed later. What is wrong with the request itself, or with who asks,
/// stays wrong.
pub(super) fn is_worth_another(status: StatusCode) -> bool {
    status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED
        || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status)
}

/// How long the server asks to be left alone: `Retry-After`, in seconds or as a date; else, when `RateLimit-Remaining`
/// is 0, `RateLimit-Reset`, in seconds. W&B sends these.
pub(super) fn asked_pause(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let seconds = |text: &str| {
        let seconds = text.parse::<f64>().ok().filter(|seconds| *seconds >= 0.0)?;
        Duration::try_from_secs_f64(seconds.min(ASKED_MAX.as_secs_f64())).ok()
    };
    let retry_after = text(RETRY_AFTER.as_str());
    let is_used_up = text("ratelimit-remaining").is_some_and(|left| left.parse() == Ok(0.0));
    retry_after
        .and_then(|text| seconds(text).or_else(|| until_date(text, now)))
        .or_else(|| text("ratelimit-reset").filter(|_| is_used_up).and_then(seconds))
}

fn until_date(text: &str, now: SystemTime) -> Option<Duration> {
    let date: SystemTime = DateTime::parse_from_rfc2822(text).ok()?.into();
    Some(date.duration_since(now).unwrap_or_default().min(ASKED_MAX))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn asked(headers: &[(&'static str, &str)]) -> Option<f64> {
        let headers =
            headers.iter().map(|&(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        // 2026-01-01T00:00:00Z.
        asked_pause(&headers, UNIX_EPOCH + Duration::from_secs(1_767_225_600))
            .map(|pause| pause.as_secs_f64())
    }

    #[test]
    fn the_server_says_how_long_in_three_ways() {
        assert_eq!(asked(&[("retry-after", "4")]), Some(4.0));
        assert_eq!(asked(&[("retry-after", " 0.5 ")]), Some(0.5));
        assert_eq!(asked(&[("retry-after", "Thu, 01 Jan 2026 00:00:09 GMT")]), Some(9.0));
        assert_eq!(asked(&[("retry-after", "Thu, 01 Jan 2015 00:00:09 GMT")]), Some(0.0));
        assert_eq!(asked(&[("ratelimit-remaining", "0"), ("ratelimit-reset", "12")]), Some(12.0));
        let both = [("retry-after", "4"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "12")];
        assert_eq!(asked(&both), Some(4.0));
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        assert_eq!(asked(&[]), None);
        assert_eq!(asked(&[("ratelimit-remaining", "7"), ("ratelimit-reset", "12")]), None);
        for wrong in ["soon", "-1", "nan", ""] {
            assert_eq!(asked(&[("retry-after", wrong)]), None, "{wrong}");
        }
        assert_eq!(asked(&[("retry-after", "1e300")]), Some(ASKED_MAX.as_secs_f64()));
    }

    #[test]
    fn only_what_may_change_is_tried_again() {
        let is = |status| is_worth_another(StatusCode::from_u16(status).unwrap());
        assert!([408, 429, 500, 502, 503, 504].into_iter().all(is));
        assert!(![200, 301, 400, 401, 403, 404, 409, 410, 413, 422, 501].into_iter().any(is));
    }
}
