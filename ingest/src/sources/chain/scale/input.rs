//! The bytes of SCALE values, read from their beginning: bytes, integers and lengths.

use super::error::ScaleError;

/// The bytes that were not read yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], ScaleError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(ScaleError::TooShort)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], ScaleError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(ScaleError::TooShort)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, ScaleError> {
        Ok(self.take(1)?[0])
    }

    /// Reads a compact integer as a length. One that no machine can address is `TooShort`: so many bytes do not follow.
    pub(crate) fn length(&mut self) -> Result<usize, ScaleError> {
        let value = self.compact()?;
        usize::try_from(value).map_err(|_| ScaleError::TooShort)
    }

    /// Reads an integer in SCALE's compact form: up to 128 bits, which is what runtimes use, in the shortest form or
    /// not, as a node accepts it.
    pub(super) fn compact(&mut self) -> Result<u128, ScaleError> {
        let first = self.byte()?;
        let more = match first % 4 {
            0 => return Ok(u128::from(first >> 2)),
            1 => 1,
            2 => 3,
            _ => usize::from(first >> 2) + 4,
        };
        let mut bytes = [0; 16];
        let taken = self.take(more)?;
        let is_long = first % 4 == 3;
        let start = usize::from(!is_long);
        bytes.get_mut(start..start + more).ok_or(ScaleError::Malformed("compact"))?.copy_from_slice(taken);
        if is_long {
            return Ok(u128::from_le_bytes(bytes));
        }
        bytes[0] = first;
        Ok(u128::from_le_bytes(bytes) >> 2)
    }
}
