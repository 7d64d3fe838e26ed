//! Signatures of run ids that are the same each time, so that what is made up with them has the same bytes.

use annals_log::Hash;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use schnorrkel::context::{attach_rng, signing_context};
use sp_core::hexdisplay::HexDisplay;
use sp_core::sr25519;

/// Signs a run id, and returns hex as upstream's `sign_run` writes it into the config. Wallets draw their nonce at
/// random; here it follows from key and run id alone. Every verifier takes it.
pub fn repeatable_signature(key: &sr25519::Pair, run_id: &str) -> String {
    let key: &schnorrkel::Keypair = key.as_ref();
    let message = signing_context(b"substrate").bytes(&Hash::of(run_id.as_bytes()).0);
    let signature = key.sign(attach_rng(message, ChaCha20Rng::from_seed([0; 32])));
    HexDisplay::from(&signature.to_bytes().as_slice()).to_string()
}
