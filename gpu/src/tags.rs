//! The digests of the protocol, each under a tag of its own, so that none passes for another.

use annals_log::Hash;

/// What a digest is for: 16 bytes of ASCII before everything else that is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag(&'static [u8; 16]);

impl Tag {
    /// The commitment to a secret.
    pub(crate) const COMMITMENT: Self = Self(b"annals-pog2-comm");
    /// The seed of the first round.
    pub(crate) const SEED: Self = Self(b"annals-pog2-seed");
    /// The seed of a later round.
    pub(crate) const NEXT: Self = Self(b"annals-pog2-next");
    /// The key of a round's left matrix.
    pub(crate) const LEFT: Self = Self(b"annals-pog2-matA");
    /// The key of a round's right matrix.
    pub(crate) const RIGHT: Self = Self(b"annals-pog2-matB");
    /// The key of the first sweep.
    pub(crate) const FIRST_SWEEP: Self = Self(b"annals-pog2-swp1");
    /// The key of a later sweep.
    pub(crate) const NEXT_SWEEP: Self = Self(b"annals-pog2-swpn");
    /// A place among the tiles of all rounds.
    pub(crate) const OPEN_ROUND: Self = Self(b"annals-pog2-opnr");
    /// A place among the tiles of all sweeps.
    pub(crate) const OPEN_SWEEP: Self = Self(b"annals-pog2-opns");
    /// What the validator's last signature is over.
    pub(crate) const TRANSCRIPT: Self = Self(b"annals-pog2-tran");
    /// The nonce of a GPU's own report.
    pub(crate) const ATTESTATION: Self = Self(b"annals-pog2-attn");
    /// The block at which a window opens.
    pub(crate) const WINDOW: Self = Self(b"annals-pog2-wind");

    /// SHA-256 of the tag and of the parts after each other. Each part has a length of its own that never changes.
    pub(crate) fn digest(self, parts: &[&[u8]]) -> Hash {
        let mut bytes = self.0.to_vec();
        for part in parts {
            bytes.extend_from_slice(part);
        }
        Hash::of(&bytes)
    }
}
