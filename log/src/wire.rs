//! Fixed fields of the files: big-endian, read and written in order. (Entries have their own codec.)

/// Reads fields from the front; `None` once the bytes end.
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*array)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(bytes)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_be_bytes)
    }
}

/// A block that checks itself: four bytes of magic, CRC-32C of what follows, then fields.
pub(crate) fn seal_block<const N: usize>(magic: [u8; 4], fields: &[&[u8]]) -> [u8; N] {
    let mut block = [0; N];
    let mut at = 8;
    for field in fields {
        block[at..at + field.len()].copy_from_slice(field);
        at += field.len();
    }
    block[..4].copy_from_slice(&magic);
    let checksum = crc32c::crc32c(&block[8..]);
    block[4..8].copy_from_slice(&checksum.to_be_bytes());
    block
}

/// The fields of a block that [`seal_block`] made, `None` when its checksum is another one. The magic is not looked at.
pub(crate) fn open_block(block: &[u8]) -> Option<Fields<'_>> {
    let mut fields = Fields::of(block);
    fields.array::<4>()?;
    let checksum = fields.u32()?;
    (crc32c::crc32c(fields.rest) == checksum).then_some(fields)
}
