//! JSON strings: their escapes, and the text they stand for.

use memchr::memchr;

use super::Text;
use super::text::push_code_point;

/// What stands between two quotes; its escapes have been checked.
pub(super) struct RawText<'a> {
    raw: &'a str,
    has_escapes: bool,
}

impl<'a> RawText<'a> {
    pub(super) fn of(raw: &'a str, has_escapes: bool) -> Self {
        Self { raw, has_escapes }
    }

    pub(super) fn unescape(&self) -> Text {
        if !self.has_escapes {
            return Text::from(self.raw);
        }
        // An escape is never shorter than what it stands for.
        let mut bytes = Vec::with_capacity(self.raw.len());
        let mut rest = self.raw.as_bytes();
        while let Some(plain) = memchr(b'\\', rest) {
            bytes.extend_from_slice(&rest[..plain]);
            let escape = &rest[plain + 1..];
            rest = &escape[push_escaped(escape, &mut bytes)..];
        }
        bytes.extend_from_slice(rest);
        // Escapes take up to six times the room, and a text may be kept for long.
        bytes.shrink_to_fit();
        Text::of_bytes(bytes)
    }
}

/// Adds what an escape stands for, and returns how many bytes it has behind its backslash.
fn push_escaped(escape: &[u8], to: &mut Vec<u8>) -> usize {
    let character = match escape[0] {
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => {
            let (code_point, bytes) = code_point_of(escape);
            push_code_point(code_point, to);
            return bytes;
        }
        // A quote, a backslash, or a slash.
        character => character,
    };
    to.push(character);
    1
}

/// Returns the code point of an escape that begins with `u`, and how many bytes it has. Two escapes that are a
/// surrogate pair are one; a surrogate alone stays one.
fn code_point_of(escape: &[u8]) -> (u32, usize) {
    let unit = hex_unit(&escape[1..5]);
    let low = match escape.get(5..11) {
        Some([b'\\', b'u', digits @ ..]) => hex_unit(digits),
        _ => 0,
    };
    if (0xd800..0xdc00).contains(&unit) && (0xdc00..0xe000).contains(&low) {
        (0x10000 + ((unit - 0xd800) << 10 | (low - 0xdc00)), 11)
    } else {
        (unit, 5)
    }
}

fn hex_unit(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |unit, digit| {
        unit << 4 | char::from(*digit).to_digit(16).expect("escapes were checked when the string was passed")
    })
}

/// The length of the escape that the text begins with.
pub(super) fn escape_bytes(text: &[u8]) -> Option<usize> {
    match text {
        [_, b'u', digits @ ..]
            if digits.iter().take(4).filter(|digit| digit.is_ascii_hexdigit()).count() == 4 =>
        {
            Some(6)
        }
        [_, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Some(2),
        _ => None,
    }
}
