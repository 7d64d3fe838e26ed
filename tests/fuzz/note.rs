//! Signed notes and checkpoints, judged beside the rules of C2SP signed-note and of Go's `note`, written here once
//! more.

use annals_log::{SignedCheckpoint, SignedNote, Vkey};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

use crate::golden::GOLDEN;

const VKEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const TEXT: &str = "This is an example message.\n";
const LINE: &str = "\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let example = format!("{TEXT}\n{LINE}");
    let checkpoint = GOLDEN.files("published").pop().unwrap().1;
    let others = ["\u{2014} a+b AAAAAAA=\n", "\u{2014} a\u{2003}b AAAAAAA=\n", "\u{2014} w AAAAAAA=\n"];
    let mut seeds = vec![checkpoint.to_vec(), VKEY.into(), format!("\u{feff}{example}").into()];
    seeds.extend(others.map(|line| format!("{example}{line}").into_bytes()));
    seeds
}

pub(crate) fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let read = SignedNote::parse(text);
    match judged(text) {
        // Bits that no encoder sets are left to the decoder (RFC 4648, 3.5): Go passes over them.
        Verdict::Fine { is_canonical } => assert!(read.is_ok() || !is_canonical, "{read:?}"),
        Verdict::Malformed => assert!(read.is_err(), "malformed, and taken"),
    }
    if let Ok(note) = &read {
        assert!(text.starts_with(&note.text) && note.text.ends_with('\n'));
        let vkey: Vkey = VKEY.parse().unwrap();
        assert!(note.verify(&vkey).is_err() || note.text == TEXT, "forged");
    }
    if let Ok(checkpoint) = SignedCheckpoint::parse(text) {
        assert_eq!(checkpoint.as_str(), text);
        let lines: Vec<_> = text.split('\n').collect();
        let claim = checkpoint.claim();
        assert_eq!(lines[..3], [&claim.origin, &claim.size.to_string(), &claim.root.to_base64()]);
        assert!(
            checkpoint.verify(&GOLDEN.vkey).is_err() || claim.size.0 == GOLDEN.entries.len() as u64,
            "forged"
        );
        // Nobody's line is taken for a hotkey's, and none makes trouble.
        assert!(checkpoint.hotkeys().iter().all(|hotkey| checkpoint.verify_hotkey(hotkey).is_err()));
    }
    if let Ok(vkey) = text.parse::<Vkey>() {
        assert_eq!(vkey.to_string(), text);
    }
}

enum Verdict {
    Malformed,
    Fine { is_canonical: bool },
}

fn judged(note: &str) -> Verdict {
    let lenient = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let lenient = GeneralPurpose::new(&STANDARD, lenient);
    let has_control = note.chars().any(|c| c < ' ' && c != '\n');
    let Some((_, lines)) = note.rsplit_once("\n\n") else { return Verdict::Malformed };
    if has_control || note.len() > 1 << 20 || !lines.ends_with('\n') {
        return Verdict::Malformed;
    }
    let mut is_canonical = true;
    let lines: Vec<_> = lines[..lines.len() - 1].split('\n').collect();
    for line in &lines {
        let parts: Vec<_> = line.splitn(3, ' ').collect();
        let [dash, name, signature] = parts[..] else { return Verdict::Malformed };
        let Ok(bytes) = lenient.decode(signature) else { return Verdict::Malformed };
        let has_name = !name.is_empty() && !name.chars().any(|c| c == '+' || c.is_whitespace());
        if dash != "\u{2014}" || !has_name || bytes.len() < 5 {
            return Verdict::Malformed;
        }
        is_canonical &= lenient.encode(&bytes) == signature;
    }
    if lines.len() > 100 { Verdict::Malformed } else { Verdict::Fine { is_canonical } }
}
