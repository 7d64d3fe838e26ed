//! Windows: the blocks at which all challenges of a subnet are asked at once.

use annals_log::Hash;
use thiserror::Error;

use crate::tags::Tag;

/// Blocks between the one whose hash decides and the earliest at which a window can open: everybody has to know it.
const LEAD_BLOCKS: u64 = 8;

/// When windows open: once an interval, at a block that nobody knows before the interval has begun. One card cannot
/// answer for two hotkeys that are asked at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// The hash of the chain's genesis.
    pub genesis: Hash,
    /// The subnet.
    pub netuid: u32,
    interval_blocks: u64,
}

/// An interval too short for a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an interval of {0} blocks: it takes at least {min}", min = LEAD_BLOCKS + 1)]
pub struct IntervalError(u64);

impl Windows {
    /// Windows that open once in `interval_blocks`.
    ///
    /// # Errors
    /// The interval, if it is too short.
    pub fn new(genesis: Hash, netuid: u32, interval_blocks: u64) -> Result<Self, IntervalError> {
        if interval_blocks > LEAD_BLOCKS {
            Ok(Self { genesis, netuid, interval_blocks })
        } else {
            Err(IntervalError(interval_blocks))
        }
    }

    /// Returns the block whose hash decides about the window of the interval that holds `block`.
    pub fn deciding_block(&self, block: u64) -> u64 {
        block / self.interval_blocks * self.interval_blocks
    }

    /// Returns the block at which the window opens whose deciding block has this number and hash; it is the beacon of
    /// every challenge of the window.
    pub fn opening_block(&self, deciding_block: u64, hash: &Hash) -> u64 {
        let netuid = self.netuid.to_le_bytes();
        let parts: [&[u8]; 4] = [&self.genesis.0, &netuid, &deciding_block.to_le_bytes(), &hash.0];
        let digest = Tag::WINDOW.digest(&parts);
        let random = u64::from_le_bytes(*digest.0.first_chunk().expect("a digest has 32 bytes"));
        let product = u128::from(random) * u128::from(self.interval_blocks - LEAD_BLOCKS);
        let offset = u64::try_from(product >> 64).expect("below the interval");
        deciding_block.saturating_add(LEAD_BLOCKS).saturating_add(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_opens_within_its_interval_and_anywhere_in_it() {
        assert_eq!(Windows::new(Hash([0; 32]), 27, 8), Err(IntervalError(8)));
        let windows = Windows::new(Hash([1; 32]), 27, 12).unwrap();
        assert_eq!((windows.deciding_block(1199), windows.deciding_block(1200)), (1188, 1200));
        let mut counts = [0; 12];
        for number in 0..400_u32 {
            let opens = windows.opening_block(1200, &Hash::of(&number.to_le_bytes()));
            counts[usize::try_from(opens - 1200).unwrap()] += 1;
        }
        assert_eq!(counts[..8], [0; 8]);
        assert!(counts[8..].iter().all(|count| (60..140).contains(count)), "{counts:?}");
    }
}
