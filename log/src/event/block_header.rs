//! A block's header, to the byte.

/// The header of a Substrate block with 32-byte hashes (`sp_runtime::generic::Header`).
///
/// SCALE: parent hash, number (compact), state root, extrinsics root, digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockHeader {
    /// Of the block before it.
    pub parent_hash: [u8; 32],
    /// Height.
    pub number: u64,
    /// Root of the state behind it.
    pub state_root: [u8; 32],
    /// Root of its extrinsics.
    pub extrinsics_root: [u8; 32],
    /// Items of the digest, in order, each as its SCALE bytes.
    pub digest: Vec<Vec<u8>>,
}

/// `DigestItem::RuntimeEnvironmentUpdated`: the block replaced the code, or the size of the heap.
const RUNTIME_UPDATED: u8 = 8;

impl BlockHeader {
    /// A header from all of `bytes`; `None` when they are no header, or more than one.
    pub fn from_scale(bytes: &[u8]) -> Option<Self> {
        let mut input = Input(bytes);
        let parent_hash = input.array()?;
        let number = input.compact()?;
        let (state_root, extrinsics_root) = (input.array()?, input.array()?);
        let items = input.compact()?;
        // Not made as long as it claims to be: every item takes a byte at least.
        let mut digest = Vec::new();
        for _ in 0..items {
            digest.push(input.digest_item()?.to_vec());
        }
        input.0.is_empty().then_some(Self { parent_hash, number, state_root, extrinsics_root, digest })
    }

    /// The bytes whose BLAKE2b-256 is the block's hash.
    pub fn to_scale(&self) -> Vec<u8> {
        let mut bytes = self.parent_hash.to_vec();
        put_compact(&mut bytes, self.number);
        bytes.extend(self.state_root);
        bytes.extend(self.extrinsics_root);
        put_compact(&mut bytes, self.digest.len() as u64);
        self.digest.iter().for_each(|item| bytes.extend(item));
        bytes
    }

    /// Whether the block says that another runtime may be in force behind it.
    pub fn updates_runtime(&self) -> bool {
        self.digest.iter().any(|item| item == &[RUNTIME_UPDATED])
    }

    /// Whether these bytes are one item of a digest.
    pub fn is_digest_item(bytes: &[u8]) -> bool {
        let mut input = Input(bytes);
        input.digest_item().is_some() && input.0.is_empty()
    }
}

/// What is left to read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// SCALE's compact integer, in its shortest form alone.
    fn compact(&mut self) -> Option<u64> {
        let first = *self.0.first()?;
        let (value, least) = match first % 4 {
            0 => (u64::from(self.array::<1>()?[0]) >> 2, 0),
            1 => (u64::from(u16::from_le_bytes(self.array()?)) >> 2, 1 << 6),
            2 => (u64::from(u32::from_le_bytes(self.array()?)) >> 2, 1 << 14),
            _ => {
                self.take(1)?;
                let count = usize::from(first >> 2) + 4;
                let mut bytes = [0; 8];
                bytes.get_mut(..count)?.copy_from_slice(self.take(count)?);
                (u64::from_le_bytes(bytes), (1 << 30).max(1 << (8 * (count - 1))))
            }
        };
        (value >= least).then_some(value)
    }

    /// `sp_runtime::generic::DigestItem`: other 0, consensus 4, seal 5, pre-runtime 6, runtime updated 8.
    fn digest_item(&mut self) -> Option<&'a [u8]> {
        let start = self.0;
        match self.array::<1>()?[0] {
            RUNTIME_UPDATED => {}
            kind @ (0 | 4 | 5 | 6) => {
                if kind != 0 {
                    self.take(4)?;
                }
                let length = self.compact()?;
                self.take(usize::try_from(length).ok()?)?;
            }
            _ => return None,
        }
        Some(&start[..start.len() - self.0.len()])
    }
}

fn put_compact(bytes: &mut Vec<u8>, value: u64) {
    match value {
        0..0x40 => bytes.extend(&(value << 2).to_le_bytes()[..1]),
        0x40..0x4000 => bytes.extend(&(value << 2 | 1).to_le_bytes()[..2]),
        0x4000..0x4000_0000 => bytes.extend(&(value << 2 | 2).to_le_bytes()[..4]),
        _ => {
            let count = (8 - value.leading_zeros() as usize / 8).max(4);
            bytes.push(u8::try_from(count - 4).expect("4 to 8 bytes") << 2 | 3);
            bytes.extend(&value.to_le_bytes()[..count]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(number: u64) -> BlockHeader {
        let digest =
            vec![[&[6], b"aura".as_slice(), &[8, 1, 2]].concat(), vec![RUNTIME_UPDATED], vec![0, 4, 9]];
        BlockHeader { parent_hash: [1; 32], number, state_root: [2; 32], extrinsics_root: [3; 32], digest }
    }

    #[test]
    fn a_header_is_read_as_it_was_written_at_every_width_of_its_number() {
        for number in
            [0, 63, 64, 16_383, 16_384, (1 << 30) - 1, 1 << 30, u64::from(u32::MAX), 1 << 40, u64::MAX]
        {
            let header = header(number);
            assert_eq!(BlockHeader::from_scale(&header.to_scale()), Some(header), "{number}");
        }
    }

    #[test]
    fn what_is_no_header_or_has_more_behind_it_is_none() {
        let bytes = header(1 << 14).to_scale();
        for cut in 0..bytes.len() {
            assert_eq!(BlockHeader::from_scale(&bytes[..cut]), None, "{cut}");
        }
        assert_eq!(BlockHeader::from_scale(&[bytes.as_slice(), &[0]].concat()), None);
        // A million items are claimed, and none are there.
        let claims = [&bytes[..4], &[0; 96][..], &[0xfe, 0xff, 0xff, 0xff]].concat();
        assert_eq!(BlockHeader::from_scale(&claims), None);
    }

    #[test]
    fn a_number_in_a_longer_form_is_refused() {
        let mut bytes = header(5).to_scale();
        bytes.splice(32..33, [5 << 2 | 1, 0]);
        assert_eq!(BlockHeader::from_scale(&bytes), None);
    }

    #[test]
    fn only_the_item_for_it_says_that_the_runtime_is_another() {
        assert!(header(1).updates_runtime());
        let without = BlockHeader { digest: vec![vec![0, 4, RUNTIME_UPDATED]], ..header(1) };
        assert!(!without.updates_runtime());
    }
}
