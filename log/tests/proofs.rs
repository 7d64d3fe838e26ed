//! Proofs: each entry of a log can be shown to a stranger, and nothing else can.

use annals_log::{Event, LogIndex, NoteSigner, ProofError, ReadError, SignedEvent, TreeSize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::scratch::{Scratch, event};

#[test]
fn every_entry_can_be_proven_with_the_public_key_alone() {
    let scratch = Scratch::with_commits(30);
    let entries = scratch.entries();
    let mut reader = scratch.reader();
    for (index, entry) in (0..).zip(&entries) {
        let text = reader.prove(LogIndex(index)).unwrap().to_string();
        let proof = SignedEvent::parse(&text).unwrap();
        let (_, checkpoint) = proof.verify(reader.vkey()).unwrap();
        assert_eq!((proof.entry(), proof.index()), (&entry[..], LogIndex(index)));
        assert_eq!(checkpoint, reader.checkpoint().claim());
    }
}

#[test]
fn there_is_no_proof_past_the_end() {
    let scratch = Scratch::with_commits(1);
    let error = scratch.reader().prove(LogIndex(99)).unwrap_err();
    assert!(matches!(error, ReadError::BeyondEnd { index: LogIndex(99), size: TreeSize(6) }));
    assert_eq!(error.to_string(), "there is no entry 99: the log has 6, indexes 0 to 5");
}

#[test]
fn another_entry_another_place_or_another_key_proves_nothing() {
    let scratch = Scratch::with_commits(10);
    let mut reader = scratch.reader();
    let text = reader.prove(LogIndex(7)).unwrap().to_string();
    let vkey = reader.vkey().clone();

    let moved = SignedEvent::parse(&text.replace("index 7\n", "index 6\n")).unwrap();
    assert_eq!(moved.verify(&vkey).unwrap_err(), ProofError::OtherRoot(LogIndex(6)));

    let other = reader.prove(LogIndex(8)).unwrap().to_string();
    let extra = |text: &str| text.lines().nth(1).unwrap().to_owned();
    let swapped = SignedEvent::parse(&text.replace(&extra(&text), &extra(&other))).unwrap();
    assert_eq!(swapped.verify(&vkey).unwrap_err(), ProofError::OtherRoot(LogIndex(7)));

    let stranger = NoteSigner::from_seed(vkey.name(), [1; 32]).unwrap();
    let proof = SignedEvent::parse(&text).unwrap();
    assert!(matches!(proof.verify(stranger.vkey()), Err(ProofError::Note(_))));
}

#[test]
fn no_cut_and_no_flipped_bit_leaves_a_proof_of_something_else() {
    let scratch = Scratch::with_commits(3);
    let mut reader = scratch.reader();
    let proof = reader.prove(LogIndex(4)).unwrap();
    let text = proof.to_string();
    for cut in 0..text.len() {
        if let Some(cut) = text.get(..cut) {
            assert!(
                SignedEvent::parse(cut).map_or(true, |proof| proof.verify(reader.vkey()).is_err()),
                "{cut:?}"
            );
        }
    }
    for bit in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(flipped) = String::from_utf8(bytes) else { continue };
        let Ok(parsed) = SignedEvent::parse(&flipped) else { continue };
        let Ok((_, checkpoint)) = parsed.verify(reader.vkey()) else { continue };
        // A line of an unknown key may say anything; what is proven must still be this entry at this place.
        assert_eq!((parsed.entry(), parsed.index()), (proof.entry(), proof.index()), "bit {bit}");
        assert_eq!(checkpoint, reader.checkpoint().claim(), "bit {bit}");
    }
}

#[test]
fn hostile_proofs_are_refused_by_their_form() {
    for (text, why) in [
        ("", "no empty line"),
        ("c2sp.org/tlog-proof@v2\n\n", "first line"),
        ("c2sp.org/tlog-proof@v1\nindex 0\n\n", "`extra`"),
        ("c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\n", "base64"),
        ("c2sp.org/tlog-proof@v1\nextra AA==\nindex 00\n\n", "`index`"),
        ("c2sp.org/tlog-proof@v1\nextra AA==\nindex 0\nAA==\n\n", "path"),
        ("c2sp.org/tlog-proof@v1\r\nextra AA==\r\nindex 0\r\n\r\n", "CR LF"),
        ("\u{feff}c2sp.org/tlog-proof@v1\nextra AA==\nindex 0\n\n", "first line"),
    ] {
        let error = SignedEvent::parse(text).unwrap_err().to_string();
        assert!(error.contains(why), "{text:?}: {error}");
    }
    let hash = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let long = |hashes| format!("c2sp.org/tlog-proof@v1\nextra AA==\nindex 0\n{}\n", hash.repeat(hashes));
    let why = |text: &str| SignedEvent::parse(text).unwrap_err().to_string();
    assert!(why(&long(64)).contains("longer than that of any tree"));
    assert!(why(&long(100_000)).contains("longer than any"));
}

#[test]
fn witnesses_may_cosign_the_checkpoint_of_the_largest_proof() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    log.append(vec![Event { native_id: "x".repeat(65_000), ..event(1) }]).unwrap();
    log.close().unwrap();
    let mut reader = scratch.reader();
    let largest = reader.prove(LogIndex(2)).unwrap();
    assert!(largest.entry().len() > 65_000);
    let signature = STANDARD.encode([&[1; 4][..], &[7; 4_995]].concat());
    let witnesses: String =
        (0..16).map(|witness| format!("\u{2014} witness{witness}.example {signature}\n")).collect();
    let cosigned = SignedEvent::parse(&format!("{largest}{witnesses}")).unwrap();
    assert!(cosigned.verify(reader.vkey()).is_ok());
    assert_eq!(cosigned.to_string(), format!("{largest}{witnesses}"), "no line is lost on the way");
}

#[test]
fn where_frames_have_changed_places_nothing_is_proven() {
    let scratch = Scratch::with_commits(60);
    let path = scratch.segments().swap_remove(0);
    let whole = std::fs::read(&path).unwrap();
    let is_frame = |at: &usize| whole[*at..].starts_with(b"AFRM");
    let frames: Vec<usize> = (0..whole.len()).filter(is_frame).collect();
    let (one, other, rest) = (frames[1], frames[2], frames[3]);
    let swapped = [&whole[..one], &whole[other..rest], &whole[one..other], &whole[rest..]].concat();
    std::fs::write(&path, swapped).unwrap();
    let mut reader = scratch.reader();
    for index in 0..reader.size().0 {
        let outcome = reader.prove(LogIndex(index));
        assert!(matches!(outcome, Err(ReadError::Fault(_))), "{index}: {outcome:?}");
    }
}
