//! Inclusion paths from the hashes in the index: a few dozen rows, however large the log.

use std::ops::Range;

use super::cursor::{TILE_LEAVES, TILE_LEVELS};
use super::store::{StoreError, View};
use crate::hash::Hash;
use crate::place::{LogIndex, TreeSize};
use crate::tree::{RightEdge, sibling_ranges};

/// The path from entry `index` to the root of the tree of `size`; `None` when the index has not come so far.
pub(super) fn path(view: &View, index: LogIndex, size: TreeSize) -> Result<Option<Vec<Hash>>, StoreError> {
    if size > view.position()? {
        return Ok(None);
    }
    let siblings = sibling_ranges(index, size).into_iter();
    siblings.map(|leaves| root_of(view, leaves)).collect::<Result<_, _>>().map(Some)
}

/// The root over a range of leaves that RFC 6962 makes a subtree: complete, or the right end of the tree.
fn root_of(view: &View, leaves: Range<u64>) -> Result<Hash, StoreError> {
    let count = leaves.end - leaves.start;
    if count.is_power_of_two() {
        return complete(view, count.ilog2(), leaves.start / count);
    }
    let split = leaves.start + (1 << count.ilog2());
    Ok(Hash::node(&root_of(view, leaves.start..split)?, &root_of(view, split..leaves.end)?))
}

/// The root of the complete subtree `number` of 2^`level` leaves, from the nearest level below that is kept.
fn complete(view: &View, level: u32, number: u64) -> Result<Hash, StoreError> {
    let kept = level / TILE_LEVELS * TILE_LEVELS;
    let count = 1 << (level - kept);
    let first = number * count;
    let hashes = match kept {
        0 => view.leaves(first / TILE_LEAVES, first % TILE_LEAVES, count)?,
        _ => view.nodes(kept, first, count)?,
    };
    let mut edge = RightEdge::empty();
    hashes.into_iter().for_each(|hash| edge.push(hash));
    Ok(edge.root())
}
