//! The one door to bincode: `config::standard()` with a limit on both ways, and a decode that accepts one form only.
//!
//! Plain bincode decodes `[251, 5, 0]` as 5, ignores trailing bytes, and without a limit aborts the process on a
//! hostile length. Here a value is accepted only if encoding it again gives the same bytes.

use bincode::de::BorrowDecode;
use bincode::enc::write::Writer;
use bincode::enc::{Encode, EncoderImpl};
use bincode::error::EncodeError;

/// Longer values are never made and never read: the largest batch.
const VALUE_BYTES_MAX: usize = 16 << 20;

type Config = bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<VALUE_BYTES_MAX>,
>;

const CONFIG: Config = bincode::config::standard().with_limit::<VALUE_BYTES_MAX>();

/// Why bytes are not the encoding of a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Too short, an unknown tag, text that is not UTF-8, a length past the end.
    #[error("the bytes do not decode: {0}")]
    Undecodable(String),
    /// Decodes, but the same value is written with other bytes: trailing ones, or a number in a longer form.
    #[error("the bytes decode, but are not the one form in which this value is written")]
    NotCanonical,
}

/// The bytes of `value`.
///
/// # Panics
/// If they are over 16 MiB: callers bound what they encode.
pub fn encode<T: Encode>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_behind(&mut bytes, value);
    bytes
}

/// Appends the bytes of `value`.
///
/// # Panics
/// As [`encode`].
pub(crate) fn encode_behind<T: Encode>(bytes: &mut Vec<u8>, value: &T) {
    let start = bytes.len();
    bincode::encode_into_writer(value, Append { bytes }, CONFIG).expect("our values encode without fail");
    assert!(bytes.len() - start <= VALUE_BYTES_MAX, "callers bound what they encode");
}

/// The value of which `bytes` are the encoding, the whole of it, in its only form.
///
/// # Errors
/// `Undecodable` and `NotCanonical`. However hostile the lengths inside, at most 16 MiB is allocated.
pub fn decode<'a, T: BorrowDecode<'a, ()> + Encode>(bytes: &'a [u8]) -> Result<T, CodecError> {
    let (value, _): (T, usize) = bincode::borrow_decode_from_slice(bytes, CONFIG)
        .map_err(|error| CodecError::Undecodable(error.to_string()))?;
    let mut same = EncoderImpl::new(Same { rest: bytes }, CONFIG);
    value.encode(&mut same).map_err(|_| CodecError::NotCanonical)?;
    if same.into_writer().rest.is_empty() { Ok(value) } else { Err(CodecError::NotCanonical) }
}

struct Append<'a> {
    bytes: &'a mut Vec<u8>,
}

impl Writer for Append<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}

/// A writer that only compares: fails at the first byte that differs from what was read.
struct Same<'a> {
    rest: &'a [u8],
}

impl Writer for Same<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.rest = self.rest.strip_prefix(bytes).ok_or(EncodeError::Other("differs from what was read"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_accepted() {
        assert_eq!(decode::<u64>(&[5]), Ok(5));
        assert_eq!(decode::<u64>(&[251, 0x2c, 1]), Ok(300));
        assert_eq!(decode::<u64>(&[251, 5, 0]), Err(CodecError::NotCanonical));
        assert_eq!(decode::<u64>(&[5, 0]), Err(CodecError::NotCanonical));
        assert!(matches!(decode::<u64>(&[]), Err(CodecError::Undecodable(_))));
    }

    #[test]
    fn a_hostile_length_is_an_error_and_no_allocation() {
        let claims_a_terabyte = [253, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0];
        assert!(matches!(decode::<Vec<u8>>(&claims_a_terabyte), Err(CodecError::Undecodable(_))));
        assert!(matches!(decode::<Vec<u64>>(&claims_a_terabyte), Err(CodecError::Undecodable(_))));
        assert!(matches!(decode::<&str>(&claims_a_terabyte), Err(CodecError::Undecodable(_))));
    }
}
