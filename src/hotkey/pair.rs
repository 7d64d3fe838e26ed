//! Pairs of keys from the secrets that Substrate's tools write.

use sp_core::crypto::Pair as _;
use sp_core::sr25519;

/// Reads a seed, a mnemonic or a URI; `None` if it is none of them.
pub(super) fn pair(secret: &str) -> Option<sr25519::Pair> {
    // The library's errors repeat what they were given.
    sr25519::Pair::from_string(secret, None).ok()
}
