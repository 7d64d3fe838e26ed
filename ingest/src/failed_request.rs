//! Requests that failed, in words.

use std::error::Error;

/// Tells the error and what it comes from, without URLs: there may be secrets in them.
pub(crate) fn in_words(error: &reqwest::Error) -> String {
    let kind = match error {
        error if error.is_timeout() => "no answer in time",
        error if error.is_connect() => "no connection",
        error if error.is_body() || error.is_decode() => "the answer broke off",
        _ => "the request failed",
    };
    with_causes(kind, error.source())
}

/// Tells what went wrong, and what it comes from.
pub(crate) fn with_causes(what: &str, mut cause: Option<&(dyn Error + 'static)>) -> String {
    let mut words = what.to_owned();
    while let Some(error) = cause {
        let said = error.to_string();
        if !words.ends_with(&said) {
            words = format!("{words}: {said}");
        }
        cause = error.source();
    }
    words
}
