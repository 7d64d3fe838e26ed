//! A validator who tells its secrets too early.

use annals_gpu::{Beacon, CpuProver, Draw, Exact, Multiply, Outcome, RoundSeed, SweepKey, Tile, TilePlace};
use annals_log::Hash;

use super::rate::{Rate, promised};
use super::tiles::{HUNDRED, Skipping, zeros};
use crate::attempt::{Asked, outcome};
use crate::seed::random;

const SKIPPED: u32 = 10;

/// Leaves tiles out, the last of the last round among them, which holds a number in place of the product.
struct Trying {
    skipping: Skipping,
    number: u64,
}

const TRIED: TilePlace = TilePlace { round: 24, tile: 3 };

impl Multiply for Trying {
    fn tiles(&mut self, round: u32, seed: RoundSeed, size: u32) -> Vec<Tile> {
        let mut tiles = self.skipping.tiles(round, seed, size);
        if round == TRIED.round {
            let mut tried = zeros();
            tried.0[..8].copy_from_slice(&self.number.to_le_bytes());
            tiles[TRIED.tile as usize] = tried;
        }
        tiles
    }
}

/// Tries numbers until what `beacon` would draw is none of what was left out. Every try costs a path and a draw.
fn suited(asked: &Asked, skipping: Skipping, beacon: &Beacon) -> Trying {
    let mut trying = Trying { skipping, number: 0 };
    let mut seed = asked.challenge.seed();
    let mut roots = Vec::new();
    let root = |tiles: Vec<Tile>, round| {
        let leaves = (0..).zip(tiles).map(|(tile, bytes)| bytes.round_leaf(TilePlace { round, tile }));
        annals_gpu::TileTree::over(leaves.collect()).root()
    };
    for round in 0..TRIED.round {
        let found: Hash = root(trying.tiles(round, seed, HUNDRED.size), round);
        seed = seed.next(&found);
        roots.push(found);
    }
    let exact = Exact.tiles(TRIED.round, seed, HUNDRED.size);
    loop {
        let mut tiles = exact.clone();
        for tile in 0..4 {
            if trying.skipping.skips(TRIED.round, tile) {
                tiles[tile as usize] = zeros();
            }
        }
        tiles[TRIED.tile as usize] = zeros();
        tiles[TRIED.tile as usize].0[..8].copy_from_slice(&trying.number.to_le_bytes());
        let end = seed.next(&root(tiles, TRIED.round));
        let draw = Draw::new(&asked.open_secret, end, SweepKey::first(&asked.sweep_secret, end), beacon);
        let left_out = |place: &TilePlace| *place == TRIED || trying.skipping.skips(place.round, place.tile);
        if !draw.round_places(&asked.challenge).iter().any(left_out) {
            return trying;
        }
        trying.number += 1;
    }
}

fn skipping(random: &mut fastrand::Rng) -> Skipping {
    loop {
        let skipping = Skipping::some(random, SKIPPED as usize);
        if skipping.skips(TRIED.round, TRIED.tile) {
            return skipping;
        }
    }
}

/// The committed secrets alone are of no use: the tiles are drawn by a block that is not there yet.
#[test]
fn a_leaked_secret_without_the_later_block_helps_nobody() {
    let mut random = random("leaked secret");
    let mut rate = Rate::of("leaked secrets, 10 % skipped, later block guessed");
    for _ in 0..60 {
        rate.seed();
        let asked = Asked::new(&mut random, HUNDRED);
        let guessed = Beacon { hash: Hash(std::array::from_fn(|_| random.u8(..))), ..asked.open_beacon };
        let trying = suited(&asked, skipping(&mut random), &guessed);
        rate.count(outcome(&asked.run(CpuProver::with(HUNDRED, trying))));
    }
    rate.is_promised(promised(SKIPPED, HUNDRED.round_openings));
}

/// What the transcript cannot exclude, and the anchor does: a miner who signs after the later block, with a validator
/// who told it everything. PROTOCOL.md says so on its first page.
#[test]
fn a_leaked_secret_and_the_later_block_together_pass() {
    let mut random = random("leaked secret and block");
    for _ in 0..5 {
        let asked = Asked::new(&mut random, HUNDRED);
        let trying = suited(&asked, skipping(&mut random), &asked.open_beacon);
        assert_eq!(outcome(&asked.run(CpuProver::with(HUNDRED, trying))), Outcome::Passed);
    }
}
