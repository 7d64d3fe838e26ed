//! Development keys, and the signatures that they gave once: an sr25519 signature is another one each time it is made.

use std::collections::BTreeMap;
use std::path::Path;

use annals_log::Hash;
use sp_core::bytes::from_hex;
use sp_core::crypto::{DeriveJunction, Pair as _, Ss58AddressFormat, Ss58Codec as _};
use sp_core::hexdisplay::HexDisplay;
use sp_core::sr25519;

/// The keys of `//sn27-day//...`, under which everybody may sign.
pub(super) struct Keys {
    root: sr25519::Pair,
    /// By run id, in hex as upstream writes it.
    signatures: BTreeMap<String, String>,
    /// Signatures that were not there, or did not verify.
    pub(super) made: usize,
}

impl Keys {
    /// With the signatures of an earlier time.
    pub(super) fn read(path: &Path) -> Self {
        let signatures = std::fs::read(path).ok().map(|json| serde_json::from_slice(&json).unwrap());
        let root = sr25519::Pair::from_string("//sn27-day", None).unwrap();
        Self { root, signatures: signatures.unwrap_or_default(), made: 0 }
    }

    /// The pair of `//sn27-day//role//number`.
    pub(super) fn pair(&self, role: &str, number: usize) -> sr25519::Pair {
        let path = [format!("/{role}"), format!("/{number}")].map(DeriveJunction::from);
        self.root.derive(path.into_iter(), None).unwrap().0
    }

    /// Its SS58 address, prefix 42.
    pub(super) fn hotkey(&self, role: &str, number: usize) -> String {
        self.pair(role, number).public().to_ss58check()
    }

    /// The same key under the prefix of another chain.
    pub(super) fn alias(&self, role: &str, number: usize, prefix: u16) -> String {
        self.pair(role, number).public().to_ss58check_with_version(Ss58AddressFormat::custom(prefix))
    }

    /// What `sign_run` of upstream writes for a run: 128 digits.
    pub(super) fn sign(&mut self, role: &str, number: usize, run_id: &str) -> String {
        let pair = self.pair(role, number);
        if let Some(known) = self.signatures.get(run_id)
            && verifies(run_id, &pair.public().to_ss58check(), known)
        {
            return known.clone();
        }
        let signature = pair.sign(&Hash::of(run_id.as_bytes()).0);
        let digits = HexDisplay::from(&signature.0).to_string();
        self.signatures.insert(run_id.to_owned(), digits.clone());
        self.made += 1;
        digits
    }

    /// As the file has them.
    pub(super) fn to_json(&self) -> String {
        format!("{}\n", serde_json::to_string_pretty(&self.signatures).unwrap())
    }
}

/// Whether `signature` is that of `hotkey` over the run's id: `verify_run` of upstream, straight.
pub(super) fn verifies(run_id: &str, hotkey: &str, signature: &str) -> bool {
    let key = sr25519::Public::from_ss58check_with_version(hotkey).map(|(key, _)| key);
    let signature =
        Some(signature).filter(|digits| !digits.starts_with("0x")).and_then(|digits| from_hex(digits).ok());
    let signature = signature.and_then(|bytes| sr25519::Signature::try_from(bytes.as_slice()).ok());
    match (key, signature) {
        (Ok(key), Some(signature)) => sr25519::Pair::verify(&signature, Hash::of(run_id.as_bytes()).0, &key),
        _ => false,
    }
}
