//! The cells of a table as texts, and how wide they are.

use std::borrow::Cow;

use arrow_array::RecordBatch;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::DataType;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::failure::Failure;
use crate::output::error::internal;
use crate::terminal::printable;

/// Stands in the place of what was cut.
const CUT: char = '…';

/// The columns of a batch, as texts.
pub(super) struct Cells<'a>(Vec<ArrayFormatter<'a>>);

impl<'a> Cells<'a> {
    pub(super) fn of(batch: &'a RecordBatch) -> Result<Self, Failure> {
        let options = FormatOptions::new().with_null("null");
        let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options));
        Ok(Self(columns.collect::<Result<_, _>>().map_err(internal)?))
    }

    /// Returns a cell as it is, strangers' characters included.
    pub(super) fn raw(&self, column: usize, row: usize) -> Result<String, Failure> {
        self.0[column].value(row).try_to_string().map_err(internal)
    }

    /// Returns a cell that breaks no row.
    pub(super) fn text(&self, column: usize, row: usize) -> Result<String, Failure> {
        Ok(in_row(&self.raw(column, row)?))
    }
}

/// A text of a stranger that breaks no row.
pub(super) fn in_row(text: &str) -> String {
    printable(text).replace('|', "\\|")
}

/// Whether values of a type are texts, of which a part still tells something.
pub(super) fn is_text(data_type: &DataType) -> bool {
    let is_whole = matches!(data_type, DataType::Boolean | DataType::Null);
    !(is_whole || data_type.is_numeric() || data_type.is_temporal())
}

/// How many columns of a terminal a text takes.
pub(super) fn width_of(text: &str) -> usize {
    text.width()
}

/// A text of [`in_row`] in at most `width` columns, of which there is at least one: a word, as a hotkey, loses its
/// middle, and a sentence its end.
pub(super) fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if width_of(text) <= width {
        return text.into();
    }
    let left = width - 1;
    let tail_width = if text.contains(' ') { 0 } else { left / 2 };
    let head = &text[..beginning(text.chars(), left - tail_width)];
    let tail = &text[text.len() - beginning(text.chars().rev(), tail_width)..];
    // Its backslash is cut away.
    let tail = tail.strip_prefix('|').unwrap_or(tail);
    format!("{head}{CUT}{tail}").into()
}

/// The bytes of as many characters as have place in `width` columns.
fn beginning(chars: impl Iterator<Item = char>, width: usize) -> usize {
    let mut left = width;
    let mut bytes = 0;
    for c in chars {
        let Some(rest) = left.checked_sub(c.width().unwrap_or(0)) else { break };
        left = rest;
        bytes += c.len_utf8();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_loses_its_middle_and_a_sentence_its_end() {
        let hotkey = "5Hdc3AguLLfvvHxB73dBuCyfwrXpW46ioCez3JXuETgEfYMi";
        assert_eq!(cut(hotkey, 48), hotkey);
        assert_eq!(cut(hotkey, 12), "5Hdc3A…EfYMi");
        assert_eq!(cut("NVIDIA H100 80GB HBM3", 12), "NVIDIA H100…");
        assert_eq!(cut("abc", 1), "…");
    }

    #[test]
    fn what_is_cut_is_no_wider_than_it_may_be() {
        let texts =
            ["漢字漢字漢字漢字漢字", "éé́́ééééééééééé", "a😀b😀c😀d😀e😀f😀", "plain text of some words"];
        for text in texts {
            for width in 1..width_of(text) {
                let cut = cut(text, width);
                assert!(width_of(&cut) <= width && cut.contains(CUT), "{cut} in {width}");
            }
        }
    }

    #[test]
    fn a_cut_text_still_breaks_no_row() {
        let text = in_row("||||||||||||||||||||");
        for width in 1..width_of(&text) {
            let cut = cut(&text, width);
            let bare = cut.replace("\\|", "");
            assert!(!bare.contains('|'), "{cut} in {width}");
        }
    }
}
