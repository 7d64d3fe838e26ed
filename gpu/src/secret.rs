//! Secrets that the validator commits to, and reveals later.

use std::fmt;

use annals_log::Hash;

use crate::tags::Tag;

/// 32 random bytes. They are not shown before their time, and never in debug output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret(pub [u8; 32]);

impl Secret {
    /// Returns what a challenge holds of it.
    pub fn commitment(&self) -> Hash {
        Tag::COMMITMENT.digest(&[&self.0])
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
