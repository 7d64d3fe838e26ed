//! JSON strings: their escapes, and the text they stand for.

use super::Text;

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
        // What is escaped is never shorter than what it stands for.
        let mut text = Text::with_capacity(self.raw.len());
        let mut rest = self.raw;
        while self.has_escapes
            && let Some((plain, escape)) = rest.split_once('\\')
        {
            text.push_str(plain);
            let (code_point, bytes) = unescape_one(escape.as_bytes());
            text.push(code_point);
            rest = &escape[bytes..];
        }
        text.push_str(rest);
        if self.has_escapes {
            // Escapes take up to six times the room, and a text may be kept for long.
            text.shrink_to_fit();
        }
        text
    }
}

/// The code point of an escape, behind its backslash, and how many bytes it has. Two escapes that are a surrogate pair
/// are one; a surrogate alone stays one.
fn unescape_one(escape: &[u8]) -> (u32, usize) {
    let plain = |character: u8| (u32::from(character), 1);
    match escape[0] {
        b'b' => plain(8),
        b'f' => plain(12),
        b'n' => plain(b'\n'),
        b'r' => plain(b'\r'),
        b't' => plain(b'\t'),
        b'u' => {
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
        character => plain(character),
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
