//! Everything that a fold knows at one size of a log.

use annals_log::TreeSize;

use crate::register::RegisterSnapshot;
use crate::rows::TableSnapshot;
use crate::worlds::{ChainBlocks, PollMarks};

/// All state tables, and what else a fold knows, at one size of a log.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The size.
    pub position: TreeSize,
    /// Whether the tables were folded under another policy than the log's.
    pub what_if: bool,
    /// The tables, in the order of the list.
    pub tables: Vec<TableSnapshot>,
    /// The register: it is made of every entry, whatever its world.
    pub register: RegisterSnapshot,
    /// The recorded blocks.
    pub blocks: ChainBlocks,
    /// The recorded polls of W&B's runs.
    pub polls: PollMarks,
}
