//! Signatures of hotkeys, as upstream's library takes them.

use sp_core::crypto::Pair as _;
use sp_core::sr25519;

/// Wallets may sign a message in this wrapping, and upstream's library takes either.
const WRAPPING: (&[u8], &[u8]) = (b"<Bytes>", b"</Bytes>");

/// Whether `key` signed `message`, by the rule of `Keypair.verify` in upstream's library: with the message as it is, or
/// in the wrapping of wallets.
pub(crate) fn signed(key: &sr25519::Public, signature: &sr25519::Signature, message: &[u8]) -> bool {
    sr25519::Pair::verify(signature, message, key)
        || sr25519::Pair::verify(signature, [WRAPPING.0, message, WRAPPING.1].concat(), key)
}
