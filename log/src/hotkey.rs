//! Hotkeys: accounts of Bittensor that sign checkpoints beside the log's own key. A recorder has at most one, its
//! own.

use std::fmt;
use std::str::FromStr;

use sp_core::crypto::Pair as _;
use sp_core::sr25519;

use crate::event::Account;
use crate::hash::Hash;
use crate::note::{NoteError, SignedNote, Verifier, key_id, signature_line};

/// C2SP signed-note gives no byte to sr25519: 0xff, and a name that nobody else will take.
const SIGNATURE_TYPE: &[u8] = b"\xffannals/sr25519-checkpoint/v1";
/// The same key signs extrinsics. Nothing in this wrapping is ever one, wallets see to that, and of what else they sign
/// in it nothing begins like this.
const WRAPPING: (&str, &str) = ("<Bytes>annals ", "</Bytes>");
/// What a wrapped text is, so that none passes for another kind of text.
const CHECKPOINT: &str = "checkpoint v1";
const CONFIG: &str = "wandb config v1";
const POG: &str = "pog v2";

/// The public half of a hotkey. Its SS58 address is the name of its lines in notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hotkey {
    key: sr25519::Public,
    address: String,
}

/// A hotkey that can sign. The secret is wiped from memory when it is dropped, and is never shown.
#[derive(Clone)]
pub struct HotkeySigner {
    hotkey: Hotkey,
    pair: sr25519::Pair,
}

impl Hotkey {
    /// The SS58 address, prefix 42.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The public key.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.0
    }

    /// Whether this is its signature of what a config of a W&B run says.
    pub(crate) fn signed_config(&self, text: &str, signature: &[u8; 64]) -> bool {
        sr25519::Pair::verify(&sr25519::Signature::from(*signature), wrapped(CONFIG, text), &self.key)
    }

    /// Whether this is its signature of a step of a proof of GPU.
    pub fn signed_pog(&self, text: &str, signature: &[u8; 64]) -> bool {
        sr25519::Pair::verify(&sr25519::Signature::from(*signature), wrapped(POG, text), &self.key)
    }
}

impl Verifier for Hotkey {
    fn name(&self) -> &str {
        &self.address
    }

    fn key_id(&self) -> [u8; 4] {
        key_id(&self.address, SIGNATURE_TYPE, &self.key.0)
    }

    fn has_signed(&self, text: &str, signature: &[u8]) -> bool {
        sr25519::Signature::try_from(signature)
            .is_ok_and(|signature| sr25519::Pair::verify(&signature, wrapped(CHECKPOINT, text), &self.key))
    }
}

impl SignedNote {
    /// Checks every signature that names `hotkey`, as [`SignedNote::verify`] does for the log's own key.
    ///
    /// # Errors
    /// `NotSignedBy`: no line names this hotkey. `BadSignature`: a line does, and is not over this text.
    pub fn verify_hotkey(&self, hotkey: &Hotkey) -> Result<(), NoteError> {
        self.verify_by(hotkey)
    }

    /// The hotkeys that have a line, right or wrong: the line's name is the hotkey's address.
    pub fn hotkeys(&self) -> Vec<Hotkey> {
        let mut hotkeys: Vec<Hotkey> = Vec::new();
        for hotkey in self.keys() {
            if !hotkeys.contains(&hotkey) {
                hotkeys.push(hotkey);
            }
        }
        hotkeys
    }
}

impl From<sr25519::Public> for Hotkey {
    fn from(key: sr25519::Public) -> Self {
        Self { key, address: Account(key.0).address() }
    }
}

impl From<Account> for Hotkey {
    fn from(account: Account) -> Self {
        sr25519::Public::from_raw(account.0).into()
    }
}

impl fmt::Display for Hotkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

/// Takes an address with any prefix: it is the key that counts.
impl FromStr for Hotkey {
    type Err = NoteError;

    fn from_str(address: &str) -> Result<Self, NoteError> {
        match Account::of_address(address) {
            Some((account, _)) => Ok(account.into()),
            None => Err(NoteError::Hotkey(address.to_owned())),
        }
    }
}

impl HotkeySigner {
    /// A signer from a pair of keys, wherever they were kept.
    pub fn new(pair: sr25519::Pair) -> Self {
        Self { hotkey: pair.public().into(), pair }
    }

    /// What others verify with.
    pub fn hotkey(&self) -> &Hotkey {
        &self.hotkey
    }

    /// Returns the signature line for a note with this text. No two are the same, so nothing that is hashed may
    /// depend on it.
    pub fn sign(&self, text: &str) -> String {
        let signature = self.pair.sign(wrapped(CHECKPOINT, text).as_bytes());
        signature_line(self.hotkey.address(), self.hotkey.key_id(), &signature.0)
    }

    /// The signature of an extrinsic, over the bytes that its form says are signed.
    ///
    /// # Panics
    /// If they are a wrapped text: nothing that is one may pass for the other.
    pub fn sign_extrinsic(&self, payload: &[u8]) -> [u8; 64] {
        assert!(!payload.starts_with(WRAPPING.0.as_bytes()), "no extrinsic begins as a checkpoint does");
        self.pair.sign(payload).0
    }

    /// The signature by which upstream knows the owner of a W&B run: over the SHA-256 of its id, and over nothing else.
    /// No two are the same.
    pub fn sign_run_id(&self, run_id: &str) -> [u8; 64] {
        self.pair.sign(&Hash::of(run_id.as_bytes()).0).0
    }

    /// The signature of what a config of a W&B run says.
    pub(crate) fn sign_config(&self, text: &str) -> [u8; 64] {
        self.pair.sign(wrapped(CONFIG, text).as_bytes()).0
    }

    /// The signature of a step of a proof of GPU. No two are the same.
    pub fn sign_pog(&self, text: &str) -> [u8; 64] {
        self.pair.sign(wrapped(POG, text).as_bytes()).0
    }
}

impl fmt::Debug for HotkeySigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HotkeySigner({})", self.hotkey)
    }
}

fn wrapped(what: &str, text: &str) -> String {
    format!("{}{what}\n{text}{}", WRAPPING.0, WRAPPING.1)
}

#[cfg(test)]
mod tests {
    use sp_core::crypto::{Ss58AddressFormat, Ss58Codec as _};

    use super::*;
    use crate::vkey::NoteSigner;

    /// What `//Alice` once signed: no two signatures are the same, and each verifies for ever.
    const TEXT: &str = "example.com/log\n7\nSBOBMjeuLe8DMrWNLOe0YF68VxO3l13fQI3tfMe2jPg=\n";
    const LINE: &str = "\u{2014} 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY pe2qqC7op24KDnqzjxHsJ32oumsjX3vtKIupoRU/dB1pZoEn7CaEBoJOyBiKv5b5CUSXDiK579wtrRoAJVkSLgCj8YU=\n";

    fn held(uri: &str) -> HotkeySigner {
        HotkeySigner::new(sr25519::Pair::from_string(uri, None).unwrap())
    }

    /// A hotkey of which only the library and the description are known.
    struct Library(Hotkey);

    impl fmt::Display for Library {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fmt(f)
        }
    }

    impl Verifier for Library {
        fn name(&self) -> &str {
            self.0.address()
        }

        fn key_id(&self) -> [u8; 4] {
            self.0.key_id()
        }

        fn has_signed(&self, text: &str, signature: &[u8]) -> bool {
            let message = ["<Bytes>annals checkpoint v1\n", text, "</Bytes>"].concat();
            let signature = sr25519::Signature::try_from(signature).unwrap();
            sr25519::Pair::verify(&signature, message, &self.0.key)
        }
    }

    /// A note of the log's own key, with these lines beneath.
    fn note(lines: &[&str]) -> SignedNote {
        let ours = NoteSigner::from_seed("example.com/log", [3; 32]).unwrap();
        SignedNote::parse(&(ours.sign(TEXT) + &lines.concat())).unwrap()
    }

    #[test]
    fn a_line_that_was_once_made_verifies() {
        let alice: Hotkey = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY".parse().unwrap();
        assert_eq!(hex::encode(alice.key_id()), "a5edaaa8");
        assert_eq!(note(&[LINE]).verify_hotkey(&alice), Ok(()));
        assert_eq!(note(&[LINE]).hotkeys(), [alice]);
    }

    #[test]
    fn any_tool_of_substrate_can_check_a_line() {
        let signer = held("//Bob");
        let signed = note(&[&signer.sign(TEXT)]);
        assert_eq!(signed.verify_by(&Library(signer.hotkey)), Ok(()));
    }

    #[test]
    fn another_text_or_another_hotkey_is_refused() {
        let alice = held("//Alice");
        let forged = note(&[&alice.sign("example.com/log\n8\nSBOB\n")]);
        let bad = NoteError::BadSignature(alice.hotkey.to_string());
        assert_eq!(forged.verify_hotkey(&alice.hotkey), Err(bad.clone()));
        // One right line does not make up for a wrong one.
        let (right, wrong) = (alice.sign(TEXT), alice.sign("another\n"));
        assert_eq!(note(&[&right, &wrong]).verify_hotkey(&alice.hotkey), Err(bad));

        let bob = held("//Bob").hotkey;
        assert_eq!(note(&[LINE]).verify_hotkey(&bob), Err(NoteError::NotSignedBy(bob.to_string())));
        // A name alone is none: the key id goes with the key.
        let renamed = LINE.replace(alice.hotkey.address(), bob.address());
        assert_eq!(note(&[&renamed]).verify_hotkey(&bob), Err(NoteError::NotSignedBy(bob.to_string())));
        assert!(note(&[&renamed]).hotkeys().is_empty());
    }

    #[test]
    fn no_signature_is_made_twice_and_no_secret_is_shown() {
        let alice = held("//Alice");
        assert_ne!(alice.sign(TEXT), alice.sign(TEXT));
        assert_eq!(format!("{alice:?}"), format!("HotkeySigner({})", alice.hotkey));
    }

    #[test]
    fn a_step_of_a_proof_of_gpu_is_signed_as_that_and_as_nothing_else() {
        let (alice, bob) = (held("//Alice"), held("//Bob"));
        let signature = alice.sign_pog(TEXT);
        assert!(alice.hotkey.signed_pog(TEXT, &signature));
        assert!(!alice.hotkey.signed_pog("another", &signature) && !bob.hotkey.signed_pog(TEXT, &signature));
        assert!(!alice.hotkey.signed_config(TEXT, &signature) && !alice.hotkey.has_signed(TEXT, &signature));
        assert!(!alice.hotkey.signed_pog(TEXT, &alice.sign_config(TEXT)));
        // Any tool of Substrate can check it.
        let message = ["<Bytes>annals pog v2\n", TEXT, "</Bytes>"].concat();
        let signature = sr25519::Signature::from(signature);
        assert!(sr25519::Pair::verify(&signature, message, &alice.hotkey.key));
    }

    #[test]
    fn an_address_counts_under_any_prefix_and_only_whole() {
        let alice = held("//Alice").hotkey;
        let polkadots = alice.key.to_ss58check_with_version(Ss58AddressFormat::custom(0));
        assert_eq!(polkadots.parse(), Ok(alice.clone()));
        for wrong in ["", "//Alice", &alice.address()[1..], &alice.address().replace('v', "w")] {
            assert_eq!(wrong.parse::<Hotkey>(), Err(NoteError::Hotkey(wrong.to_owned())));
        }
    }
}
