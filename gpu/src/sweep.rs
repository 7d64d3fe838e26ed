//! The keys of sweeps: each depends on the root of the one before.

use annals_log::Hash;

use crate::round::RoundSeed;
use crate::secret::Secret;
use crate::tags::Tag;

/// What a sweep hashes every kept tile with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SweepKey(pub Hash);

impl SweepKey {
    /// Returns the key of the first sweep. Whoever was told the secret too early still has to finish the rounds first.
    pub fn first(secret: &Secret, rounds_end: RoundSeed) -> Self {
        Self(Tag::FIRST_SWEEP.digest(&[&secret.0, &rounds_end.0.0]))
    }

    /// Returns the key of the sweep after the one with this key and this root.
    pub fn next(self, root: &Hash) -> Self {
        Self(Tag::NEXT_SWEEP.digest(&[&self.0.0, &root.0]))
    }
}
