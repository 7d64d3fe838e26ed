//! What is particular to Prometheus' own text format.

use super::cursor::Cursor;
use super::error::ExpositionError;
use super::item::{About, Metadata};
use super::{Escaped, MetricType};

/// Reads a line that begins with `#`, which has been passed. `None` where it is a comment.
///
/// Prometheus passes one byte after the family's name, whatever it is but NUL, and takes all others as they are.
pub(super) fn metadata<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Metadata<'a>>, ExpositionError> {
    let line = cursor.line();
    let is_apart = has_gap(cursor);
    cursor.white_space();
    let word = ["HELP", "TYPE"].into_iter().find(|word| cursor.pass_word(word));
    let Some(word) = word.filter(|_| is_apart && has_gap(cursor)) else {
        cursor.pass_comment();
        return Ok(None);
    };
    cursor.white_space();
    let family = family(cursor)?;
    let Some(rest) = cursor.take_line() else { return Err(cursor.error("not UTF-8")) };
    let text = if rest.is_empty() { Some("") } else { rest.get(1..).filter(|_| !rest.starts_with('\0')) };
    let about = if word == "HELP" {
        About::Help(Escaped::help(text.ok_or(ExpositionError::at(line, "a space was expected"))?))
    } else {
        let of_type = text.and_then(MetricType::of_text);
        About::Type(of_type.ok_or(ExpositionError::at(line, "no such type of a metric"))?)
    };
    Ok(Some(Metadata { line, family, about }))
}

fn has_gap(cursor: &Cursor<'_>) -> bool {
    matches!(cursor.peek(), Some(b' ' | b'\t'))
}

/// Reads a family's name, in quotes or without.
pub(super) fn family<'a>(cursor: &mut Cursor<'a>) -> Result<Escaped<'a>, ExpositionError> {
    let bare = cursor.take_metric_name();
    if !bare.is_empty() {
        return Ok(Escaped::bare(bare));
    }
    cursor.take_quoted_name("a family's name was expected")
}

/// Reads a timestamp, if there is one: milliseconds, without a sign.
pub(super) fn timestamp_ms(cursor: &mut Cursor<'_>) -> Result<Option<i64>, ExpositionError> {
    cursor.white_space();
    let digits = cursor.take_digits();
    if digits.is_empty() {
        return Ok(None);
    }
    match digits.parse() {
        Ok(milliseconds) => Ok(Some(milliseconds)),
        Err(_) => Err(cursor.error("a timestamp is too large")),
    }
}
