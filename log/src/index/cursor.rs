//! How far the index has followed: the place of the next frame, and the tree up to it.

use super::row::{FramePlace, Row, node_key, tile_key};
use crate::hash::Hash;
use crate::place::{LogIndex, TreeSize};
use crate::segment::SEGMENT_HEADER_BYTES;
use crate::tree::RightEdge;
use crate::wire::Fields;

/// Leaves in a tile, and the distance between levels whose nodes are kept: 2^8 (C2SP tlog-tiles).
pub(super) const TILE_LEVELS: u32 = 8;
pub(super) const TILE_LEAVES: u64 = 1 << TILE_LEVELS;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The segment that holds the next frame, by its first index.
    pub(super) segment: LogIndex,
    /// In it.
    pub(super) offset: u64,
    pub(super) edge: RightEdge,
    /// The leaf hashes of the tile that is not full yet.
    pub(super) leaves: Vec<Hash>,
}

impl Cursor {
    /// Before the first frame.
    pub(super) fn at_start() -> Self {
        let offset = SEGMENT_HEADER_BYTES as u64;
        Self { segment: LogIndex(0), offset, edge: RightEdge::empty(), leaves: Vec::new() }
    }

    /// Everything below is in the index.
    pub(super) fn size(&self) -> TreeSize {
        self.edge.size()
    }

    /// Where the next frame is.
    pub(super) fn place(&self) -> FramePlace {
        FramePlace { first: self.size().next_index(), offset: self.offset }
    }

    /// Adds a leaf, and the rows of what became complete with it.
    pub(super) fn push(&mut self, leaf: Hash, rows: &mut Vec<Row>) {
        self.leaves.push(leaf);
        let size = self.size().0 + 1;
        self.edge.push_showing(leaf, |level, subtree| {
            if level > 0 && level.is_multiple_of(TILE_LEVELS) {
                rows.push((node_key(level, (size >> level) - 1), subtree.0.to_vec()));
            }
        });
        if size.is_multiple_of(TILE_LEAVES) {
            rows.push((
                tile_key(size / TILE_LEAVES - 1),
                self.leaves.iter().flat_map(|leaf| leaf.0).collect(),
            ));
            self.leaves.clear();
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let numbers = [self.size().0, self.segment.0, self.offset].map(u64::to_be_bytes);
        let hashes = self.edge.hashes().iter().chain(&self.leaves).flat_map(|hash| hash.0);
        numbers.into_iter().flatten().chain(hashes).collect()
    }

    /// `None` for bytes that are no cursor.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields::of(bytes);
        let (size, segment, offset) = (fields.u64()?, LogIndex(fields.u64()?), fields.u64()?);
        let mut hashes =
            |count: u64| (0..count).map(|_| fields.array().map(Hash)).collect::<Option<Vec<_>>>();
        let edge = RightEdge::from_parts(TreeSize(size), hashes(u64::from(size.count_ones()))?)?;
        let leaves = hashes(size % TILE_LEAVES)?;
        fields.is_at_end().then_some(Self { segment, offset, edge, leaves })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_bytes_and_nothing_shorter_or_longer_is_one() {
        let mut cursor = Cursor::at_start();
        let mut rows = Vec::new();
        (0..700_u64).for_each(|leaf| cursor.push(Hash::leaf(&leaf.to_be_bytes()), &mut rows));
        let bytes = cursor.encode();
        assert_eq!(Cursor::decode(&bytes), Some(cursor));
        assert_eq!(Cursor::decode(&bytes[1..]), None);
        assert_eq!(Cursor::decode(&[&bytes[..], &[0]].concat()), None);
        // Two full tiles, and the two nodes above them.
        assert_eq!(rows.len(), 4);
    }
}
