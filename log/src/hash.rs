//! SHA-256 as RFC 6962 uses it: leaves, nodes, and plain digests of payloads.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};

/// What SHA-256 starts from (FIPS 180-4 section 5.3.3).
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

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
        const BITS: u16 = 65 * 8;
        // Always 65 bytes, which are two blocks with their padding: a fifth faster than as bytes of any length.
        let mut blocks = [[0; 64]; 2];
        let message = blocks.as_flattened_mut();
        message[0] = 1;
        message[1..33].copy_from_slice(&left.0);
        message[33..65].copy_from_slice(&right.0);
        message[65] = 0x80;
        message[126..].copy_from_slice(&BITS.to_be_bytes());
        let mut state = INITIAL;
        compress256(&mut state, &blocks);
        let mut digest = [0; 32];
        digest.as_chunks_mut().0.iter_mut().zip(state).for_each(|(bytes, word)| *bytes = word.to_be_bytes());
        Self(digest)
    }

    /// Reads 64 hex digits, as `Display` writes them; upper-case ones are read, too.
    pub fn from_hex(digits: &str) -> Option<Self> {
        let mut hash = [0; 32];
        hex::decode_to_slice(digits, &mut hash).ok()?;
        Some(Self(hash))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_the_digest_of_a_one_and_both_children() {
        for child in 0..100_u8 {
            let (left, right) = (Hash::of(&[child]), Hash::of(&[child, child]));
            let preimage = [&[1][..], &left.0, &right.0].concat();
            assert_eq!(Hash::node(&left, &right), Hash::of(&preimage));
        }
    }
}
