//! A tile: the square of 32 by 32 elements of a product that is committed to, and opened, as one.

use annals_log::Hash;

/// Rows and columns of a tile.
pub const TILE_EDGE: u32 = 32;
/// The same, where it is a length.
pub(crate) const EDGE: usize = TILE_EDGE as usize;
/// Elements of a tile.
pub(crate) const TILE_ELEMENTS: usize = EDGE * EDGE;
/// Bytes of a tile: two an element.
pub const TILE_BYTES: usize = 2 * TILE_ELEMENTS;
/// What stands before a tile where a sweep hashes it: kind, round, place and key.
const SWEEP_PREFIX: usize = 44;
/// What stands before a tile where a round hashes it: kind, round and place.
const ROUND_PREFIX: usize = 12;

/// The elements of a tile modulo 2^16, row by row, little-endian.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile(pub Box<[u8; TILE_BYTES]>);

/// The place of a tile: its round and its number in the round, row of tiles by row of tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TilePlace {
    /// Counted from 0.
    pub round: u32,
    /// Row of tiles times the tiles of a row, plus the column of tiles.
    pub tile: u32,
}

impl Tile {
    /// Returns the tile of these elements.
    pub(crate) fn of(elements: &[i16; TILE_ELEMENTS]) -> Self {
        let mut bytes = Box::new([0; TILE_BYTES]);
        for (bytes, element) in bytes.as_chunks_mut().0.iter_mut().zip(elements) {
            *bytes = element.to_le_bytes();
        }
        Self(bytes)
    }

    /// Returns its leaf in the tree of its round.
    pub fn round_leaf(&self, place: TilePlace) -> Hash {
        // Nodes begin with 1, leaves of sweeps with 2.
        let mut bytes = [0; ROUND_PREFIX + TILE_BYTES];
        bytes[4..8].copy_from_slice(&place.round.to_le_bytes());
        bytes[8..ROUND_PREFIX].copy_from_slice(&place.tile.to_le_bytes());
        bytes[ROUND_PREFIX..].copy_from_slice(&self.0[..]);
        Hash::of(&bytes)
    }

    /// Returns its leaf in the tree of the sweep with this key. The key stands before the tile, so that nothing of the
    /// hash can be computed before the key is known.
    pub fn sweep_leaf(&self, place: TilePlace, key: &Hash) -> Hash {
        let mut bytes = [0; SWEEP_PREFIX + TILE_BYTES];
        bytes[0] = 2;
        bytes[4..8].copy_from_slice(&place.round.to_le_bytes());
        bytes[8..12].copy_from_slice(&place.tile.to_le_bytes());
        bytes[12..SWEEP_PREFIX].copy_from_slice(&key.0);
        bytes[SWEEP_PREFIX..].copy_from_slice(&self.0[..]);
        Hash::of(&bytes)
    }
}
