//! Products that were not computed, or not wholly.

use std::collections::HashSet;

use annals_gpu::{
    CpuProver, Exact, Multiply, OpenedTile, Outcome, Parameters, Round, RoundSeed, TILE_BYTES, Tile,
};

use super::rate::{Rate, promised};
use crate::attempt::{Asked, outcome};
use crate::seed::random;

/// A hundred tiles: 25 rounds of 4.
pub(crate) const HUNDRED: Parameters = Parameters {
    size: 64,
    rounds: 25,
    kept_rounds: 0,
    sweeps: 0,
    round_openings: 32,
    sweep_openings: 0,
    rounds_ms_max: 1_000,
    sweeps_ms_max: 1_000,
};

pub(crate) fn zeros() -> Tile {
    Tile(Box::new([0; TILE_BYTES]))
}

/// Leaves tiles out: zeros stand in for them.
#[derive(Clone)]
pub(crate) struct Skipping(HashSet<(u32, u32)>);

impl Skipping {
    /// Leaves `count` of the hundred out.
    pub(crate) fn some(random: &mut fastrand::Rng, count: usize) -> Self {
        let mut all: Vec<_> = (0..25).flat_map(|round| (0..4).map(move |tile| (round, tile))).collect();
        random.shuffle(&mut all);
        Self(all.into_iter().take(count).collect())
    }

    pub(crate) fn skips(&self, round: u32, tile: u32) -> bool {
        self.0.contains(&(round, tile))
    }
}

impl Multiply for Skipping {
    fn tiles(&mut self, round: u32, seed: RoundSeed, size: u32) -> Vec<Tile> {
        let mut tiles = Exact.tiles(round, seed, size);
        for (number, tile) in (0..).zip(&mut tiles) {
            if self.skips(round, number) {
                *tile = zeros();
            }
        }
        tiles
    }
}

#[test]
fn skipped_tiles_are_caught_as_often_as_promised() {
    let mut random = random("skipped tiles");
    for (name, wrong) in [("skipped tiles, 1 %", 1), ("skipped tiles, 5 %", 5), ("skipped tiles, 10 %", 10)] {
        let mut rate = Rate::of(name);
        for _ in 0..20 {
            rate.seed();
            let mut asked = Asked::new(&mut random, HUNDRED);
            let skipping = Skipping::some(&mut random, wrong as usize);
            let mut worker = asked.worker(CpuProver::with(HUNDRED, skipping));
            let (rounds, sweeps) = (worker.rounds().unwrap(), worker.sweeps(&asked.sweep_secret).unwrap());
            for _ in 0..10 {
                asked.open_beacon.hash.0 = std::array::from_fn(|_| random.u8(..));
                let openings = worker.clone().open(&asked.open_secret, &asked.open_beacon).unwrap();
                rate.count(outcome(&asked.transcript(rounds.clone(), sweeps.clone(), openings)));
            }
        }
        rate.is_promised(promised(wrong, HUNDRED.round_openings));
    }
}

/// Takes both matrices for Hankel matrices, and multiplies those with n^2 additions.
struct Hankel;

impl Multiply for Hankel {
    fn tiles(&mut self, _: u32, seed: RoundSeed, size: u32) -> Vec<Tile> {
        let round = Round::new(seed, size);
        let n = size as usize;
        let (mut a, mut b) = (vec![0; 2 * n], vec![0; 2 * n]);
        round.fill_left_row(0, 0, &mut a[..n]);
        round.fill_left_row(size - 1, 0, &mut a[n..]);
        round.fill_right_column(0, 0, &mut b[..n]);
        round.fill_right_column(size - 1, 0, &mut b[n..]);
        let product = |left: u8, right: u8| i32::from(left.cast_signed()) * i32::from(right.cast_signed());
        let mut sums = vec![0; n * n];
        for at in 0..n {
            sums[at] = (0..n).map(|k| product(a[k], b[at + k])).sum();
            sums[at * n] = (0..n).map(|k| product(a[at + k], b[k])).sum();
        }
        for (i, j) in (1..n).flat_map(|i| (1..n).map(move |j| (i, j))) {
            let (first, last) = (product(a[i - 1], b[j - 1]), product(a[i + n - 1], b[j + n - 1]));
            sums[i * n + j] = sums[(i - 1) * n + j - 1] - first + last;
        }
        tiles_of(&sums, n)
    }
}

/// Returns the tiles of a product in i32.
fn tiles_of(sums: &[i32], n: usize) -> Vec<Tile> {
    let across = n / 32;
    let mut tiles = vec![zeros(); across * across];
    for (at, sum) in sums.iter().enumerate() {
        let (i, j) = (at / n, at % n);
        let low = sum.to_le_bytes();
        let element = 2 * (i % 32 * 32 + j % 32);
        tiles[i / 32 * across + j / 32].0[element..element + 2].copy_from_slice(&low[..2]);
    }
    tiles
}

/// Computes the product of smaller matrices, and repeats it.
struct Smaller;

impl Multiply for Smaller {
    fn tiles(&mut self, round: u32, seed: RoundSeed, size: u32) -> Vec<Tile> {
        let smaller = Exact.tiles(round, seed, size / 2);
        let across = size / 32;
        let place = |tile: u32| (tile / across / 2 * (across / 2) + tile % across / 2) as usize;
        (0..across * across).map(|tile| smaller[place(tile)].clone()).collect()
    }
}

/// Computes an eighth of every product: the first elements of each row and column.
struct Shorter;

impl Multiply for Shorter {
    fn tiles(&mut self, _: u32, seed: RoundSeed, size: u32) -> Vec<Tile> {
        let n = size as usize;
        let (mut left, mut right) = (vec![0; n], vec![0; n]);
        let round = Round::new(seed, size);
        let mut sums = vec![0; n * n];
        for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
            round.fill_left_row(i as u32, 0, &mut left[..16]);
            round.fill_right_column(j as u32, 0, &mut right[..16]);
            let products = left[..16].iter().zip(&right[..16]);
            sums[i * n + j] = products
                .map(|(left, right)| i32::from(left.cast_signed()) * i32::from(right.cast_signed()))
                .sum();
        }
        tiles_of(&sums, n)
    }
}

fn always_caught(name: &'static str, multiply: impl Fn() -> Box<dyn Multiply>) {
    let mut random = random(name);
    let mut rate = Rate::of(name);
    let numbers = Parameters { size: 128, rounds: 2, round_openings: 4, ..HUNDRED };
    for _ in 0..10 {
        rate.seed();
        let asked = Asked::new(&mut random, numbers);
        let found = outcome(&asked.run(CpuProver::with(numbers, Boxed(multiply()))));
        assert!(matches!(found, Outcome::WrongTile(OpenedTile::Round { number: 0, .. })), "{found}");
        rate.count(found);
    }
    rate.is_always_caught();
}

struct Boxed(Box<dyn Multiply>);

impl Multiply for Boxed {
    fn tiles(&mut self, round: u32, seed: RoundSeed, size: u32) -> Vec<Tile> {
        self.0.tiles(round, seed, size)
    }
}

#[test]
fn a_product_by_structure_is_caught_at_the_first_tile() {
    always_caught("Hankel trick", || Box::new(Hankel));
}

#[test]
fn a_smaller_product_is_caught_at_the_first_tile() {
    always_caught("wrong n, product of half the size", || Box::new(Smaller));
}

#[test]
fn a_shorter_sum_is_caught_at_the_first_tile() {
    always_caught("wrong n, sums of 16 products", || Box::new(Shorter));
}
