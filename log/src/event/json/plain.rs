//! How far a JSON string goes on with characters that stand for themselves.

/// A byte of each value in all eight bytes of a word.
const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGH_BITS: u64 = ONES << 7;

/// How many bytes stand before the first quote, backslash or control character, or how many there are.
///
/// Eight bytes are looked at at once. Most strings are as short as a key or an address: for those a search by wider
/// registers takes longer to begin than to end.
pub(super) fn plain_bytes(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        // The first byte in the text is the lowest one: that is where a find is certain.
        let word = u64::from_le_bytes(*word);
        let found = below(word ^ every(b'"'), 1) | below(word ^ every(b'\\'), 1) | below(word, b' ');
        if found != 0 {
            return 8 * place + found.trailing_zeros() as usize / 8;
        }
    }
    let in_rest = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
    text.len() - rest.len() + in_rest.unwrap_or(rest.len())
}

fn every(byte: u8) -> u64 {
    ONES * u64::from(byte)
}

/// Sets the high bit of each byte that is below `bound`, which is at most 128; above the lowest of them also of others,
/// for what is borrowed there.
fn below(word: u64, bound: u8) -> u64 {
    word.wrapping_sub(every(bound)) & !word & HIGH_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each byte at each place of texts of up to three words, with every neighbour that could be borrowed from.
    #[test]
    fn the_first_byte_that_ends_plain_text_is_found_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            let ends = byte < b' ' || byte == b'"' || byte == b'\\';
            for around in [b'a', b'!', b'#', b']', b'[', 0x7f, 0x80, 0xff] {
                for length in 1..24 {
                    for place in 0..length {
                        let mut text = vec![around; length];
                        text[place] = byte;
                        assert_eq!(plain_bytes(&text), if ends { place } else { length }, "{text:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_follows_the_first_find_does_not_move_it() {
        let text = b"ab\"\\\x00\x1f\" #![]";
        for from in 0..text.len() {
            let first = text[from..].iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            assert_eq!(plain_bytes(&text[from..]), first.unwrap_or(text.len() - from));
        }
    }
}
