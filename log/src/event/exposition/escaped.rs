//! Texts as they are written, and what they stand for.

use std::borrow::Cow;
use std::cmp::Ordering;

/// A text in a body. Its escapes stay until somebody asks for what they stand for; equality and order are of that.
#[derive(Debug, Clone, Copy)]
pub struct Escaped<'a> {
    raw: &'a str,
    escapes: Escapes,
}

/// What a backslash may stand before. Before anything else it stands for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// The text has no backslash.
    None,
    /// A backslash, or `n` for a line feed.
    WithoutQuotes,
    /// These, or a double quote.
    WithQuotes,
}

impl<'a> Escaped<'a> {
    /// A name without quotes, which has no escapes.
    pub(super) fn bare(raw: &'a str) -> Self {
        Self { raw, escapes: Escapes::None }
    }

    /// What is between two quotes.
    pub(super) fn quoted(raw: &'a str, has_backslash: bool) -> Self {
        Self { raw, escapes: if has_backslash { Escapes::WithQuotes } else { Escapes::None } }
    }

    /// A help text of [`super::Format::Text`]: a quote means nothing there, and neither does a backslash before it.
    pub(super) fn help(raw: &'a str) -> Self {
        let has_backslash = raw.contains('\\');
        Self { raw, escapes: if has_backslash { Escapes::WithoutQuotes } else { Escapes::None } }
    }

    /// The text as it is written, without the quotes around it.
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// The text that it stands for. Only one that has a backslash is copied.
    pub fn unescape(&self) -> Cow<'a, str> {
        if self.escapes == Escapes::None {
            return self.raw.into();
        }
        let mut text = String::with_capacity(self.raw.len());
        let mut rest = self.raw;
        while let Some((plain, after)) = rest.split_once('\\') {
            text.push_str(plain);
            let character = match after.bytes().next() {
                Some(b'\\') => '\\',
                Some(b'n') => '\n',
                Some(b'"') if self.escapes == Escapes::WithQuotes => '"',
                _ => {
                    text.push('\\');
                    rest = after;
                    continue;
                }
            };
            text.push(character);
            rest = &after[1..];
        }
        text.push_str(rest);
        text.into()
    }
}

impl PartialEq for Escaped<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Escaped<'_> {}

impl PartialOrd for Escaped<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Escaped<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.escapes, other.escapes) {
            (Escapes::None, Escapes::None) => self.raw.cmp(other.raw),
            _ => self.unescape().cmp(&other.unescape()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_before_anything_else_stands_for_itself() {
        let texts = [
            (r"plain", "plain", "plain"),
            (r"\\n", r"\n", r"\n"),
            (r"a\nb\\", "a\nb\\", "a\nb\\"),
            (r#"\"é\""#, "\"é\"", r#"\"é\""#),
            (r"\t\x\é\", r"\t\x\é\", r"\t\x\é\"),
            (r#"\\\""#, r#"\""#, r#"\\""#),
        ];
        for (raw, in_quotes, in_help) in texts {
            assert_eq!(Escaped::quoted(raw, raw.contains('\\')).unescape(), in_quotes, "{raw}");
            assert_eq!(Escaped::help(raw).unescape(), in_help, "{raw}");
        }
    }

    #[test]
    fn texts_are_equal_by_what_they_stand_for() {
        assert_eq!(Escaped::quoted(r"\x", true), Escaped::quoted(r"\\x", true));
        assert_eq!(Escaped::quoted("x", false), Escaped::bare("x"));
        assert!(Escaped::quoted(r"\n", true) < Escaped::bare("A"));
    }
}
