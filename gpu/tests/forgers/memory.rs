//! Memory that is not there.

use std::collections::BTreeMap;

use annals_gpu::{
    CpuProver, Exact, Figures, Multiply, OpenedTile, Opening, Outcome, Parameters, Phase, Prover,
    ProverError, REGENERATION_PER_SECOND, RoundSeed, SweepKey, SweepPlace, Tile, TilePlace, TileTree, Times,
};
use annals_log::Hash;

use super::rate::{Rate, promised};
use super::tiles::{HUNDRED, zeros};
use crate::attempt::{Asked, outcome};
use crate::seed::random;

const KEPT: Parameters =
    Parameters { kept_rounds: 25, sweeps: 2, sweep_openings: 32, round_openings: 1, ..HUNDRED };

/// Computes every product, and keeps not all of it: zeros are hashed in place of the rest.
#[derive(Clone)]
struct Forgetful {
    honest: CpuProver,
    kept: BTreeMap<TilePlace, Tile>,
    forgotten: Vec<TilePlace>,
    trees: Vec<TileTree>,
}

impl Forgetful {
    fn new(random: &mut fastrand::Rng, forgotten: usize) -> Self {
        let mut places: Vec<_> =
            (0..25).flat_map(|round| (0..4).map(move |tile| TilePlace { round, tile })).collect();
        random.shuffle(&mut places);
        places.truncate(forgotten);
        Self { honest: CpuProver::new(KEPT), kept: BTreeMap::new(), forgotten: places, trees: Vec::new() }
    }
}

impl Prover for Forgetful {
    fn round(&mut self, round: u32, seed: RoundSeed) -> Result<Hash, ProverError> {
        for (tile, bytes) in (0..).zip(Exact.tiles(round, seed, KEPT.size)) {
            let place = TilePlace { round, tile };
            let is_forgotten = self.forgotten.contains(&place);
            self.kept.insert(place, if is_forgotten { zeros() } else { bytes });
        }
        self.honest.round(round, seed)
    }

    fn sweep(&mut self, _: u32, key: SweepKey) -> Result<Hash, ProverError> {
        let leaves = self.kept.iter().map(|(place, tile)| tile.sweep_leaf(*place, &key.0));
        let tree = TileTree::over(leaves.collect());
        let root = tree.root();
        self.trees.push(tree);
        Ok(root)
    }

    fn open_rounds(&mut self, places: &[TilePlace]) -> Result<Vec<Opening>, ProverError> {
        self.honest.open_rounds(places)
    }

    fn open_sweeps(&mut self, places: &[SweepPlace]) -> Result<Vec<Opening>, ProverError> {
        let open = |place: &SweepPlace| Opening {
            tile: self.kept[&place.tile].clone(),
            path: self.trees[place.sweep as usize].path(place.leaf(&KEPT) as usize),
        };
        Ok(places.iter().map(open).collect())
    }
}

#[test]
fn forgotten_memory_is_caught_as_often_as_promised() {
    let mut random = random("forgotten memory");
    for (name, wrong) in
        [("forgotten memory, 1 %", 1), ("forgotten memory, 5 %", 5), ("forgotten memory, 10 %", 10)]
    {
        let mut rate = Rate::of(name);
        for _ in 0..20 {
            rate.seed();
            let mut asked = Asked::new(&mut random, KEPT);
            let mut worker = asked.worker(Forgetful::new(&mut random, wrong as usize));
            let (rounds, sweeps) = (worker.rounds().unwrap(), worker.sweeps(&asked.sweep_secret).unwrap());
            for _ in 0..10 {
                asked.open_beacon.hash.0 = std::array::from_fn(|_| random.u8(..));
                let openings = worker.clone().open(&asked.open_secret, &asked.open_beacon).unwrap();
                let found = outcome(&asked.transcript(rounds.clone(), sweeps.clone(), openings));
                assert!(matches!(found, Outcome::Passed | Outcome::WrongTile(OpenedTile::Sweep { .. })));
                rate.count(found);
            }
        }
        rate.is_promised(promised(wrong, KEPT.sweep_openings));
    }
}

/// What a card with this many operations and bytes hashed a second takes for its sweeps, if it lacks a part.
fn sweeps_ns(numbers: &Parameters, missing: f64, ops_per_second: f64, hashed_per_second: f64) -> u64 {
    let again = f64::from(numbers.kept_rounds) * numbers.operations_per_round() as f64 / ops_per_second;
    let hashed = numbers.kept_bytes() as f64 / hashed_per_second;
    // Products and hashes at once, on different units.
    (f64::from(numbers.sweeps) * hashed.max(missing * again) * 1e9) as u64
}

/// Tiles that are computed again are right, so the openings see nothing. The clock does: no card that lacks a part is
/// said to hold more than it does, however fast its hashes are.
#[test]
fn regenerated_memory_is_never_counted() {
    for size in [20_480, 40_960, 65_536] {
        let kept_rounds = (72_000_000_000_u64 / (2 * u64::from(size).pow(2))) as u32;
        let full = Parameters { size, rounds: 300, kept_rounds, sweeps: 16, round_openings: 128, ..KEPT };
        let full = Parameters { sweep_openings: 128, ..full }.checked().unwrap();
        for missing in (0..=20).map(|part| f64::from(part) / 20.0) {
            for ops_per_second in [6e14, 2e15, REGENERATION_PER_SECOND as f64] {
                for hashed_per_second in [5e11, 3e12, 1e13] {
                    let took = sweeps_ns(&full, missing, ops_per_second, hashed_per_second);
                    let times = Times { sweeps_received_ns: took, ..Times::default() };
                    let held = (1.0 - missing) * full.kept_bytes() as f64;
                    let counted = Figures::of(&full, &times).resident_bytes as f64;
                    assert!(counted <= held, "{size} {missing} {ops_per_second} {hashed_per_second}");
                }
            }
        }
    }
}

#[test]
fn regenerated_memory_is_late() {
    let mut random = random("regenerated memory");
    let full = Parameters { size: 20_480, rounds: 300, kept_rounds: 86, sweeps: 16, ..KEPT };
    // An H100 that hashes 1 TB a second, given a tenth more than it needs.
    let needed = sweeps_ns(&full, 0.0, 2e15, 1e12);
    let limit = (needed / 1_000_000 * 11 / 10) as u32;
    let mut rate = Rate::of("regenerated memory, a fifth of it");
    for _ in 0..3 {
        rate.seed();
        let numbers = Parameters { sweeps_ms_max: limit, ..KEPT };
        let asked = Asked::new(&mut random, numbers);
        let mut transcript = asked.run(CpuProver::new(numbers));
        transcript.times.sweeps_received_ns =
            transcript.times.sweep_sent_ns + sweeps_ns(&full, 0.2, 2e15, 1e12);
        transcript.times.open_sent_ns += 100_000_000_000;
        transcript.times.openings_received_ns += 100_000_000_000;
        transcript.sign(&crate::attempt::VALIDATOR);
        let found = outcome(&transcript);
        assert_eq!(found, Outcome::Slow(Phase::Sweeps));
        rate.count(found);
    }
    rate.is_always_caught();
}
