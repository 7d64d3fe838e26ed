//! Reads fields of fixed length, one after the other.

use annals_log::Hash;

/// What is left of a text of fixed-length fields. The length of the whole is checked before the first field is read.
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the next `length` bytes.
    pub(crate) fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at_checked(length).expect("the length was checked before");
        self.0 = rest;
        taken
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        self.take(N).try_into().expect("as many as were asked for")
    }

    pub(crate) fn hash(&mut self) -> Hash {
        Hash(self.array())
    }

    pub(crate) fn hashes(&mut self, count: usize) -> Vec<Hash> {
        self.take(32 * count).as_chunks().0.iter().map(|bytes| Hash(*bytes)).collect()
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }
}
