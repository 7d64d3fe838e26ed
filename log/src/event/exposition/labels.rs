//! The labels of a sample: walked through once to check them, and again whenever somebody asks.

use std::borrow::Cow;

use super::Escaped;
use super::cursor::Cursor;
use super::error::ExpositionError;
use super::format::Format;
use super::limits::{LABELS_MAX, Limit, Limits};
use crate::event::json::write_escaped;

/// The labels of a sample, as they are written, each name once.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// What follows the opening brace, with the closing one; empty where there are no braces. It was checked.
    text: &'a str,
    format: Format,
}

/// A label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label<'a> {
    /// Never empty.
    pub name: Escaped<'a>,
    /// To Prometheus an empty value is the same as no label; here it stays.
    pub value: Escaped<'a>,
}

/// What is between two commas.
enum Piece<'a> {
    /// The metric's name, in quotes.
    Metric(Escaped<'a>),
    Label(Label<'a>),
}

impl<'a> Labels<'a> {
    /// Those of a sample without braces.
    pub(super) fn none(format: Format) -> Self {
        Self { text: "", format }
    }

    /// Reads the labels after an opening brace, which has been passed, and the metric's name, if it is among them.
    /// `names` is for its own use.
    pub(super) fn read(
        cursor: &mut Cursor<'a>,
        limits: &Limits,
        names: &mut Vec<Escaped<'a>>,
    ) -> Result<(Option<Escaped<'a>>, Self), ExpositionError> {
        names.clear();
        let rest = cursor.rest();
        let labels_max = limits.labels.min(LABELS_MAX);
        let mut metric = None;
        while let Some(piece) = next_piece(cursor)? {
            match piece {
                Piece::Metric(_) if metric.is_some() => {
                    return Err(cursor.error("a second name of the metric"));
                }
                Piece::Metric(name) => metric = Some(name),
                Piece::Label(_) if names.len() == labels_max => {
                    return Err(ExpositionError::beyond(cursor.line(), Limit::Labels));
                }
                Piece::Label(label) => {
                    if let Some(limit) = limits.exceeded_by_label(&label.name, &label.value) {
                        return Err(ExpositionError::beyond(cursor.line(), limit));
                    }
                    names.push(label.name);
                }
            }
        }
        names.sort_unstable();
        if names.array_windows().any(|[one, next]| one == next) {
            return Err(cursor.error("two labels have one name"));
        }
        let text = &rest[..rest.len() - cursor.rest().len()];
        Ok((metric, Self { text, format: cursor.format() }))
    }

    /// The labels in the order in which they are written.
    pub fn iter(&self) -> impl Iterator<Item = Label<'a>> + use<'a> {
        let mut cursor = Cursor::again(self.text, self.format);
        std::iter::from_fn(move || {
            while !cursor.is_at_end() {
                let piece = next_piece(&mut cursor).expect("they were checked when the sample was read");
                if let Piece::Label(label) = piece? {
                    return Some(label);
                }
            }
            None
        })
    }

    /// The value of the label `name`.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        let label = self.iter().find(|label| label.name.unescape() == name)?;
        Some(label.value.unescape())
    }

    /// A JSON object without white space, its keys in the order of their code points.
    pub fn to_json(&self) -> String {
        // About as long as the text: the braces and colons make up for the equals signs.
        let mut json = String::with_capacity(self.text.len() + 16);
        self.write_json(&mut json);
        json
    }

    /// Adds to `out` what [`Labels::to_json`] returns.
    pub fn write_json(&self, out: &mut String) {
        // Most targets sort them.
        if self.iter().is_sorted_by(|one, next| one.name < next.name) {
            write_object(self.iter(), out);
        } else {
            let mut labels: Vec<_> = self.iter().collect();
            labels.sort_unstable_by(|one, other| one.name.cmp(&other.name));
            write_object(labels, out);
        }
    }
}

fn write_object<'a>(labels: impl IntoIterator<Item = Label<'a>>, out: &mut String) {
    let mut before = "{\"";
    for label in labels {
        out.push_str(before);
        write_escaped(&label.name.unescape(), out);
        out.push_str("\":\"");
        write_escaped(&label.value.unescape(), out);
        before = "\",\"";
    }
    out.push_str(if before == "{\"" { "{}" } else { "\"}" });
}

/// Reads up to the next comma. `None` where the closing brace was, which is then passed.
fn next_piece<'a>(cursor: &mut Cursor<'a>) -> Result<Option<Piece<'a>>, ExpositionError> {
    cursor.white_space();
    if cursor.pass(b'}') {
        return Ok(None);
    }
    let bare = cursor.take_label_name();
    let is_quoted = bare.is_empty();
    let name =
        if is_quoted { cursor.take_quoted_name("a label's name was expected")? } else { Escaped::bare(bare) };
    cursor.white_space();
    if is_quoted && (cursor.peek() == Some(b'}') || cursor.pass(b',')) {
        return Ok(Some(Piece::Metric(name)));
    }
    if !cursor.pass(b'=') {
        return Err(cursor.error("an equals sign was expected"));
    }
    if name.unescape() == "__name__" {
        return Err(cursor.error("a label is named __name__"));
    }
    cursor.white_space();
    let value = cursor.take_quoted("a label's value in double quotes was expected")?;
    cursor.white_space();
    // Prometheus' text needs no comma between labels, OpenMetrics does; both take one after the last.
    if !cursor.pass(b',') && cursor.format() == Format::OpenMetrics && cursor.peek() != Some(b'}') {
        return Err(cursor.error("a comma or the closing brace was expected"));
    }
    Ok(Some(Piece::Label(Label { name, value })))
}
