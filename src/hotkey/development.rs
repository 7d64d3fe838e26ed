//! The keys of Substrate's development phrase, which everybody has: to try things out, and never to be found in a file.

use sp_core::crypto::{DEV_PHRASE, DeriveJunction, ExposeSecret as _, Pair as _, SecretUri};
use sp_core::sr25519;

/// Whose names Substrate's keyring knows.
const NAMES: [&str; 8] = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie", "One", "Two"];

/// Whether a secret is that phrase, or a path alone, which goes on from it.
pub(super) fn is_phrase_of(secret: &str) -> bool {
    secret
        .parse::<SecretUri>()
        .is_ok_and(|uri| uri.phrase.expose_secret().split_whitespace().eq(DEV_PHRASE.split_whitespace()))
}

/// Whether a key is one of the phrase, of a name, or of a name's stash.
pub(super) fn is_key(key: &sr25519::Public) -> bool {
    let (root, _) = sr25519::Pair::from_phrase(DEV_PHRASE, None).expect("it is a mnemonic");
    let is = |path: &[&str]| {
        let junctions = path.iter().map(DeriveJunction::hard);
        let (pair, _) = root.derive(junctions, None).expect("a hard junction always leads on");
        pair.public() == *key
    };
    is(&[]) || NAMES.iter().any(|name| is(&[name]) || is(&[name, "stash"]))
}
