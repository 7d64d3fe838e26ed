//! What the miner answers: after the rounds, after the sweeps, and when tiles are opened.

use annals_log::Hash;

use crate::bytes::Fields;
use crate::parameters::Parameters;
use crate::round::RoundSeed;
use crate::signature::Signature;
use crate::sweep::SweepKey;
use crate::tile::{TILE_BYTES, Tile};

/// The roots of all rounds, or of all sweeps, in order, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    /// One a round, or one a sweep.
    pub roots: Vec<Hash>,
    /// The miner's.
    pub signature: Signature,
}

/// A tile, and the siblings on its way to the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// As the miner has it.
    pub tile: Tile,
    /// From below.
    pub path: Vec<Hash>,
}

/// All tiles that were drawn, in the order of the draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Openings {
    /// Among all rounds.
    pub rounds: Vec<Opening>,
    /// Among all sweeps.
    pub sweeps: Vec<Opening>,
}

impl Roots {
    /// Returns the bytes of `count` roots and the signature.
    pub fn length(count: u32) -> usize {
        32 * count as usize + 64
    }

    /// Appends it.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.roots.iter().flat_map(|root| root.0));
        bytes.extend_from_slice(&self.signature.0);
    }

    /// Reads `count` roots and their signature; `None` if there are not exactly as many bytes.
    pub fn from_bytes(count: u32, bytes: &[u8]) -> Option<Self> {
        (bytes.len() == Self::length(count)).then(|| Self::read(count, &mut Fields::of(bytes)))
    }

    pub(crate) fn read(count: u32, fields: &mut Fields<'_>) -> Self {
        Self { roots: fields.hashes(count as usize), signature: Signature(fields.array()) }
    }

    /// Returns the seeds of all rounds that have these roots, and the one after the last.
    pub fn seeds(&self, first: RoundSeed) -> Vec<RoundSeed> {
        let mut seeds = vec![first];
        for (at, root) in self.roots.iter().enumerate() {
            seeds.push(seeds[at].next(root));
        }
        seeds
    }

    /// Returns the keys of all sweeps that have these roots, and the one after the last.
    pub fn keys(&self, first: SweepKey) -> Vec<SweepKey> {
        let mut keys = vec![first];
        for (at, root) in self.roots.iter().enumerate() {
            keys.push(keys[at].next(root));
        }
        keys
    }
}

impl Openings {
    /// Returns the bytes of all openings of an attempt.
    pub fn length(numbers: &Parameters) -> usize {
        let one = |depth| TILE_BYTES + 32 * depth;
        numbers.round_openings as usize * one(numbers.round_depth())
            + numbers.sweep_openings as usize * one(numbers.sweep_depth())
    }

    /// Appends them.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        for opening in self.rounds.iter().chain(&self.sweeps) {
            bytes.extend_from_slice(&opening.tile.0[..]);
            bytes.extend(opening.path.iter().flat_map(|sibling| sibling.0));
        }
    }

    /// Reads the openings of an attempt; `None` if there are not exactly as many bytes.
    pub fn from_bytes(numbers: &Parameters, bytes: &[u8]) -> Option<Self> {
        (bytes.len() == Self::length(numbers)).then(|| Self::read(numbers, &mut Fields::of(bytes)))
    }

    pub(crate) fn read(numbers: &Parameters, fields: &mut Fields<'_>) -> Self {
        let mut openings = |count: u32, depth| {
            let one = |_| Opening { tile: Tile(Box::new(fields.array())), path: fields.hashes(depth) };
            (0..count).map(one).collect()
        };
        Self {
            rounds: openings(numbers.round_openings, numbers.round_depth()),
            sweeps: openings(numbers.sweep_openings, numbers.sweep_depth()),
        }
    }
}
