//! Families that are made up, written in each format with the liberties that it gives, and read back.

use std::collections::BTreeMap;

use annals_log::exposition::{Exposition, Format};
use annals_log::json::{Object, Value};

use super::shown::{point, read};
use crate::scratch::seeded;

/// A body, and the lines that have to be read from it.
pub(super) struct Written<'r> {
    rng: &'r mut fastrand::Rng,
    format: Format,
    pub(super) body: Vec<u8>,
    lines: Vec<String>,
}

/// Where a text stands, which decides what has to be escaped.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Help,
    Name,
    LabelValue,
    /// The same of an exemplar, which may have no NUL byte.
    ExemplarValue,
}

impl<'r> Written<'r> {
    pub(super) fn make_up(rng: &'r mut fastrand::Rng, format: Format) -> Self {
        let mut written = Self { rng, format, body: Vec::new(), lines: Vec::new() };
        for _ in 0..written.rng.usize(..4) {
            written.family();
        }
        match format {
            Format::OpenMetrics => written.push("# EOF\n"),
            Format::Text => written.filler(),
        }
        // The last line needs no end.
        if written.rng.bool() && written.body.ends_with(b"\n") {
            written.body.pop();
        }
        written
    }

    fn family(&mut self) {
        let name = name(self.rng);
        if self.rng.bool() {
            let of_type = ["counter", "gauge", "histogram", "summary"][self.rng.usize(..4)];
            let line = self.metadata("TYPE", &name);
            self.push(&format!("{of_type}\n"));
            self.lines.push(format!("{line} type {name:?} {of_type}"));
        }
        if self.rng.bool() {
            let help = text(self.rng);
            let line = self.metadata("HELP", &name);
            self.escaped(&help, Place::Help);
            self.push("\n");
            self.lines.push(format!("{line} help {name:?} {help:?}"));
        }
        if self.format == Format::OpenMetrics && self.rng.bool() {
            let name = format!("{name}_bytes");
            let line = self.metadata("UNIT", &name);
            self.push("bytes\n");
            self.lines.push(format!("{line} unit {name:?} \"bytes\""));
        }
        for _ in 0..self.rng.usize(..5) {
            let suffix = ["", "_total", "_created", "_bucket", "_sum", "_count"][self.rng.usize(..6)];
            self.sample(&format!("{name}{suffix}"));
        }
    }

    /// Writes a line of metadata up to what it says, and returns its number.
    fn metadata(&mut self, word: &str, name: &str) -> usize {
        self.filler();
        let line = self.line();
        self.push("#");
        self.space();
        self.push(word);
        self.space();
        self.name(name);
        self.push(" ");
        line
    }

    fn sample(&mut self, name: &str) {
        self.filler();
        self.gap();
        let line = self.line();
        let json = self.series(name);
        let mut shown = format!("{line} {name:?} {}", self.point(&json));
        if self.format == Format::OpenMetrics && self.rng.u8(..4) == 0 {
            self.push(" # {");
            let json = self.labels(None, Place::ExemplarValue);
            self.push("} ");
            shown += &format!(" like {}", self.point(&json));
        }
        self.lines.push(shown);
        self.gap();
        self.push("\n");
    }

    /// Writes a sample up to its value, and returns the labels as JSON text.
    fn series(&mut self, name: &str) -> String {
        let is_outside = is_bare(name) && self.rng.u8(..4) > 0;
        if is_outside {
            self.push(name);
            if self.rng.bool() {
                self.space();
                return "{}".into();
            }
            self.gap();
        }
        self.push("{");
        let json = self.labels(if is_outside { None } else { Some(name) }, Place::LabelValue);
        self.push("}");
        if self.format == Format::OpenMetrics {
            self.push(" ");
        } else {
            self.gap();
        }
        json
    }

    /// Writes labels in any order, and the metric's name among them if it is given.
    fn labels(&mut self, metric: Option<&str>, place: Place) -> String {
        let mut labels = BTreeMap::new();
        for _ in 0..self.rng.usize(..4) {
            let mut value = text(self.rng);
            if place == Place::ExemplarValue {
                value.retain(|character| character != '\0');
            }
            labels.insert(name(self.rng).replace(':', "_"), value);
        }
        let mut pieces: Vec<_> = labels.iter().map(|(name, value)| (name.as_str(), Some(value))).collect();
        pieces.extend(metric.map(|name| (name, None)));
        self.rng.shuffle(&mut pieces);
        let count = pieces.len();
        for (number, (name, value)) in pieces.into_iter().enumerate() {
            self.gap();
            match value {
                Some(value) => {
                    self.name(name);
                    self.gap();
                    self.push("=");
                    self.gap();
                    self.quoted(value, place);
                }
                None => self.quoted(name, Place::Name),
            }
            self.gap();
            let may_lack_comma = number + 1 == count || (value.is_some() && self.format == Format::Text);
            if !may_lack_comma || self.rng.bool() {
                self.push(",");
            }
        }
        self.gap();
        let mut object = Object::default();
        for (name, value) in &labels {
            object.insert(name.as_str().into(), Value::Text(value.as_str().into()));
        }
        object.to_json()
    }

    /// Writes a value and perhaps a timestamp.
    fn point(&mut self, json: &str) -> String {
        let value = value(self.rng);
        self.push(&format!("{value:?}"));
        if self.rng.bool() {
            return point(json, value, None);
        }
        self.space();
        if self.format == Format::Text {
            let milliseconds = self.rng.i64(0..);
            self.push(&milliseconds.to_string());
            return point(json, value, Some(milliseconds));
        }
        // Of an eighth of a second nothing is lost in a double.
        let eighths = self.rng.i32(..);
        self.push(&format!("{:?}", f64::from(eighths) / 8.0));
        point(json, value, Some(i64::from(eighths) * 125))
    }

    fn name(&mut self, name: &str) {
        if is_bare(name) && self.rng.bool() { self.push(name) } else { self.quoted(name, Place::Name) }
    }

    fn quoted(&mut self, text: &str, place: Place) {
        self.push("\"");
        self.escaped(text, place);
        self.push("\"");
    }

    fn escaped(&mut self, text: &str, place: Place) {
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            // Before these, and at the end, a backslash would be an escape, or take the quote after NUL bytes with it.
            let may_stand_alone = !matches!(characters.peek(), None | Some('\\' | 'n' | '\n' | '"' | '\0'));
            let (is_text, coin) = (self.format == Format::Text, self.rng.bool());
            match character {
                '\\' if !(may_stand_alone && coin) => self.push("\\\\"),
                '\n' if !(place == Place::LabelValue && is_text && coin) => self.push("\\n"),
                '"' if place != Place::Help || (!is_text && coin) => self.push("\\\""),
                plain => self.push(plain.encode_utf8(&mut [0; 4])),
            }
        }
    }

    fn push(&mut self, text: &str) {
        self.body.extend_from_slice(text.as_bytes());
    }

    /// The number of the line that is written.
    fn line(&self) -> usize {
        1 + line_feeds(&self.body)
    }

    /// Space between two pieces of a line: text takes any, `OpenMetrics` none.
    fn gap(&mut self) {
        if self.format == Format::Text {
            let gap = ["", "", " ", "\t", " \t "][self.rng.usize(..5)];
            self.push(gap);
        }
    }

    /// Space that has to be there.
    fn space(&mut self) {
        self.push(" ");
        self.gap();
    }

    /// Lines that text passes over.
    fn filler(&mut self) {
        if self.format == Format::Text {
            let fillers: [&[u8]; 7] =
                [b"", b"\n", b" \t\n", b"#\n", b"# HELPED a b\n", b"#TYPE a b\n", b"# \xff \"{\n"];
            self.body.extend_from_slice(fillers[self.rng.usize(..7)]);
        }
    }
}

fn line_feeds(body: &[u8]) -> usize {
    body.iter().filter(|&&byte| byte == b'\n').count()
}

fn name(rng: &mut fastrand::Rng) -> String {
    let pieces = ["a", "b_1", "_", "c:d", "n", ".", "é", "\"", "\\", " ", "{", "\n", "\u{1f600}"];
    // Most need no quotes.
    let choice = if rng.u8(..3) == 0 { pieces.len() } else { 5 };
    (0..rng.usize(1..4)).map(|_| pieces[rng.usize(..choice)]).collect()
}

/// Whether a metric, or a label if there is no colon, may be called so without quotes.
fn is_bare(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
}

fn text(rng: &mut fastrand::Rng) -> String {
    let pieces = [
        "a",
        "n",
        "12",
        "\\",
        "\n",
        "\"",
        "{",
        "}",
        ",",
        "=",
        " ",
        "\t",
        "#",
        "# EOF",
        "\0",
        "\r",
        "é",
        "\u{1f600}",
    ];
    (0..rng.usize(..6)).map(|_| pieces[rng.usize(..pieces.len())]).collect()
}

fn value(rng: &mut fastrand::Rng) -> f64 {
    match rng.u8(..4) {
        0 => f64::from(rng.i8(..)),
        1 => [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0][rng.usize(..4)],
        _ => f64::from_bits(rng.u64(..)),
    }
}

#[test]
fn what_was_written_is_read_back() {
    let mut rng = seeded("exposition");
    for format in [Format::Text, Format::OpenMetrics] {
        let mut items = 0;
        for _ in 0..500 {
            let written = Written::make_up(&mut rng, format);
            let body = String::from_utf8_lossy(&written.body);
            assert_eq!(read(&written.body, format), written.lines, "{body}");
            items += written.lines.len();
        }
        assert!(items > 500, "{items} items");
    }
}

#[test]
fn a_body_that_was_cut_off_gives_what_was_before_or_an_error() {
    let mut rng = seeded("exposition cut off");
    for format in [Format::Text, Format::OpenMetrics] {
        for _ in 0..20 {
            let Written { body, lines, .. } = Written::make_up(&mut rng, format);
            // The last line feed is not missed.
            let whole = body.len() - usize::from(body.ends_with(b"\n"));
            for end in 0..whole {
                let cut = read(&body[..end], format);
                let is_refused = cut.last().is_some_and(|line| line.starts_with("error: "));
                assert!(is_refused || format == Format::Text, "{:?}", String::from_utf8_lossy(&body[..end]));
                // The last item may be shorter than it was, or the error.
                let before = cut.len().saturating_sub(1);
                assert_eq!(cut[..before], lines[..before]);
            }
        }
    }
}

#[test]
fn a_changed_byte_is_read_or_refused_on_a_line_that_there_is() {
    let mut rng = seeded("exposition changed");
    let (mut taken, mut refused) = (0, 0);
    for format in [Format::Text, Format::OpenMetrics] {
        for _ in 0..2_000 {
            let mut body = Written::make_up(&mut rng, format).body;
            if body.is_empty() {
                continue;
            }
            let at = rng.usize(..body.len());
            body[at] = *rng.choice(b"\"\\\n{}=,# \t0e.\xff\0").unwrap();
            // It walks through all labels.
            read(&body, format);
            match Exposition::of(&body, format).find_map(Result::err) {
                Some(error) => {
                    assert!((1..=1 + line_feeds(&body)).contains(&error.line), "{error}");
                    refused += 1;
                }
                None => taken += 1,
            }
        }
    }
    assert!(taken > 100 && refused > 100, "{taken} taken, {refused} refused");
}
