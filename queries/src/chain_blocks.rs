//! The blocks of the chain that count: recorded, and not taken back since.

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroI64;
use std::sync::{Arc, Mutex};

use annals_log::{BlockRetracted, ChainBlock, ChainState, Envelope, Fact as _, LogIndex, ReadError, Reader};

use crate::retractable::Retractable;

/// A block that is had so much later than it was made, was not followed when it was.
const LATE_MS: i64 = 10 * 60 * 1000;

/// One look at a log, and its blocks once somebody asked for them.
pub(crate) struct ChainBlocks {
    reader: Arc<Reader>,
    counted: Mutex<Option<Arc<CountedBlocks>>>,
}

/// In the order of their heights, of one height in the order in which they were recorded.
pub(crate) struct CountedBlocks(Vec<CountedBlock>);

/// There may be millions.
struct CountedBlock {
    number: u64,
    /// Its own. No block is of 1970.
    time_ms: Option<NonZeroI64>,
    /// The block's entry, or the last that tells of the state behind it.
    last: LogIndex,
}

const _: () = assert!(size_of::<CountedBlock>() == 24, "block_time tells what a block takes");

/// A walk over the entries of a log.
#[derive(Default)]
struct Counting {
    /// As recorded.
    blocks: Vec<CountedBlock>,
    /// Places in `blocks`.
    recent: Retractable<usize>,
    retracted: BTreeSet<usize>,
}

/// Whether `at_ms` is over 10 minutes behind the block's own time.
pub(crate) fn is_late(own_ms: i64, at_ms: i64) -> bool {
    at_ms.saturating_sub(own_ms) > LATE_MS
}

impl ChainBlocks {
    pub(crate) fn of(reader: Arc<Reader>) -> Self {
        Self { reader, counted: Mutex::new(None) }
    }

    pub(crate) fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The first who asks reads the whole log, and others wait for what he finds.
    ///
    /// # Errors
    /// A fault met on the way; the next who asks reads again.
    pub(crate) fn counted(&self) -> Result<Arc<CountedBlocks>, ReadError> {
        let mut counted = self.counted.lock().expect("nobody panics while counting blocks");
        if let Some(counted) = &*counted {
            return Ok(Arc::clone(counted));
        }
        Ok(Arc::clone(counted.insert(Arc::new(CountedBlocks::of(&self.reader)?))))
    }
}

/// Keeps the log out of debug texts.
impl fmt::Debug for ChainBlocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "blocks of a log at size {}", self.reader.size())
    }
}

impl CountedBlocks {
    fn of(reader: &Reader) -> Result<Self, ReadError> {
        let mut counting = Counting::default();
        let mut scan = reader.scan(LogIndex(0)..reader.size().next_index());
        while let Some(frame) = scan.next_frame()? {
            for (index, entry) in frame.entries() {
                counting.take(index, &reader.envelope(index, entry)?);
            }
        }
        Ok(counting.finish())
    }

    /// When the block was made.
    pub(crate) fn time_ms(&self, number: u64) -> Option<i64> {
        self.get(number)?.time_ms.map(NonZeroI64::get)
    }

    /// The entry behind which the log knows the block, and the state behind it if that was told.
    pub(crate) fn last_entry(&self, number: u64) -> Option<LogIndex> {
        self.get(number).map(|block| block.last)
    }

    /// Of two, which a chain does not have, the one recorded last.
    fn get(&self, number: u64) -> Option<&CountedBlock> {
        let after = self.0.partition_point(|block| block.number <= number);
        self.0[..after].last().filter(|block| block.number == number)
    }
}

impl Counting {
    fn take(&mut self, index: LogIndex, envelope: &Envelope<'_>) {
        let (Some(number), hash) = (envelope.block, envelope.native_id) else { return };
        let of_hash = || self.recent.last(number, hash);
        match envelope.kind {
            ChainBlock::KIND => {
                self.recent.put(number, hash, self.blocks.len());
                let time_ms = envelope.observed_at_ms.and_then(NonZeroI64::new);
                self.blocks.push(CountedBlock { number, time_ms, last: index });
            }
            ChainState::KIND => {
                if let Some(place) = of_hash() {
                    self.blocks[place].last = index;
                }
            }
            BlockRetracted::KIND => self.retracted.extend(of_hash()),
            _ => {}
        }
    }

    fn finish(mut self) -> CountedBlocks {
        let mut places = 0..;
        self.blocks.retain(|_| places.next().is_some_and(|place| !self.retracted.contains(&place)));
        self.blocks.sort_by_key(|block| block.number);
        self.blocks.shrink_to_fit();
        CountedBlocks(self.blocks)
    }
}
