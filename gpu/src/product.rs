//! All tiles of a product, on the CPU: what every other prover is compared with.

use crate::round::{Round, RoundSeed};
use crate::tile::Tile;

/// Something that computes all tiles of a round. The same seed gives the same tiles, whenever it is asked.
pub trait Multiply {
    /// Returns the tiles of the product that `seed` makes, in order.
    fn tiles(&mut self, round: u32, seed: RoundSeed, size: u32) -> Vec<Tile>;
}

/// Computes every tile exactly, and on its own: simple, and slow for large sizes.
#[derive(Debug, Clone, Copy)]
pub struct Exact;

impl Multiply for Exact {
    fn tiles(&mut self, _: u32, seed: RoundSeed, size: u32) -> Vec<Tile> {
        let round = Round::new(seed, size);
        (0..round.tiles_across() * round.tiles_across()).map(|tile| round.tile(tile)).collect()
    }
}
