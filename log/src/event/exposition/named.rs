//! The samples of metrics that are named so, from a body that was read before.

use memchr::memmem::Finder;
use memchr::{memchr, memchr3};

use super::cursor::after_backslash;
use super::error::ExpositionError;
use super::format::Format;
use super::item::{Item, Sample};
use super::parse::Exposition;

/// Returns the samples that [`Exposition`] finds in `body` of metrics with `part` in their names, in the same order.
/// Only lines on which it stands are parsed, so the body has to be one that was read to its end without an error; of
/// any other the samples may be wrong.
///
/// # Errors
/// That of a line on which the part stands; nothing follows it.
pub fn samples_naming<'a, 'n>(
    body: &'a [u8],
    format: Format,
    part: &'n str,
) -> impl Iterator<Item = Result<Sample<'a>, ExpositionError>> + use<'a, 'n> {
    // These alone may be written in more ways than one, and a metric may have no others in its name.
    let plain = part.split(['\\', '\n', '"']).max_by_key(|piece| piece.len()).unwrap_or_default();
    let mut lines = Lines { body, start: 0, line: 1, type_line: None };
    let mut exposition = Exposition::of(&[], format);
    let finder = Finder::new(plain);
    std::iter::from_fn(move || {
        loop {
            let (line, text) = lines.seek(&finder)?;
            if let Some((line, text)) = lines.type_line.take() {
                exposition.read_line(line, text);
            }
            match exposition.read_line(line, text) {
                Some(Ok(Item::Sample(sample))) if sample.name.unescape().contains(part) => {
                    return Some(Ok(sample));
                }
                Some(Err(error)) => {
                    lines.start = body.len();
                    return Some(Err(error));
                }
                _ => {}
            }
        }
    })
}

/// Walks through a body line by line. One that holds a sample ends where the sample does, for a text in quotes may have
/// line feeds.
struct Lines<'a> {
    body: &'a [u8],
    /// The first byte of the next line, and its number.
    start: usize,
    line: usize,
    /// The last line passed that names the type of a family.
    type_line: Option<(usize, &'a [u8])>,
}

impl<'a> Lines<'a> {
    /// Passes lines up to the next with a sample in which `finder` finds something, and returns it with its number.
    fn seek(&mut self, finder: &Finder<'_>) -> Option<(usize, &'a [u8])> {
        while self.start < self.body.len() {
            let at = self.start + finder.find(&self.body[self.start..])?;
            let (line, text) = self.pass_up_to(at);
            if !is_comment(text) {
                return Some((line, text));
            }
        }
        None
    }

    /// Passes all lines up to the one that holds the byte `at`, and returns that with its number and its end.
    fn pass_up_to(&mut self, at: usize) -> (usize, &'a [u8]) {
        loop {
            let (line, rest) = (self.line, &self.body[self.start..]);
            let (length, line_feeds) =
                if is_comment(rest) { (length_of_comment(rest), 1) } else { length_of_sample(rest) };
            let text = &rest[..length];
            self.start += length;
            self.line += line_feeds;
            if names_type(text) {
                self.type_line = Some((line, text));
            }
            if self.start > at {
                return (line, text);
            }
        }
    }
}

/// Whether a line says something about a family, or nothing.
fn is_comment(line: &[u8]) -> bool {
    without_blanks(line).starts_with(b"#")
}

/// Whether a line says of what type a family is, as both formats read it.
fn names_type(line: &[u8]) -> bool {
    let Some(rest) = without_blanks(line).strip_prefix(b"#") else { return false };
    let word = without_blanks(rest);
    word.len() < rest.len() && matches!(word, [b'T', b'Y', b'P', b'E', b' ' | b'\t', ..])
}

fn without_blanks(line: &[u8]) -> &[u8] {
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &line[blanks..]
}

fn length_of_comment(rest: &[u8]) -> usize {
    memchr(b'\n', rest).map_or(rest.len(), |length| length + 1)
}

/// Returns how long a sample with which `rest` begins is with its line feed, and how many line feeds it has.
fn length_of_sample(rest: &[u8]) -> (usize, usize) {
    let (mut at, mut line_feeds, mut is_quoted) = (0, 0, false);
    while let Some(length) = rest.get(at..).and_then(|rest| memchr3(b'"', b'\\', b'\n', rest)) {
        at += length + 1;
        match rest[at - 1] {
            b'"' => is_quoted = !is_quoted,
            b'\n' => {
                line_feeds += 1;
                if !is_quoted {
                    return (at, line_feeds);
                }
            }
            _ => at += after_backslash(&rest[at..]),
        }
    }
    (rest.len(), line_feeds)
}
