//! What challenging for a validator and answering for a miner have in common.

pub(crate) mod size;
pub(crate) mod token;

use std::error::Error;
use std::time::Duration;

use annals_log::Hash;

/// So long an answer is waited for that comes later than it may.
pub(crate) const GRACE: Duration = Duration::from_secs(20);

/// Reads the 32 bytes of `0x` and hex, as the chain's users write the hash of a block.
pub(crate) fn hash_of_hex(text: &str) -> Option<Hash> {
    Hash::from_hex(text.strip_prefix("0x")?)
}

/// Tells an error of a device, and its cause.
pub(crate) fn in_words(error: &dyn Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}
