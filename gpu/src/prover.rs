//! What a prover has to do, on whatever device.

use std::ops::DerefMut;

use annals_log::Hash;
use thiserror::Error;

use crate::answers::Opening;
use crate::draw::SweepPlace;
use crate::round::RoundSeed;
use crate::sweep::SweepKey;
use crate::tile::TilePlace;

/// A device that answers one challenge: rounds first, in order, then sweeps, in order, then openings.
pub trait Prover {
    /// Computes the product of round `round`, which `seed` makes, and returns the root of its tree.
    ///
    /// # Errors
    /// The device cannot go on; the attempt is over.
    fn round(&mut self, round: u32, seed: RoundSeed) -> Result<Hash, ProverError>;

    /// Hashes every kept tile under `key`, and returns the root of that tree.
    ///
    /// # Errors
    /// As [`Prover::round`].
    fn sweep(&mut self, sweep: u32, key: SweepKey) -> Result<Hash, ProverError>;

    /// Returns tiles and paths at `places`, in their order. Nobody waits for them by the clock: a round that is no
    /// longer there can be computed once more.
    ///
    /// # Errors
    /// As [`Prover::round`].
    fn open_rounds(&mut self, places: &[TilePlace]) -> Result<Vec<Opening>, ProverError>;

    /// Returns tiles and paths at `places` of sweeps, in their order.
    ///
    /// # Errors
    /// As [`Prover::round`].
    fn open_sweeps(&mut self, places: &[SweepPlace]) -> Result<Vec<Opening>, ProverError>;
}

/// Whatever leads to a prover is one.
impl<T: DerefMut<Target: Prover>> Prover for T {
    fn round(&mut self, round: u32, seed: RoundSeed) -> Result<Hash, ProverError> {
        (**self).round(round, seed)
    }

    fn sweep(&mut self, sweep: u32, key: SweepKey) -> Result<Hash, ProverError> {
        (**self).sweep(sweep, key)
    }

    fn open_rounds(&mut self, places: &[TilePlace]) -> Result<Vec<Opening>, ProverError> {
        (**self).open_rounds(places)
    }

    fn open_sweeps(&mut self, places: &[SweepPlace]) -> Result<Vec<Opening>, ProverError> {
        (**self).open_sweeps(places)
    }
}

/// Why a device cannot go on.
#[derive(Debug, Error)]
#[error("the device cannot go on")]
pub struct ProverError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
