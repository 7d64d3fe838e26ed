//! How large an attempt is: eight numbers that the validator chooses.

use thiserror::Error;

use crate::tile::{TILE_BYTES, TILE_EDGE};

/// A size is a multiple of it.
const SIZE_STEP: u32 = 64;
/// Beyond it a product of random bytes may no longer be exact on units that add in floating point.
const SIZE_MAX: u32 = 65_536;
const ROUNDS_MAX: u32 = 4_096;
const SWEEPS_MAX: u32 = 64;
const OPENINGS_MAX: u32 = 1_024;

/// The numbers that say how much work an attempt is, and how much of it is looked at. All of them are part of the
/// seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// Rows and columns of every matrix: a multiple of 64, at most 65,536.
    pub size: u32,
    /// Products that follow each other: 1 to 4,096.
    pub rounds: u32,
    /// How many of the last products stay in memory for the sweeps: at most all.
    pub kept_rounds: u32,
    /// How often they are hashed under a new key: at most 64.
    pub sweeps: u32,
    /// Tiles opened among all rounds: 1 to 1,024.
    pub round_openings: u32,
    /// Tiles opened among all sweeps: at most 1,024.
    pub sweep_openings: u32,
    /// Milliseconds that all rounds may take by the validator's clock.
    pub rounds_ms_max: u32,
    /// Milliseconds that all sweeps may take.
    pub sweeps_ms_max: u32,
}

/// A number that no attempt has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{field} is {value}: it is {bound}")]
pub struct ParameterError {
    /// The name of the number.
    pub field: &'static str,
    /// What it is.
    pub value: u32,
    /// What it may be.
    pub bound: &'static str,
}

impl Parameters {
    /// The numbers of an attempt of full size, which PROTOCOL.md gives, with ten seconds for either phase.
    pub const FULL: Self = Self {
        size: 20_480,
        rounds: 300,
        kept_rounds: 86,
        sweeps: 16,
        round_openings: 128,
        sweep_openings: 128,
        rounds_ms_max: 10_000,
        sweeps_ms_max: 10_000,
    };

    /// Returns the numbers if an attempt can have them.
    ///
    /// # Errors
    /// The first that it cannot have.
    pub fn checked(self) -> Result<Self, ParameterError> {
        let refuse = |field, value, bound| Err(ParameterError { field, value, bound });
        let has_memory = self.kept_rounds > 0;
        if self.size == 0 || self.size > SIZE_MAX || !self.size.is_multiple_of(SIZE_STEP) {
            return refuse("size", self.size, "a multiple of 64 from 64 to 65536");
        }
        if !(1..=ROUNDS_MAX).contains(&self.rounds) {
            return refuse("rounds", self.rounds, "from 1 to 4096");
        }
        if self.kept_rounds > self.rounds {
            return refuse("kept_rounds", self.kept_rounds, "at most as many as rounds");
        }
        if self.sweeps > SWEEPS_MAX || has_memory != (self.sweeps > 0) {
            return refuse("sweeps", self.sweeps, "at most 64, and 0 exactly if nothing is kept");
        }
        if !(1..=OPENINGS_MAX).contains(&self.round_openings) {
            return refuse("round_openings", self.round_openings, "from 1 to 1024");
        }
        if self.sweep_openings > OPENINGS_MAX || has_memory != (self.sweep_openings > 0) {
            return refuse(
                "sweep_openings",
                self.sweep_openings,
                "at most 1024, and 0 exactly if nothing is kept",
            );
        }
        Ok(self)
    }

    /// Returns the tiles of one product.
    pub fn tiles_per_round(&self) -> u32 {
        let across = self.size / TILE_EDGE;
        across * across
    }

    /// Returns the tiles of all rounds.
    pub fn round_tiles(&self) -> u64 {
        u64::from(self.rounds) * u64::from(self.tiles_per_round())
    }

    /// Returns the tiles that one sweep hashes.
    pub fn kept_tiles(&self) -> u64 {
        u64::from(self.kept_rounds) * u64::from(self.tiles_per_round())
    }

    /// Returns the tiles of all sweeps.
    pub fn sweep_tiles(&self) -> u64 {
        u64::from(self.sweeps) * self.kept_tiles()
    }

    /// Returns the bytes that have to stay in memory during the sweeps.
    pub fn kept_bytes(&self) -> u64 {
        self.kept_tiles() * TILE_BYTES as u64
    }

    /// Returns the multiplications and additions of one product.
    pub fn operations_per_round(&self) -> u64 {
        2 * u64::from(self.size).pow(3)
    }

    /// Returns the number of the first round that is kept.
    pub fn first_kept_round(&self) -> u32 {
        self.rounds - self.kept_rounds
    }

    /// Returns the length of a path in the tree of a round.
    pub fn round_depth(&self) -> usize {
        depth(u64::from(self.tiles_per_round()))
    }

    /// Returns the length of a path in the tree of a sweep.
    pub fn sweep_depth(&self) -> usize {
        depth(self.kept_tiles())
    }
}

/// Returns how often `leaves` can be halved, rounding up, until one is left; 0 if there are none.
pub(crate) fn depth(leaves: u64) -> usize {
    leaves.max(1).next_power_of_two().trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_of_full_size_has_the_figures_of_the_protocol() {
        let full = Parameters::FULL.checked().unwrap();
        assert_eq!((full.tiles_per_round(), full.round_depth(), full.sweep_depth()), (409_600, 19, 26));
        assert_eq!(full.kept_bytes(), 86 * 838_860_800);
        assert_eq!(full.operations_per_round(), 17_179_869_184_000);
    }

    #[test]
    fn numbers_that_no_attempt_has_are_named() {
        let refused = |change: fn(&mut Parameters)| {
            let mut changed = Parameters::FULL;
            change(&mut changed);
            changed.checked().unwrap_err().field
        };
        for size in [0, 32, 96, 65_600, u32::MAX] {
            assert_eq!(Parameters { size, ..Parameters::FULL }.checked().unwrap_err().field, "size");
        }
        assert_eq!(refused(|numbers| numbers.rounds = 0), "rounds");
        assert_eq!(refused(|numbers| numbers.rounds = 4097), "rounds");
        assert_eq!(refused(|numbers| numbers.kept_rounds = 301), "kept_rounds");
        assert_eq!(refused(|numbers| numbers.kept_rounds = 0), "sweeps");
        assert_eq!(refused(|numbers| numbers.sweeps = 0), "sweeps");
        assert_eq!(refused(|numbers| numbers.sweeps = 65), "sweeps");
        assert_eq!(refused(|numbers| numbers.round_openings = 0), "round_openings");
        assert_eq!(refused(|numbers| numbers.sweep_openings = 1025), "sweep_openings");
        assert_eq!(refused(|numbers| numbers.sweep_openings = 0), "sweep_openings");
    }
}
