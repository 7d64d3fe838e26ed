//! Recorded blocks that are none of the chain's any more.

use annals_log::{ChainBlock, SourceMemory};
use sp_crypto_hashing::blake2_256;

use super::answers::Answers;
use super::cursor::Cursor;
use super::question::BlockHash;

/// What a node shows of blocks that are recorded.
pub(super) struct Retraction {
    /// The last recorded block that it still has.
    pub(super) number: u64,
    pub(super) hash: BlockHash,
    /// Those that it has not, the highest first, and what it has instead.
    pub(super) retracted: Vec<(u64, BlockHash, Option<BlockHash>)>,
}

/// The hash recorded at a height; `None` when it is not remembered.
pub(super) fn recorded_at(memory: &SourceMemory, height: u64) -> Option<BlockHash> {
    let known = memory.known(&ChainBlock::key(height)).filter(|known| known.position == Some(height));
    Some(known?.digest?.0)
}

impl Retraction {
    /// `None` when the node has the block recorded last, or was not asked.
    ///
    /// # Errors
    /// In words, when it contradicts the log without showing where they part, and a block of its own that joins there.
    pub(super) fn of(
        cursor: &Cursor,
        answers: &Answers<'_>,
        memory: &SourceMemory,
    ) -> Result<Option<Self>, String> {
        let mut retracted = Vec::new();
        for height in (cursor.first..=cursor.number).rev() {
            let (Some(&told), Some(recorded)) = (answers.hashes.get(&height), recorded_at(memory, height))
            else {
                break;
            };
            if told == Some(recorded) {
                let found = Self { number: height, hash: recorded, retracted };
                return found.joined(answers);
            }
            retracted.push((height, recorded, told));
        }
        match retracted.last() {
            None => Ok(None),
            Some((lowest, ..)) => Err(format!(
                "it has other blocks than the log from height {lowest} up to {}, and does not show one that both have",
                cursor.number
            )),
        }
    }

    /// Whether the block that it has above the last common one is a block, and follows upon it.
    fn joined(self, answers: &Answers<'_>) -> Result<Option<Self>, String> {
        let Some(&(height, _, replacing)) = self.retracted.last() else { return Ok(None) };
        let replacing = replacing.ok_or("its chain ends below what is recorded")?;
        let header =
            answers.headers.get(&replacing).ok_or("it does not show what replaces a recorded block")?;
        if blake2_256(&header.to_scale()) == replacing && header.parent_hash == self.hash {
            Ok(Some(self))
        } else {
            Err(format!("what it has in the place of block {height} does not follow upon the log"))
        }
    }
}
