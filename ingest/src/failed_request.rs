//! Requests that failed, in words.

use std::error::Error as _;

/// Tells the error and what it comes from, without URLs: there may be secrets in them.
pub(crate) fn in_words(error: &reqwest::Error) -> String {
    let kind = match error {
        error if error.is_timeout() => "no answer in time",
        error if error.is_connect() => "no connection",
        error if error.is_body() || error.is_decode() => "the answer broke off",
        _ => "the request failed",
    };
    let mut words = kind.to_owned();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !words.ends_with(&said) {
            words = format!("{words}: {said}");
        }
        cause = error.source();
    }
    words
}
