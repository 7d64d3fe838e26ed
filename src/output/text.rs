//! Texts on standard output.

use std::io::{self, Write};

use crate::failure::Failure;
use crate::terminal::{self, Out, printable_lines};

/// Standard output for texts: byte for byte, but on a terminal, where nothing may move the cursor.
pub(crate) struct Texts(Out);

impl Texts {
    pub(crate) fn out() -> Self {
        Self(terminal::out())
    }
}

impl Write for Texts {
    /// Takes whole texts: where somebody looks, what is no text is shown as replaced.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if terminal::is_watched() {
            self.0.write_all(printable_lines(&String::from_utf8_lossy(bytes)).as_bytes())?;
        } else {
            self.0.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Writes a text to standard output.
pub(crate) fn write_text(text: &str) -> Result<(), Failure> {
    Ok(Texts::out().write_all(text.as_bytes())?)
}
