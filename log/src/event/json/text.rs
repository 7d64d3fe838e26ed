//! Text as a JSON string can hold it.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use compact_str::CompactString;

/// Unicode code points, lone surrogates (`"\ud800"`) included, in generalized UTF-8. Texts are equal, and order, as
/// Python's: by code point.
///
/// A text of at most 24 bytes, as most keys and values are, takes no memory beside itself.
#[derive(Clone)]
pub struct Text(Bytes);

#[derive(Clone)]
enum Bytes {
    /// UTF-8.
    Whole(CompactString),
    /// A lone surrogate is in it. A slice, and not a vector, leaves room for what tells the two apart: a text is three
    /// words long.
    Broken(Box<[u8]>),
}

impl Text {
    /// Takes UTF-8, but that each lone surrogate stands as three bytes.
    pub(super) fn of_bytes(bytes: Vec<u8>) -> Self {
        Self(match String::from_utf8(bytes) {
            Ok(whole) => Bytes::Whole(whole.into()),
            Err(error) => Bytes::Broken(error.into_bytes().into()),
        })
    }

    /// UTF-8, but that each lone surrogate stands as three bytes, which no UTF-8 has.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Bytes::Whole(whole) => whole.as_bytes(),
            Bytes::Broken(bytes) => bytes,
        }
    }

    /// `None` when a lone surrogate is in it.
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Bytes::Whole(whole) => Some(whole),
            Bytes::Broken(_) => None,
        }
    }

    /// With U+FFFD (three of them, one a byte) in the place of each lone surrogate: to show, not to compare.
    pub fn to_lossy(&self) -> Cow<'_, str> {
        match &self.0 {
            Bytes::Whole(whole) => whole.as_str().into(),
            Bytes::Broken(bytes) => String::from_utf8_lossy(bytes),
        }
    }

    /// For a text that is itself JSON: each lone surrogate as the escape that stands for it in a string.
    pub fn to_json_source(&self) -> Cow<'_, str> {
        match self.as_str() {
            Some(text) => text.into(),
            None => {
                let mut out = String::new();
                self.for_each_part(|whole, surrogate| {
                    out.push_str(whole);
                    out.extend(surrogate.map(escape));
                });
                out.into()
            }
        }
    }

    /// The same as a string.
    ///
    /// # Errors
    /// The text itself when a lone surrogate is in it.
    pub fn into_string(self) -> Result<String, Self> {
        match self.0 {
            Bytes::Whole(whole) => Ok(whole.into()),
            Bytes::Broken(_) => Err(self),
        }
    }

    /// Its code points, each as a text: what Python gets that walks through a `str`.
    pub fn code_points(&self) -> impl Iterator<Item = Self> {
        let mut points = Vec::new();
        self.for_each_part(|whole, surrogate| {
            points.extend(
                whole.chars().map(|character| Self::from(character.encode_utf8(&mut [0; 4]) as &str)),
            );
            points.extend(surrogate.map(|unit| {
                let mut point = Vec::new();
                push_code_point(unit, &mut point);
                Self::of_bytes(point)
            }));
        });
        points.into_iter()
    }

    /// Calls `part` with each stretch of text that is UTF-8 and the lone surrogate behind it.
    fn for_each_part(&self, mut part: impl FnMut(&str, Option<u32>)) {
        let bytes = match &self.0 {
            Bytes::Whole(whole) => return part(whole, None),
            Bytes::Broken(bytes) => bytes,
        };
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (whole, surrogate, after) = split_at_surrogate(rest);
            part(whole, surrogate);
            rest = after;
        }
    }

    /// As a JSON string, with its quotes. Only what must be escaped is.
    pub(super) fn write_json(&self, out: &mut String) {
        out.push('"');
        self.for_each_part(|whole, surrogate| {
            write_escaped(whole, out);
            out.extend(surrogate.map(escape));
        });
        out.push('"');
    }
}

/// Adds a code point, which may be a surrogate.
pub(super) fn push_code_point(code_point: u32, to: &mut Vec<u8>) {
    match char::from_u32(code_point) {
        Some(character) => to.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        None => {
            let six_bits = |shift: u32| 0x80 | u8::try_from(code_point >> shift & 0x3f).expect("six bits");
            to.extend_from_slice(&[0xed, six_bits(6), six_bits(0)]);
        }
    }
}

/// The text up to the first lone surrogate, that one, and the rest.
fn split_at_surrogate(bytes: &[u8]) -> (&str, Option<u32>, &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(whole) => (whole, None, &[]),
        Err(error) => {
            let (whole, rest) = bytes.split_at(error.valid_up_to());
            let whole = std::str::from_utf8(whole).expect("it was found valid just now");
            let surrogate = 0xd000 | u32::from(rest[1] & 0x3f) << 6 | u32::from(rest[2] & 0x3f);
            (whole, Some(surrogate), &rest[3..])
        }
    }
}

fn escape(unit: u32) -> String {
    format!("\\u{unit:04x}")
}

/// Adds what stands between the quotes of a JSON string.
pub(in crate::event) fn write_escaped(whole: &str, out: &mut String) {
    // All that is escaped is ASCII, so what lies between may be copied as it is.
    let mut rest = whole;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)) {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => out.push_str(&escape(u32::from(control))),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

impl Default for Text {
    fn default() -> Self {
        Self::from("")
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

/// Hash and order are those of the bytes, so maps by text can be asked with bytes.
impl Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Bytes::Whole(text.into()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Bytes::Whole(text.into()))
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut json = String::new();
        self.write_json(&mut json);
        f.write_str(&json)
    }
}
