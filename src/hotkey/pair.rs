//! Pairs of keys from the secrets that Substrate's tools write.

use sp_core::crypto::Pair as _;
use sp_core::sr25519;

/// URIs of keys that everybody has begin so.
pub(crate) const DEVELOPMENT: &str = "//";

/// Reads a seed, a mnemonic or a URI; `None` if it is none of them.
pub(super) fn pair(secret: &str) -> Option<sr25519::Pair> {
    // The library's errors repeat what they were given.
    sr25519::Pair::from_string(secret, None).ok()
}

/// Reads a development URI, as `//Alice`; `None` if it is none.
pub(crate) fn of_development(uri: &str) -> Option<sr25519::Pair> {
    if uri.starts_with(DEVELOPMENT) { pair(uri) } else { None }
}
