//! Which recorded block a retraction takes back.

use std::collections::HashMap;

use annals_log::ChainBlock;

/// The last block of each hash, with something that the caller knows of it, as far down as a block can be taken back:
/// [`ChainBlock::REMEMBERED`]. To be told of all blocks in the order of the log.
#[derive(Debug)]
pub(crate) struct Retractable<T>(HashMap<u64, Height<T>>);

/// One height of those that share a place.
#[derive(Debug)]
struct Height<T> {
    number: u64,
    /// One as a rule; more after a retraction.
    hashes: Vec<(Box<str>, T)>,
}

impl<T> Default for Retractable<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Copy> Retractable<T> {
    /// A block was recorded.
    pub(crate) fn put(&mut self, number: u64, hash: &str, known: T) {
        let height = self.0.entry(number % ChainBlock::REMEMBERED).or_insert_with(|| Height::at(number));
        if height.number != number {
            *height = Height::at(number);
        }
        height.hashes.retain(|(recorded, _)| &**recorded != hash);
        height.hashes.push((hash.into(), known));
    }

    /// The last block of this hash, taken back already or not.
    pub(crate) fn last(&self, number: u64, hash: &str) -> Option<T> {
        let height = self.0.get(&(number % ChainBlock::REMEMBERED))?;
        let (_, known) = height.hashes.iter().find(|(recorded, _)| &**recorded == hash)?;
        (height.number == number).then_some(*known)
    }
}

impl<T> Height<T> {
    fn at(number: u64) -> Self {
        Self { number, hashes: Vec::new() }
    }
}
