//! How far the chain has been read.

use annals_log::SourceMemory;
use serde::{Deserialize, Serialize};

use super::question::{BlockHash, hash_of_hex, hex_text};

/// The last block that is recorded and not retracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The recorder's first block: it never goes below.
    pub(super) first: u64,
    pub(super) number: u64,
    pub(super) hash: BlockHash,
    pub(super) standing: Standing,
}

/// What the next block and the next state depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    /// Of the runtime that executed the block.
    pub(super) spec_version: u32,
    /// The block replaced the code, or it was come back to: the state behind it is of the old runtime's form still,
    /// under the new one's name, and only the next block is surely of one runtime.
    pub(super) may_have_new_code: bool,
    /// Height behind which the state was last read.
    pub(super) state_at: Option<u64>,
    /// Height behind which it was passed over since, for no node told it as its runtime has it.
    pub(super) passed_over_at: Option<u64>,
    /// It has to be read behind this block, before the next is taken.
    pub(super) is_state_due: bool,
}

#[derive(Serialize, Deserialize)]
struct CursorText {
    first: u64,
    number: u64,
    hash: String,
    #[serde(flatten)]
    standing: Standing,
}

impl Cursor {
    /// `None` before the first block.
    pub(super) fn of(memory: &SourceMemory) -> Option<Self> {
        let CursorText { first, number, hash, standing } = serde_json::from_slice(&memory.cursor).ok()?;
        Some(Self { first, number, hash: hash_of_hex(&hash)?, standing })
    }

    /// Once the state behind it was read.
    pub(super) fn with_state(self) -> Self {
        let state_at = Some(self.number);
        Self {
            standing: Standing { state_at, passed_over_at: None, is_state_due: false, ..self.standing },
            ..self
        }
    }

    /// Once nobody is asked for it any more.
    pub(super) fn without_state(self) -> Self {
        let passed_over_at = Some(self.number);
        Self { standing: Standing { passed_over_at, is_state_due: false, ..self.standing }, ..self }
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        let Self { first, number, hash, standing } = self;
        let text = CursorText { first, number, hash: hex_text(&hash), standing };
        serde_json::to_vec(&text).expect("numbers and texts are JSON")
    }
}
