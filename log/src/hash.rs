//! SHA-256 as RFC 6962 uses it: leaves, nodes, and plain digests of payloads.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// 32 bytes of SHA-256. Shown as lower-case hex; checkpoints and proofs write it in base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// SHA-256 of `bytes`: what an entry vouches for a payload with, and the root of an empty tree (of nothing).
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// SHA-256(0x00 | entry), RFC 6962 section 2.1.
    pub fn leaf(entry: &[u8]) -> Self {
        Self(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
    }

    /// SHA-256(0x01 | left | right), RFC 6962 section 2.1.
    pub fn node(left: &Self, right: &Self) -> Self {
        let mut preimage = [1; 65];
        preimage[1..33].copy_from_slice(&left.0);
        preimage[33..].copy_from_slice(&right.0);
        Self::of(&preimage)
    }

    /// Standard base64 with padding, 44 characters.
    pub fn to_base64(self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads what [`Hash::to_base64`] writes, and nothing else.
    pub fn from_base64(text: &str) -> Option<Self> {
        // 44 characters: anything longer is refused before it is decoded.
        let bytes = (text.len() == 44).then(|| STANDARD.decode(text).ok())??;
        Some(Self(bytes.try_into().ok()?))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}
