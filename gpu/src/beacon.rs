//! Beacons: hashes that nobody knows before a moment, and everybody after.

use annals_log::Hash;

/// Whose word a beacon is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeaconKind {
    /// A finalized block of the chain.
    Chain,
    /// A checkpoint of the validator's own log. It binds the order of what that log holds, and nobody else's clock.
    Log,
}

/// A finalized block, or a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beacon {
    /// The number of the block, or the tree size of the checkpoint.
    pub number: u64,
    /// The hash of the block, or the root of the checkpoint.
    pub hash: Hash,
}

impl BeaconKind {
    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Log => "log",
        }
    }
}

/// Returns what stands for the genesis of a chain where the beacons are checkpoints: SHA-256 of the log's verifier key
/// as a signed note writes it.
pub fn genesis_of_log(vkey: &str) -> Hash {
    Hash::of(vkey.as_bytes())
}

/// A place where beacons can be looked up.
pub trait Beacons {
    /// Returns the hash that the beacon of this number really has; `None` where that is not known here.
    fn hash(&self, kind: BeaconKind, number: u64) -> Option<Hash>;
}

/// Knows no beacon: for whoever verifies offline.
#[derive(Debug, Clone, Copy)]
pub struct NoBeacons;

impl Beacons for NoBeacons {
    fn hash(&self, _: BeaconKind, _: u64) -> Option<Hash> {
        None
    }
}
