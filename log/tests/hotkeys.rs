//! The recorder's hotkey: it signs every checkpoint beside the log's own key, and nothing that is hashed knows of it.

use annals_log::{
    Hotkey, HotkeySigner, Log, LogIndex, NewLog, NoteError, OpenError, Options, ReadError, Reader,
    Signatures, SignedEvent, Verification, Verified, Wrong,
};
use sp_core::crypto::Pair as _;
use sp_core::sr25519;

use crate::scratch::{Scratch, events, new_log, options};

fn held(uri: &str) -> HotkeySigner {
    HotkeySigner::new(sr25519::Pair::from_string(uri, None).unwrap())
}

fn with(hotkey: Option<&HotkeySigner>) -> Options {
    Options { hotkey: hotkey.cloned(), ..options() }
}

/// A closed log of a hotkey, or of none.
fn recorded(hotkey: Option<&HotkeySigner>) -> Scratch {
    let scratch = Scratch::new();
    let mut log = Log::create(scratch.root(), new_log(), with(hotkey)).unwrap();
    log.append(events(0, 3)).unwrap();
    log.close().unwrap();
    scratch
}

fn verify_all(scratch: &Scratch) -> Verified {
    let options = Verification { signatures: Signatures::All, ..Verification::default() };
    options.run(scratch.root()).unwrap()
}

/// Another signature of the same length where the hotkey's was.
fn tampered(note: &str, hotkey: &Hotkey) -> String {
    let (before, signature) = note.rsplit_once(' ').unwrap();
    assert!(before.ends_with(hotkey.address()), "{note}");
    let middle = signature.len() / 2;
    let other = if signature.as_bytes()[middle] == b'A' { "B" } else { "A" };
    format!("{before} {}{other}{}", &signature[..middle], &signature[middle + 1..])
}

#[test]
fn every_checkpoint_has_both_lines() {
    let alice = held("//Alice");
    let scratch = recorded(Some(&alice));
    let verified = verify_all(&scratch);
    assert!(verified.is_sound(), "{:?}", verified.faults);
    assert_eq!((verified.hotkey.as_ref(), verified.without_hotkey), (Some(alice.hotkey()), 0));

    let mut reader = scratch.reader();
    assert_eq!(reader.opened().hotkey.as_deref(), Some(alice.hotkey().address()));
    assert_eq!((reader.hotkey(), reader.lacks_hotkey()), (Some(alice.hotkey()), false));
    let mut scan = reader.scan(LogIndex(0)..reader.size().next_index());
    while let Some(frame) = scan.next_frame().unwrap() {
        assert_eq!(frame.checkpoint().verify_hotkey(alice.hotkey()), Ok(()));
        assert!(frame.checkpoint().verify(reader.vkey()).is_ok());
    }
    let proof = SignedEvent::parse(&reader.prove(LogIndex(1)).unwrap().to_string()).unwrap();
    assert!(proof.verify(reader.vkey()).is_ok());
    assert_eq!(proof.checkpoint().hotkeys(), [alice.hotkey().clone()]);
    assert_eq!(proof.checkpoint().verify_hotkey(alice.hotkey()), Ok(()));
}

#[test]
fn nothing_that_is_hashed_depends_on_a_random_signature() {
    let alice = held("//Alice");
    let [one, other] = [recorded(Some(&alice)), recorded(Some(&alice))];
    assert_eq!(one.entries(), other.entries());
    let [one, other] = [one.reader().checkpoint().clone(), other.reader().checkpoint().clone()];
    assert_eq!(one.claim(), other.claim());
    assert_ne!(one.as_str(), other.as_str());
}

#[test]
fn a_tampered_line_of_the_hotkey_is_a_fault() {
    let alice = held("//Alice");
    let scratch = recorded(Some(&alice));
    let published = scratch.reader().publish().unwrap().clone();
    let path = scratch.root().join(format!("published/{:020}.checkpoint", published.claim().size.0));
    std::fs::write(&path, tampered(published.as_str(), alice.hotkey())).unwrap();
    let address = alice.hotkey().address();
    let is_bad = |wrong: &Wrong| matches!(wrong, Wrong::Note(NoteError::BadSignature(by)) if by == address);
    let faults = scratch.verify().faults;
    assert!(faults.len() == 1 && is_bad(&faults[0].what), "{faults:?}");
    let Err(OpenError::Fault(fault)) = Log::open(scratch.root(), with(Some(&alice))) else { panic!() };
    assert!(is_bad(&fault.what), "{fault}");
}

#[test]
fn a_tampered_line_in_a_frame_is_a_fault_even_with_right_checksums() {
    let alice = held("//Alice");
    let scratch = recorded(Some(&alice));
    let note = scratch.reader().checkpoint().as_str().to_owned();
    let path = scratch.segments().pop().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(note.len()).position(|window| window == note.as_bytes()).unwrap();
    bytes[at..at + note.len()].copy_from_slice(tampered(&note, alice.hotkey()).as_bytes());
    let end = at + note.len();
    let start = bytes[..end].windows(4).rposition(|window| window == b"AFRM").unwrap();
    let body = crc32c::crc32c(&bytes[start + 80..end]);
    bytes[start + 72..start + 76].copy_from_slice(&body.to_be_bytes());
    let header = crc32c::crc32c(&bytes[start + 8..start + 80]);
    bytes[start + 4..start + 8].copy_from_slice(&header.to_be_bytes());
    std::fs::write(&path, bytes).unwrap();
    match Reader::open(scratch.root()) {
        Err(ReadError::Fault(fault)) => {
            assert!(matches!(fault.what, Wrong::Note(NoteError::BadSignature(_))), "{fault}");
        }
        _ => panic!("it was opened"),
    }
}

#[test]
fn a_session_without_the_hotkey_is_told_from_the_others() {
    let alice = held("//Alice");
    let scratch = recorded(Some(&alice));
    let commits = verify_all(&scratch).frames;
    scratch.open().close().unwrap();
    assert!(scratch.reader().lacks_hotkey());
    let verified = verify_all(&scratch);
    assert!(verified.is_sound(), "{:?}", verified.faults);
    assert_eq!((verified.frames, verified.without_hotkey), (commits + 2, 2));
    assert_eq!(scratch.verify().without_hotkey, 1, "of the last commit alone");

    Log::open(scratch.root(), with(Some(&alice))).unwrap().close().unwrap();
    assert!(!scratch.reader().lacks_hotkey());
    assert_eq!(verify_all(&scratch).without_hotkey, 2);
    assert_eq!(scratch.verify().without_hotkey, 0);
}

#[test]
fn another_hotkey_than_the_logs_is_refused_by_name() {
    let (alice, bob) = (held("//Alice"), held("//Bob"));
    let scratch = recorded(Some(&alice));
    let size = scratch.reader().size();
    let Err(refused) = Log::open(scratch.root(), with(Some(&bob))) else { panic!() };
    assert!(
        matches!(&refused, OpenError::OtherHotkey { named, held } if named == alice.hotkey() && held == bob.hotkey())
    );
    for hotkey in [alice.hotkey(), bob.hotkey()] {
        assert!(refused.to_string().contains(hotkey.address()), "{refused}");
    }
    assert_eq!(scratch.reader().size(), size);
}

#[test]
fn a_log_without_a_hotkey_is_signed_by_none() {
    let scratch = recorded(None);
    Log::open(scratch.root(), with(Some(&held("//Alice")))).unwrap().close().unwrap();
    let reader = scratch.reader();
    assert_eq!((reader.hotkey(), reader.lacks_hotkey()), (None, false));
    assert!(reader.checkpoint().hotkeys().is_empty());
    assert_eq!(verify_all(&scratch).without_hotkey, 0);
}

#[test]
fn frames_beyond_the_watermark_keep_their_lines() {
    let alice = held("//Alice");
    let scratch = Scratch::new();
    let real = NewLog { netuid: 27, ..NewLog::default() };
    let options = Options { hotkey: Some(alice.clone()), ..Options::default() };
    Log::create(scratch.root(), real, options.clone()).unwrap().close().unwrap();
    let watermark = scratch.root().join("watermark");
    let old = std::fs::read(&watermark).unwrap();
    let mut log = Log::open(scratch.root(), options.clone()).unwrap();
    log.append(events(0, 3)).unwrap();
    drop(log);
    let before = scratch.entries();
    std::fs::write(&watermark, old).unwrap();
    Log::open(scratch.root(), options).unwrap().close().unwrap();
    assert_eq!(scratch.entries()[..before.len()], before);
    let verified = verify_all(&scratch);
    assert!(verified.is_sound(), "{:?}", verified.faults);
    assert_eq!(verified.without_hotkey, 0);
}
