//! Signed notes (C2SP signed-note): the text form of everything the recorder signs. Each kind of key has a file of
//! its own.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Hash;

/// A note has to be read whole before it can be trusted, so its length is bounded. C2SP wants room for 16 signatures of
/// nearly 5 kB, which are 108 KiB as text; the most lines that are read have room for as much each.
pub(crate) const NOTE_BYTES_MAX: usize = 1 << 20;
/// As many as Go's `note` reads.
const SIGNATURES_MAX: usize = 100;

/// Why a note, or a key for notes, was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Not of the form that C2SP signed-note gives.
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    /// Not of the form `<name>+<key id>+<base64>`, or the parts contradict each other.
    #[error("not an Ed25519 key in the C2SP form: {0}")]
    Key(&'static str),
    /// Not an account's SS58 address.
    #[error("{0:?} is no hotkey: an SS58 address, as 5GmvyePN9aYErXBBhBnxZKGoGk4LKZApE4NkaSzW62CYCYNA")]
    Hotkey(String),
    /// Nobody we trust signed: another key, or another name.
    #[error("no signature by {0}")]
    NotSignedBy(String),
    /// The key we trust is named, and the signature is not one of this text.
    #[error("the signature by {0} does not match the text")]
    BadSignature(String),
}

/// A public key that can be asked whether it signed a text. Its `Display` is the form in which a user knows it.
pub(crate) trait Verifier: fmt::Display {
    /// The name in its signature lines.
    fn name(&self) -> &str;

    /// The id that tells keys of one name apart.
    fn key_id(&self) -> [u8; 4];

    /// Whether `signature` is one that it made of `text`.
    fn has_signed(&self, text: &str, signature: &[u8]) -> bool;
}

/// A note taken apart; no signature has been checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    /// What is signed, the last newline included.
    pub text: String,
    signatures: Vec<NoteSignature>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct NoteSignature {
    name: String,
    key_id: [u8; 4],
    signature: Vec<u8>,
}

impl SignedNote {
    /// Takes a note apart. Its text must not be trusted before [`SignedNote::verify`] said yes.
    ///
    /// # Errors
    /// `Malformed`: says which rule of C2SP signed-note it breaks.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        use NoteError::Malformed;
        if note.len() > NOTE_BYTES_MAX {
            return Err(Malformed("longer than 1 MiB"));
        }
        match note.bytes().find(|&byte| byte < b' ' && byte != b'\n') {
            Some(b'\r') => return Err(Malformed("its lines end in CR LF, and those of a note in LF alone")),
            Some(_) => return Err(Malformed("it has a control character")),
            None => {}
        }
        let split = note.rfind("\n\n").ok_or(Malformed("no empty line between text and signatures"))?;
        let (text, signatures) = (&note[..=split], &note[split + 2..]);
        if signatures.is_empty() {
            return Err(Malformed("no signature line after the last empty line"));
        }
        if !signatures.ends_with('\n') {
            return Err(Malformed("the last signature line does not end in a newline"));
        }
        let signatures: Vec<_> = signatures
            .lines()
            .take(SIGNATURES_MAX + 1)
            .map(NoteSignature::parse)
            .collect::<Result<_, _>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(Malformed("more than 100 signatures"));
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Checks every line that names `key`, and that there is one. Lines of other keys are ignored, as C2SP asks.
    ///
    /// # Errors
    /// `NotSignedBy`: no line names this key. `BadSignature`: a line does, and is not over this text.
    pub(crate) fn verify_by(&self, key: &impl Verifier) -> Result<(), NoteError> {
        let mut signed = false;
        for line in self.signatures.iter().filter(|line| line.names(key)) {
            if !key.has_signed(&self.text, &line.signature) {
                return Err(NoteError::BadSignature(key.name().to_owned()));
            }
            signed = true;
        }
        if signed { Ok(()) } else { Err(NoteError::NotSignedBy(key.to_string())) }
    }

    /// The names in the signature lines, each read as a key, for the lines whose key id is that key's. Whether the
    /// signatures are right is not checked.
    pub(crate) fn keys<K: Verifier + FromStr>(&self) -> impl Iterator<Item = K> {
        let read = |line: &NoteSignature| line.name.parse::<K>().ok().filter(|key| line.names(key));
        self.signatures.iter().filter_map(read)
    }
}

impl NoteSignature {
    fn names(&self, key: &impl Verifier) -> bool {
        self.name == key.name() && self.key_id == key.key_id()
    }

    fn parse(line: &str) -> Result<Self, NoteError> {
        let form =
            NoteError::Malformed("a signature line is an em dash, a name and base64, one space between");
        let (name, base64) =
            line.strip_prefix("\u{2014} ").and_then(|rest| rest.split_once(' ')).ok_or(form.clone())?;
        if !is_key_name(name) {
            return Err(NoteError::Malformed(
                "the name in a signature line is empty, or has a space or a plus",
            ));
        }
        let tagged = STANDARD.decode(base64).map_err(|_| form)?;
        match tagged.split_first_chunk::<4>() {
            Some((key_id, signature)) if !signature.is_empty() => {
                Ok(Self { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
            }
            _ => Err(NoteError::Malformed("a signature line has a key id of 4 bytes alone, or less")),
        }
    }
}

/// Whether C2SP lets a key be called so: not empty, no Unicode space, no plus.
pub(crate) fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

/// What tells one key from another of the same name.
pub(crate) fn key_id(name: &str, signature_type: &[u8], key: &[u8; 32]) -> [u8; 4] {
    let [a, b, c, d, ..] = Hash::of(&[name.as_bytes(), b"\n", signature_type, key].concat()).0;
    [a, b, c, d]
}

pub(crate) fn signature_line(name: &str, key_id: [u8; 4], signature: &[u8; 64]) -> String {
    let tagged = [&key_id[..], signature].concat();
    format!("\u{2014} {name} {}\n", STANDARD.encode(tagged))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vkey::{NoteSigner, Vkey};

    /// The example of C2SP signed-note.
    const VKEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    #[test]
    fn the_example_of_the_specification_verifies() {
        let vkey: Vkey = VKEY.parse().unwrap();
        assert_eq!(vkey.to_string(), VKEY);
        let note = SignedNote::parse(NOTE).unwrap();
        assert_eq!(note.text, "This is an example message.\n");
        assert_eq!(note.verify(&vkey), Ok(()));
    }

    #[test]
    fn another_text_or_another_key_is_refused() {
        let vkey: Vkey = VKEY.parse().unwrap();
        let forged = SignedNote::parse(&NOTE.replace("an example", "no example")).unwrap();
        assert_eq!(forged.verify(&vkey), Err(NoteError::BadSignature("example.com/foo".into())));
        let other = NoteSigner::from_seed("example.com/foo", [7; 32]).unwrap();
        let note = SignedNote::parse(NOTE).unwrap();
        assert_eq!(note.verify(other.vkey()), Err(NoteError::NotSignedBy(other.vkey().to_string())));
    }

    #[test]
    fn a_note_signed_here_carries_foreign_signatures_too() {
        let (ours, theirs) =
            (NoteSigner::from_seed("a/b", [1; 32]).unwrap(), NoteSigner::from_seed("c/d", [2; 32]).unwrap());
        let note = ours.sign("two\n\nlines\n");
        let line = theirs.sign("two\n\nlines\n").lines().last().unwrap().to_owned();
        let both = SignedNote::parse(&format!("{note}{line}\n")).unwrap();
        assert_eq!(both.text, "two\n\nlines\n");
        assert_eq!((both.verify(ours.vkey()), both.verify(theirs.vkey())), (Ok(()), Ok(())));
    }

    /// A signature line of a key that nobody knows, with so many bytes after the key id.
    fn unknown_line(name: &str, bytes: usize) -> String {
        format!("\u{2014} {name} {}\n", STANDARD.encode(vec![7; 4 + bytes]))
    }

    /// What Go's `note.Open` and C2SP signed-note say of each, with the key of the example known.
    #[test]
    fn a_note_is_judged_as_the_specification_and_go_judge_it() {
        let vkey: Vkey = VKEY.parse().unwrap();
        let (text, line) = NOTE.split_once("\n\n").unwrap();
        let foreign = |line: &str| format!("{NOTE}{line}");
        let fine = [
            ("another key", foreign(&unknown_line("example.com/bar", 64))),
            ("another key before ours", format!("{text}\n\n{}{line}", unknown_line("w", 64))),
            ("a signature of one byte", foreign(&unknown_line("w", 1))),
            ("our name with another key id", foreign(&unknown_line("example.com/foo", 64))),
            ("our key id with another name", foreign(&line.replace("/foo", "/bar"))),
            ("the same line again", foreign(line)),
            (
                "a name with DEL, a dash and a combining mark",
                foreign(&unknown_line("\u{7f}\u{2014}e\u{301}", 64)),
            ),
            ("a zero-width space, which is no Unicode space", foreign(&unknown_line("a\u{200b}b", 64))),
            ("16 post-quantum signatures", foreign(&unknown_line("witness.example", 4_995).repeat(16))),
            ("100 signatures", foreign(&unknown_line("w", 4_995).repeat(99))),
        ];
        for (what, note) in fine {
            let read = SignedNote::parse(&note);
            assert_eq!(read.and_then(|note| note.verify(&vkey)), Ok(()), "{what}");
        }

        let malformed = [
            ("nothing", String::new(), "no empty line"),
            ("no signature", format!("{text}\n"), "no empty line"),
            ("an empty line at the end", format!("{NOTE}\n"), "after the last empty line"),
            ("a newline cut off", NOTE.trim_end().to_owned(), "does not end in a newline"),
            ("CR LF", NOTE.replace('\n', "\r\n"), "CR LF"),
            ("a tab", NOTE.replacen(' ', "\t", 1), "control character"),
            ("NUL", foreign("\0"), "control character"),
            ("an empty line between signatures", foreign(&format!("\nx\n{line}")), "an em dash"),
            ("a hyphen for the dash", foreign("- w AAAAAAA=\n"), "an em dash"),
            ("no space after the dash", foreign("\u{2014}w AAAAAAA=\n"), "an em dash"),
            ("no signature after the name", foreign("\u{2014} w\n"), "an em dash"),
            ("an empty name", foreign("\u{2014}  AAAAAAA=\n"), "the name"),
            ("a plus in the name", foreign(&unknown_line("a+b", 64)), "the name"),
            ("a space after the signature", foreign("\u{2014} w AAAAAAA= \n"), "an em dash"),
            ("an empty signature", foreign("\u{2014} w \n"), "a key id"),
            ("a key id alone", foreign(&unknown_line("w", 0)), "a key id"),
            ("three bytes", foreign("\u{2014} w AAAA\n"), "a key id"),
            ("no padding", foreign("\u{2014} w AAAAAAA\n"), "an em dash"),
            ("too much padding", foreign("\u{2014} w AAAAAAAA=\n"), "an em dash"),
            ("the alphabet of URLs", foreign("\u{2014} w AAAAA__8\n"), "an em dash"),
            ("101 signatures", foreign(&unknown_line("w", 1).repeat(100)), "more than 100"),
            ("1 MiB and a byte", foreign(&"x".repeat((1 << 20) + 1 - NOTE.len())), "longer than 1 MiB"),
        ];
        for (what, note, why) in malformed {
            let refused = SignedNote::parse(&note).expect_err(what);
            assert!(
                matches!(&refused, NoteError::Malformed(said) if said.contains(why)),
                "{what}: {refused}"
            );
        }
        for space in "\u{85}\u{a0}\u{1680}\u{2000}\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}".chars() {
            let refused = SignedNote::parse(&foreign(&unknown_line(&format!("a{space}b"), 64))).unwrap_err();
            assert!(refused.to_string().contains("the name"), "{space:?}: {refused}");
        }
    }

    /// Go reads the first line of a known key and passes over the others; C2SP would have each of them verified.
    #[test]
    fn each_line_of_a_known_key_has_to_be_right() {
        let vkey: Vkey = VKEY.parse().unwrap();
        let (_, line) = NOTE.split_once("\n\n").unwrap();
        let wrong = line.replace("srV1yJGh2VYRlL1T", "srV1yJGh2VYRlL1U");
        for note in [format!("{NOTE}{wrong}"), NOTE.replace(line, &format!("{wrong}{line}"))] {
            let judged = SignedNote::parse(&note).unwrap().verify(&vkey);
            assert_eq!(judged, Err(NoteError::BadSignature("example.com/foo".into())));
        }
    }
}
