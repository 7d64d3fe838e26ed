//! A mistake in a story: where it stands, and what is wrong.

use toml::Spanned;

/// A mistake, by its place in the text.
#[derive(Debug)]
pub(super) struct Mistake {
    /// In bytes.
    at: usize,
    what: String,
}

impl Mistake {
    /// A mistake in something that stands in the text.
    pub(super) fn of<T>(part: &Spanned<T>, what: impl Into<String>) -> Self {
        Self { at: part.span().start, what: what.into() }
    }

    /// The mistake as a sentence, after its line in `text`.
    pub(super) fn in_text(&self, text: &str) -> String {
        format!("line {}: {}", line_of(text, self.at), self.what)
    }
}

/// The line of a byte, from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
