//! Which tiles are opened: drawn from a secret that was committed to, and from a beacon that came later.

use crate::beacon::Beacon;
use crate::challenge::Challenge;
use crate::parameters::Parameters;
use crate::round::RoundSeed;
use crate::secret::Secret;
use crate::sweep::SweepKey;
use crate::tags::Tag;
use crate::tile::TilePlace;

/// A tile of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SweepPlace {
    /// Counted from 0.
    pub sweep: u32,
    /// The tile that it hashed.
    pub tile: TilePlace,
}

/// What decides which tiles are opened. None of it is known to all before the last root was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    source: [u8; 128],
}

impl Draw {
    /// Draws by the secret for openings, the seed after the last round, the key after the last sweep, and the later
    /// beacon.
    pub fn new(secret: &Secret, rounds_end: RoundSeed, sweeps_end: SweepKey, beacon: &Beacon) -> Self {
        let parts = [secret.0, rounds_end.0.0, sweeps_end.0.0, beacon.hash.0];
        Self { source: *parts.as_flattened().as_array().expect("four parts of 32 bytes") }
    }

    /// Returns the places opened among all rounds, in their order. A place can come twice: each is drawn alone.
    pub fn round_places(&self, challenge: &Challenge) -> Vec<TilePlace> {
        let numbers = &challenge.parameters;
        let draw = |at| round_place(numbers, self.below(Tag::OPEN_ROUND, at, numbers.round_tiles()));
        (0..numbers.round_openings).map(draw).collect()
    }

    /// Returns the places opened among all sweeps, in their order.
    pub fn sweep_places(&self, challenge: &Challenge) -> Vec<SweepPlace> {
        let numbers = &challenge.parameters;
        let draw = |at| sweep_place(numbers, self.below(Tag::OPEN_SWEEP, at, numbers.sweep_tiles()));
        (0..numbers.sweep_openings).map(draw).collect()
    }

    /// Returns draw number `at`, below `bound`: the high half of a product. One place is more likely than another by
    /// at most `bound` in 2^64, which is at most 2^-24.
    fn below(&self, tag: Tag, at: u32, bound: u64) -> u64 {
        let digest = tag.digest(&[&self.source, &at.to_le_bytes()]);
        let random = u64::from_le_bytes(*digest.0.first_chunk().expect("a digest has 32 bytes"));
        let product = u128::from(random) * u128::from(bound);
        u64::try_from(product >> 64).expect("below the bound")
    }
}

fn round_place(numbers: &Parameters, at: u64) -> TilePlace {
    let per_round = u64::from(numbers.tiles_per_round());
    TilePlace { round: narrow(at / per_round), tile: narrow(at % per_round) }
}

fn sweep_place(numbers: &Parameters, at: u64) -> SweepPlace {
    let in_sweep = round_place(numbers, at % numbers.kept_tiles());
    let tile = TilePlace { round: numbers.first_kept_round() + in_sweep.round, ..in_sweep };
    SweepPlace { sweep: narrow(at / numbers.kept_tiles()), tile }
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).expect("below a bound of the parameters")
}

impl SweepPlace {
    /// Returns the number of its leaf in the tree of its sweep.
    pub fn leaf(&self, numbers: &Parameters) -> u64 {
        let kept_round = u64::from(self.tile.round - numbers.first_kept_round());
        kept_round * u64::from(numbers.tiles_per_round()) + u64::from(self.tile.tile)
    }
}
