//! The recorder's Ed25519 key, which signs every note: its public half, and the secret one.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use crate::note::{NoteError, SignedNote, Verifier, is_key_name, key_id, signature_line};

/// Signature type byte of plain Ed25519 (C2SP signed-note).
const ED25519: u8 = 0x01;
const SIGNER_PREFIX: &str = "PRIVATE+KEY+";

/// The public half of a recorder's key: `<name>+<key id in hex>+<base64 of 0x01 and 32 bytes>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vkey {
    name: String,
    key_id: [u8; 4],
    key: VerifyingKey,
}

/// The secret half. Its text form is the one that Go's `note.GenerateKey` writes.
#[derive(Clone)]
pub struct NoteSigner {
    vkey: Vkey,
    key: SigningKey,
}

impl Vkey {
    fn new(name: &str, key: VerifyingKey) -> Result<Self, NoteError> {
        // Names of keys are printed; those in foreign lines are not, and are taken as C2SP gives them.
        if !is_key_name(name) || name.contains(char::is_control) {
            return Err(NoteError::Key(
                "a name has at least one character, and neither white space nor a plus",
            ));
        }
        Ok(Self { name: name.to_owned(), key_id: key_id(name, &[ED25519], key.as_bytes()), key })
    }

    /// The key's name; for a log it is the origin of its checkpoints.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Verifier for Vkey {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> [u8; 4] {
        self.key_id
    }

    fn has_signed(&self, text: &str, signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok())
    }
}

impl SignedNote {
    /// Checks every signature that names `vkey`; those of other keys are ignored, as C2SP asks.
    ///
    /// # Errors
    /// `NotSignedBy`: no line names this key. `BadSignature`: a line does, and is not over this text.
    pub fn verify(&self, vkey: &Vkey) -> Result<(), NoteError> {
        self.verify_by(vkey)
    }
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}+{}", self.name, hex::encode(self.key_id), key_base64(self.key.as_bytes()))
    }
}

impl FromStr for Vkey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let (name, key_id, bytes) = key_parts(text)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| NoteError::Key("not a point of the curve"))?;
        let vkey = Self::new(name, key)?;
        if hex::encode(vkey.key_id) != key_id {
            return Err(NoteError::Key("the key id does not belong to this name and key"));
        }
        Ok(vkey)
    }
}

impl NoteSigner {
    /// A signer from an Ed25519 seed.
    ///
    /// # Errors
    /// `Key`: the name is empty or has a character that notes do not allow.
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, NoteError> {
        let key = SigningKey::from_bytes(&seed);
        Ok(Self { vkey: Vkey::new(name, key.verifying_key())?, key })
    }

    /// What others verify with.
    pub fn vkey(&self) -> &Vkey {
        &self.vkey
    }

    /// `text` with one signature line. Deterministic: the same text gives the same note.
    ///
    /// # Panics
    /// If `text` does not end in a newline.
    pub fn sign(&self, text: &str) -> String {
        assert!(text.ends_with('\n'), "the text of a note ends in a newline");
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        format!("{text}\n{}", signature_line(&self.vkey.name, self.vkey.key_id, &signature))
    }

    /// The key file's line: `PRIVATE+KEY+<name>+<key id>+<base64>`. Whoever reads it can sign as this log.
    pub(crate) fn to_secret_text(&self) -> String {
        let id = hex::encode(self.vkey.key_id);
        format!("{SIGNER_PREFIX}{}+{id}+{}\n", self.vkey.name, key_base64(&self.key.to_bytes()))
    }

    pub(crate) fn from_secret_text(text: &str) -> Result<Self, NoteError> {
        let key =
            text.trim_end().strip_prefix(SIGNER_PREFIX).ok_or(NoteError::Key("no PRIVATE+KEY+ in front"))?;
        let (name, key_id, seed) = key_parts(key)?;
        let signer = Self::from_seed(name, seed)?;
        if hex::encode(signer.vkey.key_id) != key_id {
            return Err(NoteError::Key("the key id does not belong to this name and key"));
        }
        Ok(signer)
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteSigner({})", self.vkey)
    }
}

fn key_base64(bytes: &[u8; 32]) -> String {
    STANDARD.encode([&[ED25519][..], bytes].concat())
}

/// Name, key id in hex, and the 32 bytes of an Ed25519 key of either kind.
fn key_parts(text: &str) -> Result<(&str, &str, [u8; 32]), NoteError> {
    // Base64 may hold plus signs of its own, so the name and the id are split off from the front.
    let (name, rest) = text.split_once('+').ok_or(NoteError::Key("no plus after the name"))?;
    let (key_id, base64) = rest.split_once('+').ok_or(NoteError::Key("no plus after the key id"))?;
    let bytes = STANDARD.decode(base64).map_err(|_| NoteError::Key("the key is not base64"))?;
    let key = match bytes.split_first() {
        Some((&ED25519, key)) => key.try_into().map_err(|_| NoteError::Key("an Ed25519 key has 32 bytes"))?,
        _ => return Err(NoteError::Key("not of signature type 0x01")),
    };
    Ok((name, key_id, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of the example of C2SP signed-note.
    const VKEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    #[test]
    fn a_key_has_one_form_only() {
        for key in [
            "",
            "a",
            "a+b",
            "a+530d903a+AAAA",
            &VKEY.replace("530d", "530e"),
            &VKEY.replace("530d", "530D"),
            &VKEY.replace("530d", "+530d"),
            &VKEY.replace("/foo", " foo"),
            &VKEY.replace("/foo", "\u{2003}foo"),
            &VKEY.replace("/foo", "\u{7f}foo"),
            &VKEY.replace("example.com/foo", ""),
            &VKEY[..VKEY.len() - 1],
            &format!("{VKEY}="),
            &format!("{VKEY}===="),
            &format!("{VKEY} "),
            &format!("{VKEY}AAAA"),
        ] {
            assert!(matches!(key.parse::<Vkey>(), Err(NoteError::Key(_))), "{key:?}");
        }
    }

    #[test]
    fn a_signer_survives_its_key_file() {
        let signer = NoteSigner::from_seed("a/b", [9; 32]).unwrap();
        let read = NoteSigner::from_secret_text(&signer.to_secret_text()).unwrap();
        assert_eq!(read.sign("x\n"), signer.sign("x\n"));
        assert!(!format!("{signer:?}").contains("PRIVATE"));
    }
}
