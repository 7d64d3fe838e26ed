//! Why a scrape has no body.

use std::error::Error;

use crate::failed_request::with_causes;

const WHY_CHARS_MAX: usize = 200;

/// Why there is no body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// In a word.
    pub kind: FailedKind,
    /// In a line of at most 200 printable characters of ASCII, without a URL. Bytes that a stranger chose are escaped.
    pub why: String,
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailedKind {
    /// No connection, no TLS, or something other than a whole answer in HTTP.
    Unreachable,
    /// A time ran out.
    Timeout,
    /// An answer that is not 200. Redirects are not followed.
    Status,
    /// More bytes than are taken: of the head, or of the body as sent or decompressed.
    TooLarge,
}

impl Failed {
    pub(super) fn new(kind: FailedKind, why: impl Into<String>) -> Self {
        Self { kind, why: escaped(&why.into(), WHY_CHARS_MAX) }
    }

    /// Tells `what` went wrong, and what it comes from.
    pub(super) fn caused(kind: FailedKind, what: &str, cause: &(dyn Error + 'static)) -> Self {
        Self::new(kind, with_causes(what, Some(cause)))
    }
}

/// Returns the first `chars_max` characters of a text in which only printable ASCII is left as it is.
pub(super) fn escaped(text: &str, chars_max: usize) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if character == ' ' || character.is_ascii_graphic() {
            escaped.push(character);
        } else {
            escaped.extend(character.escape_default());
        }
        if escaped.len() >= chars_max {
            break;
        }
    }
    escaped.truncate(chars_max);
    escaped
}
