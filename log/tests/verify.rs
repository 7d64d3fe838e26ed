//! Verifying: a sound log is sound, and no change below the watermark goes unnoticed.

use annals_log::{
    ForeignCheckpoint, KeptCheckpoint, NoteSigner, Signatures, SignedCheckpoint, Verification, Verified,
    VerifyError, Wrong,
};

use crate::scratch::Scratch;

#[test]
fn a_sound_log_is_sound_whatever_is_asked() {
    let scratch = Scratch::with_commits(60);
    let kept = scratch.reader().publish().unwrap().clone();
    for signatures in [Signatures::Last, Signatures::All] {
        for threads in [1, 2, 9] {
            let against = vec![KeptCheckpoint { name: "kept".to_owned(), checkpoint: kept.clone() }];
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

    let wrong = |checkpoint: &SignedCheckpoint| {
        against(&scratch, checkpoint).unwrap().faults.pop().map(|fault| {
            assert_eq!(fault.place.file, std::path::Path::new("kept"));
            fault.what
        })
    };
    assert!(wrong(scratch.reader().checkpoint()).is_none());
    assert!(matches!(wrong(longer.reader().checkpoint()), Some(Wrong::RolledBack { .. })));
    assert!(matches!(wrong(other.reader().checkpoint()), Some(Wrong::Root { .. })));
}

fn against(scratch: &Scratch, checkpoint: &SignedCheckpoint) -> Result<Verified, VerifyError> {
    let kept = KeptCheckpoint { name: "kept".to_owned(), checkpoint: checkpoint.clone() };
    Verification { against: vec![kept], ..Verification::default() }.run(scratch.root())
}

#[test]
fn a_checkpoint_that_the_log_did_not_sign_is_at_fault_and_not_the_log() {
    let scratch = Scratch::with_commits(3);
    let reader = scratch.reader();
    let foreign = |note: &str| match against(&scratch, &SignedCheckpoint::parse(note).unwrap()) {
        Err(VerifyError::Foreign(foreign)) => foreign,
        outcome => panic!("{note}: {outcome:?}"),
    };
    let name = || "kept".to_owned();
    let origin = reader.vkey().name();
    let note = reader.checkpoint().as_str();
    let text = note.split_once("\n\n").unwrap().0.to_owned() + "\n";

    let other = NoteSigner::from_seed("example.com/other", [1; 32]).unwrap();
    let others = other.sign(&text.replace(origin, "example.com/other"));
    let is_of = |origin: &str| ForeignCheckpoint::OtherLog { name: name(), origin: origin.to_owned() };
    assert_eq!(foreign(&others), is_of("example.com/other"));
    assert_eq!(
        foreign(&others).to_string(),
        "kept is not a checkpoint of this log (it is of example.com/other)"
    );
    assert_eq!(foreign(&format!("\u{feff}{note}")), is_of(&format!("\u{feff}{origin}")));

    let namesake = NoteSigner::from_seed(origin, [1; 32]).unwrap();
    let vkey = reader.vkey().to_string();
    assert_eq!(foreign(&namesake.sign(&text)), ForeignCheckpoint::OtherKey { name: name(), vkey });

    let changed = ForeignCheckpoint::Changed { name: name(), signer: origin.to_owned() };
    assert_eq!(foreign(&note.replacen(&format!("\n{}\n", reader.size()), "\n1\n", 1)), changed);
}

#[test]
fn a_log_leads_to_the_empty_tree_and_to_no_other_of_its_size() {
    let scratch = Scratch::with_commits(1);
    let signer = NoteSigner::from_seed(scratch.reader().vkey().name(), [27; 32]).unwrap();
    let of_nothing = |root: &str| {
        let text = format!("{}\n0\n{root}\n", signer.vkey().name());
        against(&scratch, &SignedCheckpoint::parse(&signer.sign(&text)).unwrap()).unwrap()
    };
    let verified = of_nothing("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert!(verified.is_sound() && verified.checkpoints == 1, "{:?}", verified.faults);
    let forked = of_nothing("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=").faults;
    assert!(matches!(&forked[..], [fault] if matches!(fault.what, Wrong::Root { .. })), "{forked:?}");
}
