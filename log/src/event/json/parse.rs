//! Reading JSON: whole, or walked with the raw text of what is not looked into.

use super::build::{Build, Nothing, Values};
use super::error::JsonError;
use super::plain::plain_bytes;
use super::raw_text::{RawText, escape_bytes};
use super::{Text, Value};

/// Deeper values are refused. `CPython` gives up a little below 1,000, depending on how deep its caller stands.
const DEPTH_MAX: u32 = 900;

/// Python refuses longer integers, so that nobody keeps it busy with one.
const INTEGER_DIGITS_MAX: usize = 4300;

/// Reads a text that is one JSON value, as `json.loads(text, strict=False)` does: raw control characters in strings,
/// `NaN` and `Infinity` are taken.
///
/// # Errors
/// The first place that is no JSON, or is nested deeper than 900.
pub fn parse(text: &str) -> Result<Value, JsonError> {
    let mut parser = Parser::of(text);
    let value = parser.value()?;
    parser.end()?;
    Ok(value)
}

/// Walks through a JSON text from left to right.
///
/// ```
/// use annals_log::json::Parser;
///
/// let mut names = Vec::new();
/// let mut parser = Parser::of(r#"{"edges": [{"node": {"a": 1}}, {"node": null}]}"#);
/// parser.object(|edges, _| {
///     edges.list(|edge, _| edge.object(|node, _| Ok(names.push(node.skip()?))))
/// })?;
/// parser.end()?;
/// assert_eq!(names, [r#"{"a": 1}"#, "null"]);
/// # Ok::<(), annals_log::json::JsonError>(())
/// ```
pub struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    has_raw_controls: bool,
}

impl<'a> Parser<'a> {
    /// Stands before the value that `text` is.
    pub fn of(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, has_raw_controls: false }
    }

    /// Reads the value that begins here.
    ///
    /// # Errors
    /// Where it is none.
    pub fn value(&mut self) -> Result<Value, JsonError> {
        self.walk::<Values>()
    }

    /// Passes the value that begins here and gives its text, byte for byte. It is checked as strictly as by
    /// [`Parser::value`].
    ///
    /// # Errors
    /// Where it is no value.
    pub fn skip(&mut self) -> Result<&'a str, JsonError> {
        self.white_space();
        let start = self.at;
        self.walk::<Nothing>()?;
        Ok(&self.text[start..self.at])
    }

    /// Passes the value that begins here.
    ///
    /// # Errors
    /// As of [`Parser::skip`].
    pub fn pass(&mut self) -> Result<(), JsonError> {
        self.skip().map(|_| ())
    }

    /// Passes a `null`, if that is what begins here.
    pub fn null(&mut self) -> bool {
        self.white_space();
        self.literal("null")
    }

    /// Walks through the members of the object that begins here. `member` has to pass each value. Keys come as often
    /// as they are written.
    ///
    /// # Errors
    /// Where it is no object, and what `member` says.
    pub fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &Text) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.expect(b'{', "an object was expected")?;
        self.elements(b'}', |parser| {
            let key = parser.key()?.unescape();
            member(parser, &key)
        })
    }

    /// Walks through the items of the list that begins here. `item` has to pass each of them and is told its place,
    /// from 0.
    ///
    /// # Errors
    /// Where it is no list, and what `item` says.
    pub fn list(
        &mut self,
        mut item: impl FnMut(&mut Self, usize) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.expect(b'[', "a list was expected")?;
        let mut place = 0;
        self.elements(b']', |parser| {
            item(parser, place)?;
            place += 1;
            Ok(())
        })
    }

    /// Behind the last value nothing but white space may follow.
    ///
    /// # Errors
    /// What follows.
    pub fn end(&mut self) -> Result<(), JsonError> {
        self.white_space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.error("more follows behind the value")) }
    }

    /// Whether a string passed so far has a raw control character in it: `json.loads` takes those only when it is told
    /// not to be strict.
    pub fn has_raw_controls(&self) -> bool {
        self.has_raw_controls
    }

    /// An error at the next byte that is not white space.
    pub fn error(&mut self, what: &'static str) -> JsonError {
        self.white_space();
        JsonError { at: self.at, what }
    }

    fn walk<B: Build>(&mut self) -> Result<B::Value, JsonError> {
        self.white_space();
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                let mut members = Vec::new();
                self.elements(b'}', |parser| {
                    let key = B::key(&parser.key()?);
                    members.push((key, parser.walk::<B>()?));
                    Ok(())
                })?;
                Ok(B::object(members))
            }
            Some(b'[') => {
                self.at += 1;
                let mut items = Vec::new();
                self.elements(b']', |parser| {
                    items.push(parser.walk::<B>()?);
                    Ok(())
                })?;
                Ok(B::list(items))
            }
            Some(b'"') => Ok(B::text(&self.string()?)),
            _ => self.scalar::<B>(),
        }
    }

    /// What stands between an opening bracket, which has been passed, and `closing`.
    fn elements(
        &mut self,
        closing: u8,
        mut element: impl FnMut(&mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        if self.depth == DEPTH_MAX {
            return Err(self.error("nested too deep"));
        }
        self.depth += 1;
        self.white_space();
        if self.peek() != Some(closing) {
            loop {
                element(self)?;
                self.white_space();
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(byte) if byte == closing => break,
                    _ => return Err(self.error("a comma or the end of the list or object was expected")),
                }
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(())
    }

    fn key(&mut self) -> Result<RawText<'a>, JsonError> {
        self.white_space();
        if self.peek() != Some(b'"') {
            return Err(self.error("a key in double quotes was expected"));
        }
        let key = self.string()?;
        self.expect(b':', "a colon was expected")?;
        Ok(key)
    }

    fn string(&mut self) -> Result<RawText<'a>, JsonError> {
        self.at += 1;
        let start = self.at;
        let mut has_escapes = false;
        loop {
            self.at += plain_bytes(&self.text.as_bytes()[self.at..]);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    has_escapes = true;
                    let no_escape = JsonError { at: self.at, what: "no such escape in a string" };
                    self.at += escape_bytes(&self.text.as_bytes()[self.at..]).ok_or(no_escape)?;
                }
                Some(_) => {
                    self.has_raw_controls = true;
                    self.at += 1;
                }
                None => return Err(JsonError { at: start - 1, what: "a string has no end" }),
            }
        }
        let raw = &self.text[start..self.at];
        self.at += 1;
        Ok(RawText::of(raw, has_escapes))
    }

    fn scalar<B: Build>(&mut self) -> Result<B::Value, JsonError> {
        match self.peek() {
            Some(b'n') if self.literal("null") => return Ok(B::constant(Value::Null)),
            Some(b't') if self.literal("true") => return Ok(B::constant(Value::Bool(true))),
            Some(b'f') if self.literal("false") => return Ok(B::constant(Value::Bool(false))),
            Some(b'N') if self.literal("NaN") => return Ok(B::number("NaN")),
            Some(b'I') if self.literal("Infinity") => return Ok(B::number("Infinity")),
            Some(b'-') if self.literal("-Infinity") => return Ok(B::number("-Infinity")),
            _ => {}
        }
        match number_bytes(&self.text.as_bytes()[self.at..]) {
            0 => Err(self.error("a value was expected")),
            bytes => {
                let digits = &self.text[self.at..self.at + bytes];
                if bytes > INTEGER_DIGITS_MAX && is_too_long(digits) {
                    return Err(self.error("an integer of more than 4,300 digits"));
                }
                self.at += bytes;
                Ok(B::number(digits))
            }
        }
    }

    fn literal(&mut self, word: &str) -> bool {
        let is_it = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        if is_it {
            self.at += word.len();
        }
        is_it
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), JsonError> {
        self.white_space();
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.error(what))
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn white_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }
}

fn is_too_long(number: &str) -> bool {
    let digits = number.trim_start_matches('-');
    digits.len() > INTEGER_DIGITS_MAX && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// How many bytes at the start are a number: an exponent or a fraction counts only when it is whole, as in `CPython`'s
/// scanner, and what follows is somebody else's error.
fn number_bytes(text: &[u8]) -> usize {
    let digits_end = |from: usize| {
        let mut end = from;
        while text.get(end).is_some_and(u8::is_ascii_digit) {
            end += 1;
        }
        end
    };
    let sign = usize::from(text.first() == Some(&b'-'));
    let mut end = if text.get(sign) == Some(&b'0') { sign + 1 } else { digits_end(sign) };
    if end == sign {
        return 0;
    }
    if text.get(end) == Some(&b'.') {
        let fraction_end = digits_end(end + 1);
        if fraction_end > end + 1 {
            end = fraction_end;
        }
    }
    if let Some(b'e' | b'E') = text.get(end) {
        let exponent = end + 1 + usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let exponent_end = digits_end(exponent);
        if exponent_end > exponent {
            end = exponent_end;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Text {
        parse(json).unwrap().as_text().unwrap().clone()
    }

    #[test]
    fn keys_keep_their_first_place_and_their_last_value() {
        let value = parse(r#"{"7":1,"07":2,"7":3}"#).unwrap();
        assert_eq!(value.to_json(), r#"{"7":3,"07":2}"#);
    }

    #[test]
    fn numbers_stay_as_they_were_written() {
        let written = "[0,-0,1.0,1e5,9007199254740993,1E+400,-Infinity,NaN,184467440737095516150]";
        let Value::List(items) = parse(written).unwrap() else { panic!("a list") };
        assert_eq!(Value::List(items.clone()).to_json(), written);
        let integers = items.iter().map(|item| match item {
            Value::Number(number) => number.is_integer(),
            _ => panic!("a number"),
        });
        assert!(integers.eq([true, true, false, false, true, false, false, false, true]));
        let Value::Number(large) = &items[5] else { panic!("a number") };
        assert!(large.to_f64().is_infinite());
    }

    #[test]
    fn surrogates_pair_up_or_stay_alone() {
        assert_eq!(text(r#""\ud83d\ude00""#), Text::from("\u{1f600}"));
        let alone = text(r#""a\ud83dA\ude00""#);
        assert_eq!((alone.as_str(), alone.as_bytes().len()), (None, 8));
        assert_eq!(Value::Text(alone).to_json(), r#""a\ud83dA\ude00""#);
        assert_eq!(text(r#""\ud83d\ud83d\ude00""#), text("\"\\ud83d\u{1f600}\""));
    }

    #[test]
    fn control_characters_are_taken_raw_and_written_escaped() {
        let raw = parse("\"a\u{1}\nb\"").unwrap();
        assert_eq!(raw.to_json(), r#""a\u0001\nb""#);
    }

    #[test]
    fn errors_name_the_place() {
        let wrong = [
            ("", 0),
            ("[1,]", 3),
            ("{\"a\" 1}", 5),
            ("[1 2]", 3),
            ("\"ab", 0),
            ("\"\\x\"", 1),
            ("01", 1),
            ("-", 0),
            ("1.", 1),
            ("nul", 0),
            ("{1:2}", 1),
            ("[1]]", 3),
            ("\"\\ud83d\\u12\"", 7),
            ("\u{feff}1", 0),
        ];
        for (json, at) in wrong {
            assert_eq!(parse(json).map_err(|error| error.at), Err(at), "{json}");
            let mut parser = Parser::of(json);
            let passed = parser.skip().and_then(|_| parser.end());
            assert_eq!(passed.map_err(|error| error.at), Err(at), "passing over {json}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&deep(900)).is_ok());
        assert_eq!(parse(&deep(901)).unwrap_err().what, "nested too deep");
        assert_eq!(Parser::of(&deep(100_000)).skip().unwrap_err().at, 901);
    }
}
