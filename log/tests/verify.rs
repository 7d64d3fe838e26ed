//! Verifying: a sound log is sound, and no change below the watermark goes unnoticed.

use annals_log::{NoteSigner, Signatures, SignedCheckpoint, Verification, Wrong};

use crate::scratch::Scratch;

#[test]
fn a_sound_log_is_sound_whatever_is_asked() {
    let scratch = Scratch::with_commits(60);
    let kept = scratch.reader().publish().unwrap().clone();
    for signatures in [Signatures::Last, Signatures::All] {
        for threads in [1, 2, 9] {
            let against = vec![kept.clone()];
            let options = Verification { signatures, threads, against, ..Verification::default() };
            let verified = options.run(scratch.root()).unwrap();
            assert!(verified.is_sound(), "{:?}", verified.faults);
            assert_eq!(verified.size(), kept.claim().size);
            assert_eq!((verified.frames, verified.payloads, verified.checkpoints), (62, 90, 2));
            assert_eq!(options.entries_done.load(std::sync::atomic::Ordering::Relaxed), verified.size().0);
        }
    }
}

#[test]
fn every_byte_of_every_segment_is_vouched_for() {
    let scratch = Scratch::with_commits(30);
    let segments = scratch.segments();
    assert!(segments.len() > 2);
    for path in segments {
        let whole = std::fs::read(&path).unwrap();
        // Beyond the last frame of the last segment are zeros that say nothing.
        let used = whole.iter().rposition(|&byte| byte != 0).unwrap() + 1;
        for offset in (0..used).step_by(97).chain([used - 1]) {
            let mut bytes = whole.clone();
            bytes[offset] ^= 0x10;
            std::fs::write(&path, bytes).unwrap();
            let noticed = match Verification::default().run(scratch.root()) {
                Ok(verified) => !verified.is_sound(),
                Err(_) => true,
            };
            assert!(noticed, "{} at {offset}", path.display());
        }
        std::fs::write(&path, whole).unwrap();
    }
    assert!(scratch.verify().is_sound());
}

#[test]
fn damage_in_several_segments_is_told_of_each() {
    let scratch = Scratch::with_commits(60);
    let segments = scratch.segments();
    for path in &segments[1..3] {
        let mut bytes = std::fs::read(path).unwrap();
        bytes[6_000] ^= 1;
        std::fs::write(path, bytes).unwrap();
    }
    let verified = scratch.verify();
    let named: Vec<_> = verified.faults.iter().map(|fault| fault.place.file.file_name().unwrap()).collect();
    assert_eq!(named, segments[1..3].iter().map(|path| path.file_name().unwrap()).collect::<Vec<_>>());
    assert!(verified.faults.iter().all(|fault| fault.place.offset.is_some()));
}

#[test]
fn a_checkpoint_kept_elsewhere_tells_an_older_folder_from_a_newer_one() {
    let scratch = Scratch::with_commits(3);
    let longer = Scratch::with_commits(4);
    let other = Scratch::new();
    let mut log = other.create();
    log.append(crate::scratch::events(50, 9)).unwrap();
    log.close().unwrap();

    let against = |checkpoint: &SignedCheckpoint| {
        let options = Verification { against: vec![checkpoint.clone()], ..Verification::default() };
        options.run(scratch.root()).unwrap().faults.pop().map(|fault| fault.what)
    };
    assert!(against(scratch.reader().checkpoint()).is_none());
    assert!(matches!(against(longer.reader().checkpoint()), Some(Wrong::RolledBack { .. })));
    assert!(matches!(against(other.reader().checkpoint()), Some(Wrong::Root { .. })));

    let stranger = NoteSigner::from_seed(scratch.reader().vkey().name(), [1; 32]).unwrap();
    let text = scratch.reader().checkpoint().as_str().split("\n\n").next().unwrap().to_owned() + "\n";
    let forged = SignedCheckpoint::parse(&stranger.sign(&text)).unwrap();
    assert!(matches!(against(&forged), Some(Wrong::Note(_))));
}
