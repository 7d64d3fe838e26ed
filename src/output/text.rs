//! Texts on standard output.

use std::io::Write;

use crate::failure::Failure;
use crate::terminal::{self, printable_lines};

/// Byte for byte, but on a terminal.
pub(crate) fn write_text(text: &str, out: &mut impl Write) -> Result<(), Failure> {
    let shown = if terminal::is_watched() { printable_lines(text) } else { text.into() };
    Ok(out.write_all(shown.as_bytes())?)
}
