//! The prover on the CPU: the reference.

use std::collections::BTreeMap;

use annals_log::Hash;

use crate::answers::Opening;
use crate::draw::SweepPlace;
use crate::parameters::Parameters;
use crate::product::{Exact, Multiply};
use crate::prover::{Prover, ProverError};
use crate::round::RoundSeed;
use crate::sweep::SweepKey;
use crate::tile::{Tile, TilePlace};
use crate::tree::TileTree;

/// Answers a challenge on the CPU. It keeps the tiles of the kept rounds and the trees of all, so it is for small
/// sizes.
#[derive(Debug, Clone)]
pub struct CpuProver<M = Exact> {
    numbers: Parameters,
    multiply: M,
    seeds: Vec<RoundSeed>,
    round_trees: Vec<TileTree>,
    /// By round.
    kept: BTreeMap<u32, Vec<Tile>>,
    sweep_trees: Vec<TileTree>,
}

impl CpuProver<Exact> {
    /// A prover for a challenge with these parameters.
    pub fn new(numbers: Parameters) -> Self {
        Self::with(numbers, Exact)
    }
}

impl<M: Multiply> CpuProver<M> {
    /// A prover whose products `multiply` computes.
    pub fn with(numbers: Parameters, multiply: M) -> Self {
        let (seeds, round_trees, sweep_trees) = (Vec::new(), Vec::new(), Vec::new());
        Self { numbers, multiply, seeds, round_trees, kept: BTreeMap::new(), sweep_trees }
    }

    fn tiles_of(&mut self, round: u32) -> Vec<Tile> {
        let seed = self.seeds[round as usize];
        self.kept.get(&round).cloned().unwrap_or_else(|| self.multiply.tiles(round, seed, self.numbers.size))
    }
}

impl<M: Multiply> Prover for CpuProver<M> {
    fn round(&mut self, round: u32, seed: RoundSeed) -> Result<Hash, ProverError> {
        assert_eq!(round as usize, self.seeds.len(), "rounds come in order");
        self.seeds.push(seed);
        let tiles = self.multiply.tiles(round, seed, self.numbers.size);
        let leaves = (0..).zip(&tiles).map(|(tile, bytes)| bytes.round_leaf(TilePlace { round, tile }));
        let tree = TileTree::over(leaves.collect());
        let root = tree.root();
        self.round_trees.push(tree);
        if round >= self.numbers.first_kept_round() {
            self.kept.insert(round, tiles);
        }
        Ok(root)
    }

    fn sweep(&mut self, sweep: u32, key: SweepKey) -> Result<Hash, ProverError> {
        assert_eq!(sweep as usize, self.sweep_trees.len(), "sweeps come in order");
        let mut leaves = Vec::new();
        for (round, tiles) in &self.kept {
            for (tile, bytes) in (0..).zip(tiles) {
                leaves.push(bytes.sweep_leaf(TilePlace { round: *round, tile }, &key.0));
            }
        }
        let tree = TileTree::over(leaves);
        let root = tree.root();
        self.sweep_trees.push(tree);
        Ok(root)
    }

    fn open_rounds(&mut self, places: &[TilePlace]) -> Result<Vec<Opening>, ProverError> {
        // A round that was not kept is computed once more: once, however many of its tiles are opened.
        let mut by_round: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (at, place) in places.iter().enumerate() {
            by_round.entry(place.round).or_default().push(at);
        }
        let mut openings = vec![None; places.len()];
        for (round, asked) in by_round {
            let tiles = self.tiles_of(round);
            for at in asked {
                let tile = places[at].tile as usize;
                let path = self.round_trees[round as usize].path(tile);
                openings[at] = Some(Opening { tile: tiles[tile].clone(), path });
            }
        }
        Ok(openings.into_iter().flatten().collect())
    }

    fn open_sweeps(&mut self, places: &[SweepPlace]) -> Result<Vec<Opening>, ProverError> {
        let mut openings = Vec::with_capacity(places.len());
        for place in places {
            let tile = self.kept[&place.tile.round][place.tile.tile as usize].clone();
            let leaf = usize::try_from(place.leaf(&self.numbers)).expect("it was made");
            openings.push(Opening { tile, path: self.sweep_trees[place.sweep as usize].path(leaf) });
        }
        Ok(openings)
    }
}
