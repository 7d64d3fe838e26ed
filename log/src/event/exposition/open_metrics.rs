//! What is particular to `OpenMetrics`: one space between pieces, no other comments, seconds, exemplars, and an end.

use super::cursor::Cursor;
use super::error::ExpositionError;
use super::item::{About, Exemplar, Metadata};
use super::number::{float, milliseconds};
use super::text::family;
use super::{Escaped, Labels, Limits, MetricType};

/// What is wrong with a body that was cut off.
pub(super) const NO_END: &str = "the body does not end with # EOF";

/// Reads a line that begins with `#`, which has been passed. `None` where the body ends with it.
pub(super) fn metadata<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Metadata<'a>>, ExpositionError> {
    let line = cursor.line();
    if cursor.pass_word(" EOF") {
        cursor.pass_line_end();
        return if cursor.is_at_end() { Ok(None) } else { Err(cursor.error("more follows after # EOF")) };
    }
    let word = [" HELP ", " TYPE ", " UNIT "].into_iter().find(|word| cursor.pass_word(word));
    let Some(word) = word else { return Err(cursor.error("HELP, TYPE, UNIT or EOF was expected")) };
    let family = family(cursor)?;
    if !cursor.pass(b' ') {
        return Err(cursor.error("a space was expected"));
    }
    let Some(text) = cursor.take_line() else { return Err(cursor.error(NO_END)) };
    let about = match word {
        " HELP " => About::Help(Escaped::quoted(text, text.contains('\\'))),
        " TYPE " => {
            let of_type = MetricType::of_open_metrics(text);
            About::Type(of_type.ok_or(ExpositionError::at(line, "no such type of a metric"))?)
        }
        _ if is_unit_of(family.raw(), text) => About::Unit(text),
        _ => return Err(ExpositionError::at(line, "the family's name does not end with the unit")),
    };
    Ok(Some(Metadata { line, family, about }))
}

fn is_unit_of(family: &str, unit: &str) -> bool {
    unit.is_empty() || family.strip_suffix(unit).is_some_and(|rest| rest.ends_with('_'))
}

/// Reads a timestamp, if there is one: seconds.
pub(super) fn timestamp_ms(cursor: &mut Cursor<'_>) -> Result<Option<i64>, ExpositionError> {
    if cursor.rest().starts_with(EXEMPLAR) || !cursor.pass(b' ') {
        return Ok(None);
    }
    match float(cursor.take_word()).and_then(milliseconds) {
        Some(milliseconds) => Ok(Some(milliseconds)),
        None => Err(cursor.error("a timestamp in seconds was expected")),
    }
}

/// What an exemplar begins with.
const EXEMPLAR: &str = " # {";

/// Reads an exemplar, if there is one. Prometheus applies the limits of labels to samples alone.
pub(super) fn exemplar<'a>(
    cursor: &mut Cursor<'a>,
    names: &mut Vec<Escaped<'a>>,
) -> Result<Option<Exemplar<'a>>, ExpositionError> {
    if !cursor.pass_word(EXEMPLAR) {
        return Ok(None);
    }
    let (metric, labels) = Labels::read(cursor, &Limits::default(), names)?;
    if metric.is_some() {
        return Err(cursor.error("an exemplar has no name"));
    }
    // Prometheus takes one in the labels of a sample alone.
    if labels.iter().any(|label| label.value.raw().contains('\0')) {
        return Err(cursor.error("a NUL byte in an exemplar"));
    }
    let value = if cursor.pass(b' ') { float(cursor.take_word()) } else { None };
    let Some(value) = value else { return Err(cursor.error("the exemplar's value was expected")) };
    Ok(Some(Exemplar { labels, value, timestamp_ms: timestamp_ms(cursor)? }))
}
