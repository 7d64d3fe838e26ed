//! Checkpoints: origin, tree size and root hash, signed (C2SP tlog-checkpoint in a signed note).

use std::fmt;

use crate::hash::Hash;
use crate::hotkey::{Hotkey, HotkeySigner};
use crate::note::{NOTE_BYTES_MAX, NoteError, SignedNote};
use crate::place::TreeSize;
use crate::vkey::{NoteSigner, Vkey};

/// What a checkpoint says. Trust it only when it came out of [`SignedCheckpoint::verify`] or from the log itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log speaks; also the name of its key.
    pub origin: String,
    /// How many entries the log had.
    pub size: TreeSize,
    /// The RFC 6962 root over them.
    pub root: Hash,
}

/// A checkpoint with the signatures under it, byte for byte as it was signed.
///
/// ```text
/// annals.local/sn27/8f3b6f0c5d0a4f6e
/// 3
/// CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
///
/// — annals.local/sn27/8f3b6f0c5d0a4f6e Az3grlgtzPICa5OS8npVmf1Myq...
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: String,
}

impl Checkpoint {
    /// Signs with the log's own key, whose name must be the origin, and with the recorder's hotkey, if it has one.
    ///
    /// # Panics
    /// If it is another one.
    pub(crate) fn sign(self, signer: &NoteSigner, hotkey: Option<&HotkeySigner>) -> SignedCheckpoint {
        assert_eq!(self.origin, signer.vkey().name(), "a log signs with the key that bears its origin");
        let text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64());
        let mut note = signer.sign(&text);
        note.extend(hotkey.map(|hotkey| hotkey.sign(&text)));
        SignedCheckpoint { checkpoint: self, note }
    }

    /// Reads the text of a note. Lines after the third are extensions, which say nothing to us.
    fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::Malformed(
                "a checkpoint has an origin, a size and a root, each on its line",
            ));
        };
        if origin.is_empty() || lines.any(str::is_empty) {
            return Err(NoteError::Malformed("a checkpoint has no empty line"));
        }
        let size = parse_decimal(size).ok_or(NoteError::Malformed("the size is no plain decimal number"))?;
        let root =
            Hash::from_base64(root).ok_or(NoteError::Malformed("the root is not 32 bytes of base64"))?;
        Ok(Self { origin: origin.to_owned(), size: TreeSize(size), root })
    }
}

impl SignedCheckpoint {
    /// No text that is longer is read.
    pub const BYTES_MAX: usize = NOTE_BYTES_MAX;

    /// Reads a checkpoint without believing it.
    ///
    /// # Errors
    /// `Malformed`: says which rule of the two specifications it breaks.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        let checkpoint = Checkpoint::parse(&SignedNote::parse(note)?.text)?;
        Ok(Self { checkpoint, note: note.to_owned() })
    }

    /// The checkpoint, once `vkey` is seen to have signed it and to bear its origin as name.
    ///
    /// # Errors
    /// As of [`SignedNote::verify`].
    pub fn verify(&self, vkey: &Vkey) -> Result<&Checkpoint, NoteError> {
        if self.checkpoint.origin != vkey.name() {
            return Err(NoteError::NotSignedBy(vkey.to_string()));
        }
        SignedNote::parse(&self.note)?.verify(vkey)?;
        Ok(&self.checkpoint)
    }

    /// Whether a hotkey has signed it, too.
    ///
    /// # Errors
    /// As of [`SignedNote::verify`].
    pub fn verify_hotkey(&self, hotkey: &Hotkey) -> Result<(), NoteError> {
        SignedNote::parse(&self.note)?.verify_hotkey(hotkey)
    }

    /// The hotkeys that have a line under it, right or wrong.
    pub fn hotkeys(&self) -> Vec<Hotkey> {
        SignedNote::parse(&self.note).map_or_else(|_| Vec::new(), |note| note.hotkeys())
    }

    /// What it says, believed or not.
    pub fn claim(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The signed note.
    pub fn as_str(&self) -> &str {
        &self.note
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.note)
    }
}

/// A decimal number as C2SP writes it: digits alone, no leading zero.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> (SignedCheckpoint, Vkey) {
        let signer = NoteSigner::from_seed("example.com/log", [3; 32]).unwrap();
        let checkpoint =
            Checkpoint { origin: "example.com/log".into(), size: TreeSize(7), root: Hash::of(b"root") };
        (checkpoint.sign(&signer, None), signer.vkey().clone())
    }

    #[test]
    fn a_checkpoint_survives_its_text() {
        let (signed, vkey) = signed();
        let read = SignedCheckpoint::parse(signed.as_str()).unwrap();
        assert_eq!(read.verify(&vkey), Ok(signed.claim()));
    }

    #[test]
    fn numbers_have_one_form_only() {
        let (signed, _) = signed();
        for size in ["07", "+7", "7 ", "", "-7", "18446744073709551616"] {
            let text = signed.as_str().replacen("\n7\n", &format!("\n{size}\n"), 1);
            assert!(matches!(SignedCheckpoint::parse(&text), Err(NoteError::Malformed(_))), "{size:?}");
        }
    }

    #[test]
    fn a_checkpoint_of_the_empty_tree_and_extension_lines_are_read() {
        let signer = NoteSigner::from_seed("example.com/log", [3; 32]).unwrap();
        let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        let read = |text: String| SignedCheckpoint::parse(&signer.sign(&text));
        let empty = read(format!("example.com/log\n0\n{root}\n")).unwrap();
        assert_eq!(empty.verify(signer.vkey()).map(|claim| claim.size), Ok(TreeSize(0)));
        assert!(read(format!("example.com/log\n7\n{root}\nextension\n")).is_ok());
        for text in [
            format!("example.com/log\n0\n{}\n", &root[..43]),
            format!("example.com/log\n0\n{root}=\n"),
            format!("example.com/log\n0\n{root}\n\n"),
            format!("example.com/log\n0\n{root}\n\nextension\n"),
            format!("\n0\n{root}\n"),
            "example.com/log\n0\n".to_owned(),
        ] {
            assert!(matches!(read(text.clone()), Err(NoteError::Malformed(_))), "{text:?}");
        }
    }

    #[test]
    fn a_key_of_another_name_does_not_speak_for_the_origin() {
        let (signed, _) = signed();
        let other = NoteSigner::from_seed("example.com/other", [3; 32]).unwrap();
        assert!(matches!(signed.verify(other.vkey()), Err(NoteError::NotSignedBy(_))));
    }
}
