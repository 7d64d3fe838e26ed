//! Standard output and error, and what may be shown there: readers go away, disks fill up, and texts come from
//! strangers.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, IsTerminal as _, StdoutLock, Write};
use std::path::Path;
use std::sync::OnceLock;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// The target of the events that [`say`] makes of its lines, see [`say_as_events`].
pub(crate) const SAID: &str = "annals::said";

/// Set once lines are events.
static AS_EVENTS: OnceLock<()> = OnceLock::new();
/// The first error of standard output; nothing is written after it.
static FAILED: OnceLock<io::Error> = OnceLock::new();

/// Standard output, which never fails on the way: whoever writes finishes the work first, and [`finish`] tells.
pub(crate) struct Out(StdoutLock<'static>);

/// Standard output for whoever writes from any thread: each write locks it anew.
pub(crate) struct SharedOut;

pub(crate) fn out() -> Out {
    Out(io::stdout().lock())
}

pub(crate) fn is_watched() -> bool {
    io::stdout().is_terminal()
}

/// How many columns there are for what is written: as `COLUMNS` says, else those of the terminal; `None` elsewhere.
pub(crate) fn columns() -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    said.filter(|&columns: &usize| columns > 0).or_else(|| {
        let (_, columns) = is_watched().then(|| console::Term::stdout().size())?;
        Some(columns.into())
    })
}

/// Whether somebody takes what is written: once that failed, nothing more is written, and work for it alone can end.
pub(crate) fn is_heard() -> bool {
    FAILED.get().is_none()
}

/// Sees that all of standard output was taken.
///
/// # Errors
/// The first error of standard output, as a sentence. A reader that went away is not one.
pub(crate) fn finish() -> Result<(), String> {
    let flushed = out().flush();
    match FAILED.get().or(flushed.as_ref().err()) {
        Some(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}

/// A line on standard error. Where that cannot be written nothing can be said.
pub(crate) fn say(text: &str) {
    if AS_EVENTS.get().is_some() {
        return tracing::warn!(target: SAID, "{text}");
    }
    let _ = writeln!(io::stderr(), "annals: {}", printable_lines(text));
}

/// From now on lines on standard error are events for a subscriber, which writes them in a form of its own.
pub(crate) fn say_as_events() {
    // Once is enough.
    let _ = AS_EVENTS.set(());
}

/// A text in one line: what would move the cursor, or what nobody sees though it makes two texts different, is escaped.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c == '\\' || is_hidden(c))
}

/// The same for lines, of which each has a form of its own, as JSON.
pub(crate) fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && is_hidden(c))
}

/// A path in one line: names of files may come from anybody.
pub(crate) fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy()).into_owned()
}

fn is_hidden(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    matches!(c.general_category(), Control | Format | LineSeparator | ParagraphSeparator)
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return text.into();
    }
    text.chars()
        .fold(String::with_capacity(text.len()), |mut shown, c| {
            if is_escaped(c) {
                write!(shown, "{}", c.escape_default()).expect("a String takes it");
            } else {
                shown.push(c);
            }
            shown
        })
        .into()
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if FAILED.get().is_some() {
            return Ok(bytes.len());
        }
        match self.0.write(bytes) {
            Err(error) if error.kind() != ErrorKind::Interrupted => {
                // Whoever was first is kept.
                let _ = FAILED.set(error);
                Ok(bytes.len())
            }
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if FAILED.get().is_some() { Ok(()) } else { self.0.flush() }
    }
}

impl Write for SharedOut {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        out().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        out().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::{printable, printable_lines};

    #[test]
    fn what_nobody_sees_is_shown() {
        let told = [
            ("NVIDIA H200", "NVIDIA H200"),
            ("wipe\u{1b}[2K\u{9b}", "wipe\\u{1b}[2K\\u{9b}"),
            ("one\ntwo\r", "one\\ntwo\\r"),
            ("turn\u{202e}ed", "turn\\u{202e}ed"),
            ("H\u{200b}200\u{feff}\u{ad}", "H\\u{200b}200\\u{feff}\\u{ad}"),
            ("\\u{1b}", "\\\\u{1b}"),
            ("é 漢 😀", "é 漢 😀"),
        ];
        for (text, shown) in told {
            assert_eq!(printable(text), shown);
        }
        assert_eq!(printable_lines("{\"a\":\"\\n\"}\n\u{1b}\n"), "{\"a\":\"\\n\"}\n\\u{1b}\n");
    }
}
