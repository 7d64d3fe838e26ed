//! A place in a body, and the small pieces that both formats are made of.

use memchr::{memchr, memchr3};

use super::Escaped;
use super::error::ExpositionError;
use super::format::Format;

/// Walks through a body from left to right.
pub(super) struct Cursor<'a> {
    /// A stretch of the body that is UTF-8. All but comments has to lie in one.
    text: &'a str,
    at: usize,
    /// What follows the stretch: its first byte is not UTF-8.
    beyond: &'a [u8],
    line: usize,
    format: Format,
}

impl<'a> Cursor<'a> {
    /// Begins at the first byte of `body`.
    pub(super) fn of(body: &'a [u8], format: Format) -> Self {
        let (text, beyond) = split_at_invalid(body);
        Self { text, at: 0, beyond, line: 1, format }
    }

    /// Begins at line `line` of a body; `rest` is what the body holds from there on.
    pub(super) fn at_line(line: usize, rest: &'a [u8], format: Format) -> Self {
        Self { line, ..Self::of(rest, format) }
    }

    /// Begins at a part of a body that was walked through before.
    pub(super) fn again(text: &'a str, format: Format) -> Self {
        Self { text, at: 0, beyond: &[], line: 1, format }
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// An error on this line. Where the body stops being UTF-8 that is what is wrong, whatever was expected.
    pub(super) fn error(&self, what: &'static str) -> ExpositionError {
        let is_invalid = self.at == self.text.len() && !self.beyond.is_empty();
        ExpositionError::at(self.line, if is_invalid { "not UTF-8" } else { what })
    }

    /// The next byte; `None` at the end of the body and at one that is not UTF-8.
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.text.len() && self.beyond.is_empty()
    }

    /// What is left, up to the first byte that is not UTF-8.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Passes `byte`, if it is the next.
    pub(super) fn pass(&mut self, byte: u8) -> bool {
        let is_here = self.peek() == Some(byte);
        self.at += usize::from(is_here);
        is_here
    }

    /// Passes `word`, if it comes next.
    pub(super) fn pass_word(&mut self, word: &str) -> bool {
        let is_here = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        if is_here {
            self.at += word.len();
        }
        is_here
    }

    /// Passes spaces and tabs between the pieces of a line; `OpenMetrics` has none there.
    pub(super) fn white_space(&mut self) {
        if self.format == Format::Text {
            while let Some(b' ' | b'\t') = self.peek() {
                self.at += 1;
            }
        }
    }

    /// Passes the end of a line, if it comes next. In [`Format::Text`] the last line needs none.
    pub(super) fn pass_line_end(&mut self) -> bool {
        self.white_space();
        if self.pass(b'\n') {
            self.line += 1;
            return true;
        }
        self.format == Format::Text && self.is_at_end()
    }

    /// Passes what is left of the line and its end, whatever bytes there are.
    pub(super) fn pass_comment(&mut self) {
        if let Some(length) = memchr(b'\n', self.rest().as_bytes()) {
            self.at += length + 1;
        } else {
            let next_line = memchr(b'\n', self.beyond).map_or(self.beyond.len(), |length| length + 1);
            (self.text, self.beyond) = split_at_invalid(&self.beyond[next_line..]);
            self.at = 0;
        }
        self.line += 1;
    }

    /// Takes what is left of the line, and passes its end. `None` where that is missing or not UTF-8.
    pub(super) fn take_line(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        self.at += memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let taken = &rest[..rest.len() - self.rest().len()];
        self.pass_line_end().then_some(taken)
    }

    /// Takes what is before the next space, tab, opening brace or end of line: a number, if it is one.
    pub(super) fn take_word(&mut self) -> &'a str {
        self.take_while(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'{'))
    }

    /// Takes a metric's name without quotes; empty where none begins here.
    pub(super) fn take_metric_name(&mut self) -> &'a str {
        match self.peek() {
            Some(byte) if !byte.is_ascii_digit() => {
                self.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
            }
            _ => "",
        }
    }

    /// Takes a label's name without quotes; empty where none begins here.
    pub(super) fn take_label_name(&mut self) -> &'a str {
        match self.peek() {
            Some(byte) if !byte.is_ascii_digit() => {
                self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            }
            _ => "",
        }
    }

    /// Takes the digits that begin here.
    pub(super) fn take_digits(&mut self) -> &'a str {
        self.take_while(|byte| byte.is_ascii_digit())
    }

    /// Takes what is before the first byte that `goes_on` refuses. It has to take all bytes above 127, or none.
    fn take_while(&mut self, goes_on: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.bytes().position(|byte| !goes_on(byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Takes the name in double quotes that begins here.
    ///
    /// # Errors
    /// `what` where no quote comes next; or what is wrong with the name.
    pub(super) fn take_quoted_name(&mut self, what: &'static str) -> Result<Escaped<'a>, ExpositionError> {
        let name = self.take_quoted(what)?;
        if name.raw().is_empty() {
            Err(self.error("a name is empty"))
        } else if name.raw().contains('\0') {
            Err(self.error("a NUL byte in a name"))
        } else {
            Ok(name)
        }
    }

    /// Takes the text in double quotes that begins here.
    ///
    /// # Errors
    /// `what` where no quote comes next; or that the text has no end.
    pub(super) fn take_quoted(&mut self, what: &'static str) -> Result<Escaped<'a>, ExpositionError> {
        if !self.pass(b'"') {
            return Err(self.error(what));
        }
        let start = self.at;
        let bytes = self.text.as_bytes();
        let (mut has_backslash, mut lines) = (false, 0);
        while let Some(length) = memchr3(b'"', b'\\', b'\n', &bytes[self.at..]) {
            self.at += length;
            match bytes[self.at] {
                b'"' => {
                    let quoted = Escaped::quoted(&self.text[start..self.at], has_backslash);
                    self.at += 1;
                    self.line += lines;
                    return Ok(quoted);
                }
                b'\\' => {
                    has_backslash = true;
                    self.at += after_backslash(&bytes[self.at + 1..]);
                    if bytes.get(self.at).is_none_or(|&byte| byte == b'\n') {
                        return Err(self.error("a backslash at the end of a line"));
                    }
                    self.at += 1;
                }
                _ if self.format == Format::OpenMetrics => break,
                _ => {
                    lines += 1;
                    self.at += 1;
                }
            }
        }
        if !bytes[self.at..].starts_with(b"\n") {
            self.at = bytes.len();
        }
        Err(self.error("a quoted text has no end"))
    }
}

/// Returns how many bytes there are from a backslash within quotes to the byte that it takes with it, whether the two
/// are an escape or not; `rest` is what follows the backslash. Prometheus passes over NUL bytes before that.
pub(super) fn after_backslash(rest: &[u8]) -> usize {
    1 + rest.iter().take_while(|&&byte| byte == 0).count()
}

/// Splits before the first byte that is not UTF-8.
fn split_at_invalid(bytes: &[u8]) -> (&str, &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text, &[]),
        Err(error) => {
            let (valid, beyond) = bytes.split_at(error.valid_up_to());
            (std::str::from_utf8(valid).expect("it was found valid just now"), beyond)
        }
    }
}
