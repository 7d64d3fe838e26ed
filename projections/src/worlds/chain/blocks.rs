//! The recorded blocks, by height: those that count, and those that were taken back.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroI64;
use std::sync::{Arc, OnceLock};

use annals_log::ChainBlock;
use bincode::{Decode, Encode};

/// The number of blocks that are shared as one: a snapshot shares all but the last few.
const CHUNK: usize = 4096;

/// A recorded block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct RecordedBlock {
    /// The height.
    pub number: u64,
    /// The block's own time, in milliseconds since 1970 UTC; the first block of a chain has none, and none is of 1970.
    pub time_ms: Option<NonZeroI64>,
    /// The block's entry, or the last that tells of the state behind the block.
    pub last: u64,
    /// The time at which that entry was recorded, in milliseconds since 1970 UTC.
    pub recorded_at_ms: i64,
}

/// A fold over the entries of blocks.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    recorded: Recorded,
    /// The last block of each hash, as far down as a block can be taken back: [`ChainBlock::REMEMBERED`]. By the height
    /// modulo that number.
    recent: BTreeMap<u64, Vec<Recent>>,
}

/// The part that a snapshot shares.
#[derive(Debug, Clone, Default)]
struct Recorded {
    /// In the order of their entries; each chunk but the last has [`CHUNK`] blocks.
    chunks: Vec<Arc<Vec<RecordedBlock>>>,
    /// Places of blocks that were taken back.
    gone: Arc<BTreeSet<u64>>,
    /// By their entries.
    retractions: Arc<BTreeMap<u64, Retraction>>,
    /// Whether each block is at least as high as the one before.
    is_ascending: bool,
}

/// A node of the chain took back a block that it had called finalized.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Retraction {
    /// The height.
    pub number: u64,
    /// The hash of the block, as `0x` and hex.
    pub hash: String,
    /// The hash of the block that is there instead, if the node told it.
    pub replaced_by: Option<[u8; 32]>,
    /// The entry of the block that is taken back: the last of that height and hash before; `None` if there is none.
    pub retracted_index: Option<u64>,
    /// The time at which the retraction was recorded, in milliseconds since 1970 UTC.
    pub recorded_at_ms: i64,
}

/// A block that may be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Recent {
    number: u64,
    hash: String,
    /// Its place among the recorded blocks, and its entry.
    place: u64,
    log_index: u64,
}

/// The lists of [`Blocks`] in a saved state, which nothing vouches for yet.
pub(crate) struct SavedBlocks {
    pub(crate) recorded: Vec<RecordedBlock>,
    pub(crate) recent: Vec<Recent>,
    pub(crate) gone: Vec<u64>,
    pub(crate) retractions: Vec<(u64, Retraction)>,
}

/// The blocks of the chain at one size of the log. They stay as they are while the log goes on.
#[derive(Debug, Clone)]
pub struct ChainBlocks {
    recorded: Recorded,
    /// Those that count, by height; made when somebody asks, where the log has them in another order.
    sorted: Arc<OnceLock<Vec<RecordedBlock>>>,
}

/// An entry that tells of a block, as far as its envelope says.
pub(crate) struct BlockEntry<'a> {
    pub(crate) index: u64,
    pub(crate) number: u64,
    pub(crate) hash: &'a str,
    pub(crate) recorded_at_ms: i64,
}

impl Blocks {
    /// A block was recorded.
    pub(crate) fn put(&mut self, entry: &BlockEntry<'_>, time_ms: Option<i64>) {
        let &BlockEntry { index, number, hash, recorded_at_ms } = entry;
        let time_ms = time_ms.and_then(NonZeroI64::new);
        let place = self.recorded.push(RecordedBlock { number, time_ms, last: index, recorded_at_ms });
        let heights = self.recent.entry(number % ChainBlock::REMEMBERED).or_default();
        heights.retain(|recent| recent.number == number && recent.hash != hash);
        heights.push(Recent { number, hash: hash.to_owned(), place, log_index: index });
    }

    /// The state behind a block was told.
    pub(crate) fn tell_state(&mut self, entry: &BlockEntry<'_>) {
        let Some(place) = self.last(entry).map(|recent| recent.place) else { return };
        let block = self.recorded.at_mut(place);
        (block.last, block.recorded_at_ms) = (entry.index, entry.recorded_at_ms);
    }

    /// A block was taken back.
    pub(crate) fn take_back(&mut self, entry: &BlockEntry<'_>, replaced_by: Option<[u8; 32]>) {
        let of = self.last(entry).map(|recent| (recent.place, recent.log_index));
        if let Some((place, _)) = of {
            Arc::make_mut(&mut self.recorded.gone).insert(place);
        }
        let &BlockEntry { index, number, hash, recorded_at_ms } = entry;
        let (hash, retracted_index) = (hash.to_owned(), of.map(|(_, log_index)| log_index));
        let retraction = Retraction { number, hash, replaced_by, retracted_index, recorded_at_ms };
        Arc::make_mut(&mut self.recorded.retractions).insert(index, retraction);
    }

    /// Returns the last block of this height and hash, taken back already or not.
    fn last(&self, entry: &BlockEntry<'_>) -> Option<&Recent> {
        let heights = self.recent.get(&(entry.number % ChainBlock::REMEMBERED))?;
        heights.iter().find(|recent| recent.number == entry.number && recent.hash == entry.hash)
    }

    pub(crate) fn snapshot(&self) -> ChainBlocks {
        ChainBlocks { recorded: self.recorded.clone(), sorted: Arc::default() }
    }

    /// Returns the blocks in the order of their entries.
    pub(crate) fn recorded(&self) -> impl Iterator<Item = &RecordedBlock> {
        self.recorded.iter()
    }

    pub(crate) fn recent(&self) -> impl Iterator<Item = &Recent> {
        self.recent.values().flatten()
    }

    pub(crate) fn gone(&self) -> &BTreeSet<u64> {
        &self.recorded.gone
    }

    pub(crate) fn retractions(&self) -> &BTreeMap<u64, Retraction> {
        &self.recorded.retractions
    }

    /// Returns the number of blocks that were recorded.
    pub(crate) fn len(&self) -> u64 {
        self.recorded.len()
    }

    /// Puts back what was saved.
    pub(crate) fn restore(&mut self, saved: SavedBlocks) {
        for block in saved.recorded {
            self.recorded.push(block);
        }
        for recent in saved.recent {
            self.recent.entry(recent.number % ChainBlock::REMEMBERED).or_default().push(recent);
        }
        self.recorded.gone = Arc::new(saved.gone.into_iter().collect());
        self.recorded.retractions = Arc::new(saved.retractions.into_iter().collect());
    }
}

impl Recorded {
    fn len(&self) -> u64 {
        let full = self.chunks.len().saturating_sub(1) * CHUNK;
        (full + self.chunks.last().map_or(0, |last| last.len())) as u64
    }

    fn iter(&self) -> impl Iterator<Item = &RecordedBlock> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// Adds a block, and returns its place.
    fn push(&mut self, block: RecordedBlock) -> u64 {
        let before = self.chunks.last().and_then(|chunk| chunk.last());
        self.is_ascending = before.is_none_or(|before| self.is_ascending && before.number <= block.number);
        match self.chunks.last_mut() {
            Some(last) if last.len() < CHUNK => Arc::make_mut(last).push(block),
            _ => self.chunks.push(Arc::new(vec![block])),
        }
        self.len() - 1
    }

    fn place(place: u64) -> (usize, usize) {
        let place = usize::try_from(place).expect("blocks are in memory");
        (place / CHUNK, place % CHUNK)
    }

    fn at_mut(&mut self, place: u64) -> &mut RecordedBlock {
        let (chunk, within) = Self::place(place);
        &mut Arc::make_mut(&mut self.chunks[chunk])[within]
    }

    /// Returns the last block of this height that counts, where blocks ascend.
    fn find(&self, number: u64) -> Option<RecordedBlock> {
        let chunk = self.chunks.partition_point(|chunk| chunk[0].number <= number).checked_sub(1)?;
        let within = self.chunks[chunk].partition_point(|block| block.number <= number);
        let mut place = (chunk * CHUNK + within) as u64;
        while place > 0 {
            place -= 1;
            let (chunk, within) = Self::place(place);
            let block = self.chunks[chunk][within];
            if block.number != number {
                return None;
            }
            if !self.gone.contains(&place) {
                return Some(block);
            }
        }
        None
    }

    /// Returns the blocks that count by height; of one height in the order of their entries.
    fn sorted(&self) -> Vec<RecordedBlock> {
        let counts = |(place, _): &(u64, &RecordedBlock)| !self.gone.contains(place);
        let mut sorted: Vec<_> = (0..).zip(self.iter()).filter(counts).map(|(_, block)| *block).collect();
        sorted.sort_by_key(|block| block.number);
        sorted
    }
}

impl ChainBlocks {
    /// Returns the height of the block that was recorded first, below which a recorder never goes.
    pub fn first(&self) -> Option<u64> {
        self.recorded.iter().next().map(|block| block.number)
    }

    /// Returns the block of this height that counts: of several, which a chain does not have, the one recorded last;
    /// `None` when none was recorded, or the last one was taken back and no other counts.
    pub fn get(&self, number: u64) -> Option<RecordedBlock> {
        if self.recorded.is_ascending {
            return self.recorded.find(number);
        }
        let sorted = self.sorted.get_or_init(|| self.recorded.sorted());
        let after = sorted.partition_point(|block| block.number <= number);
        sorted[..after].last().filter(|block| block.number == number).copied()
    }

    /// Returns all retractions, by the index of their entries.
    pub fn retractions(&self) -> &BTreeMap<u64, Retraction> {
        &self.recorded.retractions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(index: u64, number: u64, hash: &str) -> BlockEntry<'_> {
        BlockEntry { index, number, hash, recorded_at_ms: 7 }
    }

    /// The last that counts, by looking at all of them.
    fn naive(blocks: &Blocks, number: u64) -> Option<u64> {
        let counts = |place: u64| !blocks.gone().contains(&place);
        let found =
            (0..).zip(blocks.recorded()).filter(|(place, block)| counts(*place) && block.number == number);
        found.last().map(|(_, block)| block.last)
    }

    #[test]
    fn blocks_are_found_whatever_the_order_in_which_they_were_recorded() {
        let seed =
            std::env::var("ANNALS_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
        println!("ANNALS_SEED={seed}");
        let mut dice = fastrand::Rng::with_seed(seed);
        for is_ascending in [true, false] {
            let mut blocks = Blocks::default();
            let mut height = 100;
            for index in 0..3 * CHUNK as u64 {
                height += dice.u64(0..2);
                let number = if is_ascending { height } else { dice.u64(0..height) };
                let hash = ["0xa", "0xb"][dice.usize(0..2)];
                match dice.u8(0..20) {
                    0 => blocks.take_back(&entry(index, number.saturating_sub(dice.u64(0..3)), hash), None),
                    1 => blocks.tell_state(&entry(index, number.saturating_sub(dice.u64(0..3)), hash)),
                    _ => blocks.put(&entry(index, number, hash), Some(5)),
                }
            }
            let snapshot = blocks.snapshot();
            assert_eq!(snapshot.recorded.is_ascending, is_ascending);
            assert!(blocks.gone().len() > 100 && blocks.len() > 2 * CHUNK as u64);
            for _ in 0..300 {
                let number = dice.u64(0..height + 3);
                assert_eq!(snapshot.get(number).map(|block| block.last), naive(&blocks, number), "{number}");
            }
        }
    }

    #[test]
    fn a_snapshot_stays_as_it_is() {
        let mut blocks = Blocks::default();
        blocks.put(&entry(1, 70, "0xa"), None);
        let before = blocks.snapshot();
        blocks.tell_state(&entry(2, 70, "0xa"));
        blocks.put(&entry(3, 71, "0xb"), None);
        let between = blocks.snapshot();
        blocks.take_back(&entry(4, 70, "0xa"), None);
        assert_eq!(before.get(70).map(|block| block.last), Some(1));
        assert_eq!((before.get(71), between.get(70).map(|block| block.last)), (None, Some(2)));
        let after = blocks.snapshot();
        assert_eq!((after.get(70), after.retractions()[&4].retracted_index), (None, Some(1)));
        assert!(between.retractions().is_empty());
    }
}
