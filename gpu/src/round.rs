//! A round: a seed, the two matrices that it makes, and any tile of their product.

use annals_log::Hash;

use crate::philox::{BLOCK_BYTES, PhiloxKey};
use crate::tags::Tag;
use crate::tile::{EDGE, TILE_EDGE, TILE_ELEMENTS, Tile};

/// Elements of a line that are made and multiplied before the next: both panels of this width fit a first-level cache.
const CHUNK: usize = 256;

/// What makes the matrices of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundSeed(pub Hash);

/// The matrices of a round, neither of which is ever written down as a whole.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    size: u32,
    /// Makes the rows of the left matrix.
    left: PhiloxKey,
    /// Makes the columns of the right matrix.
    right: PhiloxKey,
}

impl RoundSeed {
    /// Returns the seed of the round after the one with this seed and this root.
    pub fn next(self, root: &Hash) -> Self {
        Self(Tag::NEXT.digest(&[&self.0.0, &root.0]))
    }
}

impl Round {
    /// Returns the matrices of `size` rows that `seed` makes.
    pub fn new(seed: RoundSeed, size: u32) -> Self {
        let key = |tag: Tag| PhiloxKey::of(&tag.digest(&[&seed.0.0]).0);
        Self { size, left: key(Tag::LEFT), right: key(Tag::RIGHT) }
    }

    /// Returns the keys of the left and the right matrix.
    pub(crate) fn keys(&self) -> [PhiloxKey; 2] {
        [self.left, self.right]
    }

    /// Returns how many rows and columns each matrix has.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Returns the tiles of a row of tiles.
    pub fn tiles_across(&self) -> u32 {
        self.size / TILE_EDGE
    }

    /// Writes row `row` of the left matrix from element `first` on, which a block begins with.
    pub fn fill_left_row(&self, row: u32, first: u32, elements: &mut [u8]) {
        self.left.fill(row, first / BLOCK_BYTES, elements);
    }

    /// Writes column `column` of the right matrix from element `first` on, which a block begins with.
    pub fn fill_right_column(&self, column: u32, first: u32, elements: &mut [u8]) {
        self.right.fill(column, first / BLOCK_BYTES, elements);
    }

    /// Returns tile `tile` of the product, computed from 32 rows and 32 columns.
    pub fn tile(&self, tile: u32) -> Tile {
        let (row, column) = (tile / self.tiles_across() * TILE_EDGE, tile % self.tiles_across() * TILE_EDGE);
        let mut sums = [0; TILE_ELEMENTS];
        let (mut left, mut right) = (Panel::new(), Panel::new());
        for first in (0..self.size).step_by(CHUNK) {
            let width = CHUNK.min((self.size - first) as usize);
            left.fill(width, |line, elements| self.fill_left_row(row + line, first, elements));
            right.fill(width, |line, elements| self.fill_right_column(column + line, first, elements));
            multiply(&left, &right, width, &mut sums);
        }
        Tile::of(&sums)
    }
}

/// 32 lines of at most [`CHUNK`] elements, one after the other.
pub(crate) struct Panel(Box<[[i16; CHUNK]; EDGE]>);

impl Panel {
    pub(crate) fn new() -> Self {
        Self(Box::new([[0; CHUNK]; EDGE]))
    }

    fn fill(&mut self, width: usize, fill_line: impl Fn(u32, &mut [u8])) {
        let mut bytes = [0; CHUNK];
        for (line, elements) in (0..).zip(self.0.iter_mut()) {
            fill_line(line, &mut bytes[..width]);
            for (element, byte) in elements[..width].iter_mut().zip(bytes) {
                *element = i16::from(byte.cast_signed());
            }
        }
    }
}

/// Adds the product of both panels to `sums`, modulo 2^16: what a tile keeps of it is the same.
fn multiply(left: &Panel, right: &Panel, width: usize, sums: &mut [i16; TILE_ELEMENTS]) {
    for (row, sums) in left.0.iter().zip(sums.as_chunks_mut::<EDGE>().0) {
        for (column, sum) in right.0.iter().zip(sums) {
            *sum = sum.wrapping_add(dot(&row[..width], &column[..width]));
        }
    }
}

fn dot(left: &[i16], right: &[i16]) -> i16 {
    let products = left.iter().zip(right).map(|(left, right)| left.wrapping_mul(*right));
    products.fold(0, i16::wrapping_add)
}
