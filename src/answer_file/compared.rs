//! A text that is written again, and compared with a file.

use std::io::{self, Read, Write};

use crate::failure::Failure;
use crate::terminal::printable;

/// The most bytes of a line that are shown.
const SHOWN_BYTES: usize = 200;

/// Takes a text, and compares it byte for byte with what it reads. The first difference ends it: whoever writes more
/// gets an error.
pub(super) struct Compared<R> {
    file: R,
    /// Those of the file, beginning with 1.
    line: u64,
    /// The bytes of the line that are the same.
    same: Vec<u8>,
    difference: Option<Difference>,
}

/// The rest of the line that differs, as far as it is known.
struct Difference {
    in_file: Vec<u8>,
    in_answer: Vec<u8>,
}

impl<R: Read> Compared<R> {
    pub(super) fn with(file: R) -> Self {
        Self { file, line: 1, same: Vec::new(), difference: None }
    }

    /// # Errors
    /// `Finding`: the first difference.
    pub(super) fn end(mut self) -> Result<(), Failure> {
        if self.difference.is_none() {
            let rest = self.rest_of_line(&[]).map_err(|error| Failure::Unavailable(error.to_string()))?;
            self.difference =
                (!rest.is_empty()).then_some(Difference { in_file: rest, in_answer: Vec::new() });
        }
        let Some(difference) = &self.difference else { return Ok(()) };
        let line = |rest: &[u8]| {
            let bytes = [&self.same, rest].concat();
            let cut = if bytes.len() > SHOWN_BYTES { " ..." } else { "" };
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN_BYTES)]).into_owned();
            if bytes.is_empty() {
                "nothing".to_owned()
            } else {
                format!("{}{cut}", printable(shown.trim_end()))
            }
        };
        Err(Failure::Finding(format!(
            "line {} is not what the log gives\n  in the file  {}\n  of the log   {}",
            self.line,
            line(&difference.in_file),
            line(&difference.in_answer)
        )))
    }

    /// `begun` and what follows in the file, up to the end of its line or of what is shown.
    fn rest_of_line(&mut self, begun: &[u8]) -> io::Result<Vec<u8>> {
        let mut rest = begun.to_vec();
        let room = SHOWN_BYTES.saturating_sub(rest.len());
        self.file.by_ref().take(room as u64 + 1).read_to_end(&mut rest)?;
        let end = rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |end| end + 1);
        rest.truncate(end);
        Ok(rest)
    }

    fn take_same(&mut self, bytes: &[u8]) {
        self.line += bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
        if let Some(end) = bytes.iter().rposition(|&byte| byte == b'\n') {
            self.same.clear();
            self.same.extend(&bytes[end + 1..]);
        } else {
            self.same.extend(bytes);
        }
        // Of a long line its beginning is enough, and whoever has more is a line without an end.
        self.same.truncate(SHOWN_BYTES + 1);
    }
}

impl<R: Read> Write for Compared<R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.difference.is_some() {
            return Err(io::Error::other("the text differs"));
        }
        let mut read = Vec::with_capacity(bytes.len());
        self.file.by_ref().take(bytes.len() as u64).read_to_end(&mut read)?;
        let same = read.iter().zip(bytes).take_while(|(read, byte)| read == byte).count();
        self.take_same(&bytes[..same]);
        if same < bytes.len() {
            let in_file = self.rest_of_line(&read[same..])?;
            let rest = &bytes[same..];
            let end = rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |end| end + 1);
            self.difference = Some(Difference { in_file, in_answer: rest[..end].to_vec() });
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{Compared, SHOWN_BYTES};

    fn compared(file: &str, answer: &[&str]) -> Result<(), String> {
        let mut compared = Compared::with(file.as_bytes());
        for piece in answer {
            if compared.write_all(piece.as_bytes()).is_err() {
                break;
            }
        }
        compared.end().map_err(|finding| finding.to_string())
    }

    #[test]
    fn the_same_bytes_are_no_difference_wherever_they_are_cut() {
        let text = "a,b\n1,2\n";
        for cut in 0..=text.len() {
            assert_eq!(compared(text, &[&text[..cut], &text[cut..]]), Ok(()));
        }
    }

    #[test]
    fn the_line_of_the_first_difference_is_shown() {
        let said = |line, file, log| {
            Err(format!("line {line} is not what the log gives\n  in the file  {file}\n  of the log   {log}"))
        };
        assert_eq!(compared("a,b\n1,2\n3,4\n", &["a,b\n1,", "3\n3,4\n"]), said(2, "1,2", "1,3"));
        assert_eq!(compared("a,b\n1,2\n", &["a,b\n", "1,2\n", "3,4\n"]), said(3, "nothing", "3,4"));
        assert_eq!(compared("a,b\n1,2\nmore\n", &["a,b\n1,2\n"]), said(3, "more", "nothing"));
        assert_eq!(compared("", &["a\n"]), said(1, "nothing", "a"));
    }

    #[test]
    fn a_long_line_is_cut() {
        let (long, other) = ("a".repeat(100_000), format!("{}b", "a".repeat(99_999)));
        let finding = compared(&long, &[&other]).unwrap_err();
        assert!(finding.len() < 3 * SHOWN_BYTES && finding.contains("..."), "{finding}");
    }
}
