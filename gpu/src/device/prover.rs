//! The prover on a device: it keeps the tiles of the kept rounds there, and computes again what is opened.

use std::collections::BTreeMap;

use annals_log::Hash;

use super::buffers::Pieces;
use super::launch::Path;
use super::seam::{Device, DeviceError};
use super::work::{Keep, Work};
use crate::answers::Opening;
use crate::draw::SweepPlace;
use crate::parameters::Parameters;
use crate::prover::{Prover, ProverError};
use crate::round::RoundSeed;
use crate::sweep::SweepKey;
use crate::tile::{Tile, TilePlace};
use crate::tree::TileTree;

/// Answers a challenge on a device.
///
/// A tree is built, read and forgotten: those of all rounds would take the memory that the kept rounds are to fill, and
/// nobody waits for openings by the clock. Round 0 begins another attempt with the same parameters, in the same memory,
/// so whoever has opened the device before a challenge arrives loses no time of it.
#[derive(Debug)]
pub struct KernelProver<D> {
    work: Work<D>,
    numbers: Parameters,
    /// Of the rounds so far.
    seeds: Vec<RoundSeed>,
    sweeps: Vec<Swept>,
}

/// A sweep that is done: its key, and the tree over the roots of its pieces.
#[derive(Debug)]
struct Swept {
    key: SweepKey,
    tree: TileTree,
}

impl<D: Device> KernelProver<D> {
    /// Returns a prover for a challenge with these parameters, and takes all memory that it needs.
    ///
    /// # Errors
    /// `Memory` before anything is allocated, if the device has less; or what the device says.
    pub fn new(device: D, numbers: &Parameters, path: Path, pieces: Pieces) -> Result<Self, DeviceError> {
        let work = Work::new(device, *numbers, path, pieces)?;
        Ok(Self { work, numbers: *numbers, seeds: Vec::new(), sweeps: Vec::new() })
    }

    /// Returns the parameters that it can answer for.
    pub fn parameters(&self) -> &Parameters {
        &self.numbers
    }

    /// Computes a round once more and returns the asked tiles. Its tree stays on the device.
    fn opened(&mut self, round: u32, asked: &[u32]) -> Result<BTreeMap<u32, Option<Tile>>, DeviceError> {
        let mut tiles = asked.iter().map(|tile| (*tile, None)).collect();
        self.work.product(round, self.seeds[round as usize], Keep::Opened(&mut tiles))?;
        Ok(tiles)
    }
}

impl<D: Device> Prover for KernelProver<D> {
    fn round(&mut self, round: u32, seed: RoundSeed) -> Result<Hash, ProverError> {
        if round == 0 {
            self.seeds.clear();
            self.sweeps.clear();
        }
        assert_eq!(round as usize, self.seeds.len(), "rounds come in order");
        self.seeds.push(seed);
        let is_kept = round >= self.numbers.first_kept_round();
        self.work.product(round, seed, if is_kept { Keep::Round } else { Keep::Nothing })?;
        let levels = self.work.round_levels();
        Ok(self.work.root(&levels)?)
    }

    fn sweep(&mut self, sweep: u32, key: SweepKey) -> Result<Hash, ProverError> {
        assert_eq!(sweep as usize, self.sweeps.len(), "sweeps come in order");
        let mut roots = Vec::new();
        for piece in 0..self.work.sweep_pieces() {
            self.work.sweep_piece(piece, key)?;
            let levels = self.work.piece_levels(piece);
            roots.push(self.work.root(&levels)?);
        }
        let tree = TileTree::over(roots);
        let root = tree.root();
        self.sweeps.push(Swept { key, tree });
        Ok(root)
    }

    fn open_rounds(&mut self, places: &[TilePlace]) -> Result<Vec<Opening>, ProverError> {
        let levels = self.work.round_levels();
        let mut openings = vec![None; places.len()];
        for (round, asked) in grouped(places, |place| place.round) {
            let numbers: Vec<_> = asked.iter().map(|at| places[*at].tile).collect();
            let tiles = self.opened(round, &numbers)?;
            for at in asked {
                let tile = places[at].tile;
                let path = self.work.path(&levels, tile.into())?;
                let tile = tiles[&tile].clone().expect("every tile is in a panel");
                openings[at] = Some(Opening { tile, path });
            }
        }
        Ok(openings.into_iter().flatten().collect())
    }

    fn open_sweeps(&mut self, places: &[SweepPlace]) -> Result<Vec<Opening>, ProverError> {
        let numbers = self.numbers;
        let mut openings = vec![None; places.len()];
        let piece_of = |place: &SweepPlace| (place.sweep, self.work.piece_of(place.leaf(&numbers)).0);
        for ((sweep, piece), asked) in grouped(places, piece_of) {
            let levels = self.work.piece_levels(piece);
            let swept = &self.sweeps[sweep as usize];
            self.work.sweep_piece(piece, swept.key)?;
            let above = swept.tree.path(usize::try_from(piece).expect("it was made"));
            for at in asked {
                let TilePlace { round, tile } = places[at].tile;
                let (_, leaf) = self.work.piece_of(places[at].leaf(&numbers));
                let mut path = self.work.path(&levels, leaf)?;
                path.extend(&above);
                openings[at] = Some(Opening { tile: self.work.kept_tile(round, tile)?, path });
            }
        }
        Ok(openings.into_iter().flatten().collect())
    }
}

/// Returns where the places of each part are: a part is computed once, however many of its tiles are opened.
fn grouped<P, K: Ord>(places: &[P], part_of: impl Fn(&P) -> K) -> BTreeMap<K, Vec<usize>> {
    let mut parts: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for (at, place) in places.iter().enumerate() {
        parts.entry(part_of(place)).or_default().push(at);
    }
    parts
}
