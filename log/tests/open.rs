//! Opening to write: what a crash left beyond the watermark is taken in or cut, what is missing below it is refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use annals_log::{
    Body, Clock, Envelope, Fault, Log, NewLog, OpenError, Options, ReadError, Reader, RecorderStarted,
    TreeSize, Wrong, decode,
};

use crate::scratch::{START_MS, Scratch, all_entries, events, new_log, options};

/// Every file of a folder with its bytes, `LOCK` aside.
pub(crate) fn contents(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().unwrap() != "LOCK" {
                files.insert(path.clone(), std::fs::read(path).unwrap());
            }
        }
    }
    files
}

fn restore(files: &BTreeMap<PathBuf, Vec<u8>>) {
    files.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
}

/// The fault that both a writer and a reader meet; the writer has changed nothing.
fn refused(scratch: &Scratch) -> Fault {
    let before = contents(scratch.root());
    let Err(OpenError::Fault(fault)) = Log::open(scratch.root(), options()) else {
        panic!("it was opened to write")
    };
    assert_eq!(contents(scratch.root()), before, "a log that is refused is left as it was");
    fault
}

fn refused_to_readers(scratch: &Scratch) -> Fault {
    match Reader::open(scratch.root()) {
        Err(ReadError::Fault(fault)) => fault,
        Err(other) => panic!("{other}"),
        Ok(reader) => panic!("it was opened at size {}", reader.size()),
    }
}

pub(crate) fn last_started(scratch: &Scratch) -> RecorderStarted {
    let entries = scratch.entries();
    let started = entries.iter().rev().find_map(|entry| {
        let envelope = Envelope::decode(entry).unwrap();
        let Body::Inline(body) = envelope.body else { return None };
        (envelope.kind.name() == Some("recorder_started")).then(|| decode(body).unwrap())
    });
    started.unwrap()
}

/// Where the last segment's frames end.
pub(crate) fn end_of_frames(path: &Path) -> usize {
    std::fs::read(path).unwrap().iter().rposition(|&byte| byte != 0).unwrap() + 1
}

pub(crate) fn overwrite(path: &Path, offset: usize, bytes: &[u8]) {
    let mut whole = std::fs::read(path).unwrap();
    whole[offset..offset + bytes.len()].copy_from_slice(bytes);
    std::fs::write(path, whole).unwrap();
}

#[test]
fn the_second_writer_is_told_who_holds_the_log() {
    let scratch = Scratch::new();
    let log = scratch.create();
    let Err(OpenError::Held(by)) = Log::open(scratch.root(), options()) else { panic!() };
    assert_eq!(by, format!("process {}, annals test", std::process::id()));
    drop(log);
    scratch.open().close().unwrap();
}

#[test]
fn where_no_log_is_none_is_made() {
    let scratch = Scratch::new();
    assert!(matches!(Log::open(scratch.root(), options()), Err(OpenError::NoLog(_))));
    assert!(matches!(Reader::open(scratch.root()), Err(ReadError::NoLog(_))));
    assert!(!scratch.root().exists());
    std::fs::create_dir(scratch.root()).unwrap();
    assert!(matches!(Log::open(scratch.root(), options()), Err(OpenError::NoLog(_))));
    assert!(matches!(Reader::open(scratch.root()), Err(ReadError::NoLog(_))));
    assert_eq!(std::fs::read_dir(scratch.root()).unwrap().count(), 0, "not even a lock");
}

#[test]
fn a_log_is_made_only_in_a_folder_of_its_own() {
    let scratch = Scratch::with_commits(1);
    assert!(matches!(Log::create(scratch.root(), new_log(), options()), Err(OpenError::NotEmpty(_))));
    assert!(scratch.verify().is_sound());
}

#[test]
fn a_log_without_entry_0_was_interrupted() {
    let scratch = Scratch::new();
    let log = scratch.create();
    let mut slots = std::fs::read(scratch.root().join("watermark")).unwrap();
    drop(log);
    // As `init` leaves it when it is cut off after the watermark.
    let empty = Scratch::new();
    drop(empty.create());
    std::fs::remove_file(&empty.segments()[0]).unwrap();
    // Slot A still holds size 0; slot B the first commit.
    let (a, b) = slots.split_at_mut(4096);
    b.copy_from_slice(a);
    std::fs::write(empty.root().join("watermark"), slots).unwrap();
    assert!(matches!(Log::open(empty.root(), options()), Err(OpenError::Interrupted(_))));
    assert!(matches!(Reader::open(empty.root()), Err(ReadError::Interrupted(_))));
}

#[test]
fn frames_beyond_the_watermark_are_taken_in() {
    let scratch = Scratch::with_commits(2);
    let watermark = scratch.root().join("watermark");
    let old = std::fs::read(&watermark).unwrap();
    let mut log = scratch.open();
    log.append(events(6, 3)).unwrap();
    drop(log);
    let before = scratch.entries();
    std::fs::write(&watermark, old).unwrap();
    // The events came when the session's beginning had been acknowledged: no crash leaves both.
    let fault = refused_to_readers(&scratch);
    assert!(matches!(fault.what, Wrong::AcknowledgedBeyond { size: TreeSize(13), .. }), "{fault}");
    let verified = scratch.verify();
    assert!(
        matches!(verified.faults[..], [Fault { what: Wrong::AcknowledgedBeyond { .. }, .. }]),
        "{:?}",
        verified.faults
    );

    scratch.open().close().unwrap();
    let after = scratch.entries();
    assert_eq!(after[..before.len()], before);
    assert_eq!(last_started(&scratch).adopted_entries, 4);
    assert!(scratch.verify().is_sound());
}

#[test]
fn half_a_frame_beyond_the_watermark_is_cut() {
    let scratch = Scratch::with_commits(2);
    let watermark = std::fs::read(scratch.root().join("watermark")).unwrap();
    let segment = scratch.segments().pop().unwrap();
    let whole = scratch.entries();
    let end = end_of_frames(&segment);
    let mut log = scratch.open();
    log.append(events(6, 3)).unwrap();
    drop(log);
    let written = end_of_frames(&segment);
    // The frames of `recorder_started` and of the events, of which all but the last 100 bytes arrived.
    overwrite(&segment, written - 100, &[0; 100]);
    std::fs::write(scratch.root().join("watermark"), watermark).unwrap();

    scratch.open().close().unwrap();
    let after = scratch.entries();
    assert_eq!(after[..whole.len()], whole);
    let started = last_started(&scratch);
    assert_eq!(started.adopted_entries, 1, "recorder_started arrived whole");
    assert!(started.cut_bytes > 0 && started.cut_bytes < (written - end) as u64, "{started:?}");
    assert!(scratch.verify().is_sound());
}

#[test]
fn a_damaged_frame_beyond_the_watermark_ends_what_is_taken_in() {
    let scratch = Scratch::with_commits(2);
    let watermark = std::fs::read(scratch.root().join("watermark")).unwrap();
    let segment = scratch.segments().pop().unwrap();
    let end = end_of_frames(&segment);
    let mut log = scratch.open();
    log.append(events(6, 3)).unwrap();
    drop(log);
    // In the first of the two frames: the second is whole, and still must not be taken in.
    overwrite(&segment, end + 90, &[0xff]);
    std::fs::write(scratch.root().join("watermark"), watermark).unwrap();
    let faults = scratch.verify().faults;
    assert!(
        matches!(faults[..], [Fault { what: Wrong::DamagedBeyond { size: TreeSize(13) }, .. }]),
        "{faults:?}"
    );
    scratch.open().close().unwrap();
    assert_eq!(last_started(&scratch).adopted_entries, 0);
    assert!(scratch.verify().is_sound());
}

#[test]
fn nothing_of_an_interrupted_append_is_left_behind() {
    let scratch = Scratch::with_commits(2);
    let segment = scratch.segments().pop().unwrap();
    overwrite(&segment, end_of_frames(&segment) + 700, &[0xee; 3_000]);
    scratch.open().close().unwrap();
    assert_eq!(last_started(&scratch).cut_bytes, 3_700);
    let bytes = std::fs::read(&segment).unwrap();
    assert!(!bytes.windows(50).any(|window| window == [0xee; 50]), "later appends would run into it");
}

#[test]
fn frames_missing_below_the_watermark_are_refused() {
    let scratch = Scratch::with_commits(2);
    let segment = scratch.segments().pop().unwrap();
    let end = end_of_frames(&segment);
    overwrite(&segment, end - 200, &[0; 200]);
    let fault = refused(&scratch);
    assert!(matches!(fault.what, Wrong::Checksum("frame body")), "{fault}");
    refused_to_readers(&scratch);
    let kept = std::fs::read(&segment).unwrap();
    std::fs::write(&segment, &kept[..4096]).unwrap();
    let fault = refused(&scratch);
    assert!(matches!(fault.what, Wrong::Shorter { expected: TreeSize(9), found: TreeSize(0) }), "{fault}");
    assert!(fault.to_string().contains("entries 0 to 8 are lost"), "{fault}");
    refused_to_readers(&scratch);
}

#[test]
fn older_segments_put_back_are_refused() {
    let scratch = Scratch::with_commits(2);
    let old = contents(&scratch.root().join("segments"));
    let mut log = scratch.open();
    log.append(events(6, 3)).unwrap();
    log.close().unwrap();
    let new: Vec<_> = scratch.segments();
    restore(&old);
    assert_eq!(scratch.segments(), new, "no segment began meanwhile");
    let fault = refused(&scratch);
    assert!(matches!(fault.what, Wrong::Shorter { .. }), "{fault}");
    refused_to_readers(&scratch);
}

#[test]
fn a_lost_segment_is_refused_wherever_it_was() {
    let segments = Scratch::with_commits(60).segments().len();
    assert!(segments > 3);
    for lost in 0..segments {
        let scratch = Scratch::with_commits(60);
        std::fs::remove_file(&scratch.segments()[lost]).unwrap();
        refused(&scratch);
        refused_to_readers(&scratch);
    }
}

#[test]
fn a_sealed_segment_that_was_cut_or_exchanged_is_refused_at_open() {
    let scratch = Scratch::with_commits(60);
    let segments = scratch.segments();
    let whole = std::fs::read(&segments[1]).unwrap();
    std::fs::write(&segments[1], &whole[..whole.len() - 500]).unwrap();
    refused(&scratch);
    std::fs::write(&segments[1], std::fs::read(&segments[2]).unwrap()).unwrap();
    refused(&scratch);
    std::fs::write(&segments[1], &whole).unwrap();
    scratch.open().close().unwrap();
}

#[test]
fn a_lost_watermark_is_a_fault_and_one_damaged_slot_is_mended() {
    let scratch = Scratch::with_commits(3);
    let watermark = scratch.root().join("watermark");
    std::fs::remove_file(&watermark).unwrap();
    assert!(matches!(refused(&scratch).what, Wrong::WatermarkLost));
    refused_to_readers(&scratch);

    for slot in [0, 4096] {
        let scratch = Scratch::with_commits(3);
        let before = scratch.entries();
        overwrite(&scratch.root().join("watermark"), slot + 20, &[0xaa]);
        // Perhaps it was the newer one: a reader cannot know that the log does not go on.
        assert!(matches!(refused_to_readers(&scratch).what, Wrong::SlotDamaged { .. }));
        let faults: Vec<_> = scratch.verify().faults.into_iter().map(|fault| fault.what).collect();
        // If it was the newer one, the last commit lies beyond what the other slot says.
        assert!(
            matches!(
                faults[..],
                [Wrong::SlotDamaged { .. }] | [Wrong::SlotDamaged { .. }, Wrong::BeyondWatermark { .. }]
            ),
            "{faults:?}"
        );
        scratch.open().close().unwrap();
        assert_eq!(scratch.entries()[..before.len()], before, "nothing was lost with slot {slot}");
        assert!(scratch.verify().is_sound());
    }
}

#[test]
fn a_whole_older_folder_is_noticed_by_what_was_handed_out() {
    let scratch = Scratch::with_commits(3);
    let old = contents(scratch.root());
    let mut log = scratch.open();
    log.append(events(9, 3)).unwrap();
    log.close().unwrap();
    let published = scratch.reader().publish().unwrap().claim().size;
    restore(&old);
    let fault = refused(&scratch);
    assert!(matches!(fault.what, Wrong::RolledBack { published: size, .. } if size == published), "{fault}");
    assert!(matches!(scratch.verify().faults[0].what, Wrong::RolledBack { .. }));
}

#[test]
fn a_published_checkpoint_of_another_history_is_a_fault() {
    let scratch = Scratch::with_commits(3);
    let other = Scratch::new();
    let mut log = other.create();
    for commit in 0..3 {
        log.append(events(100 + commit * 3, 3)).unwrap();
    }
    log.close().unwrap();
    other.reader().publish().unwrap();
    let name = "published/00000000000000000012.checkpoint";
    std::fs::copy(other.root().join(name), scratch.root().join(name)).unwrap();
    assert!(matches!(refused(&scratch).what, Wrong::Root { .. }));
    assert!(matches!(scratch.verify().faults[0].what, Wrong::Root { .. }));
    // Nor does anybody hand out more of this history, while somebody holds the other one.
    assert!(matches!(refused_to_readers(&scratch).what, Wrong::Root { .. }));
}

#[test]
fn another_key_is_refused() {
    let scratch = Scratch::with_commits(1);
    let other = Scratch::new();
    Log::create(other.root(), NewLog { netuid: 27, ..NewLog::default() }, Options::default()).unwrap();
    std::fs::copy(other.root().join("keys/ed25519"), scratch.root().join("keys/ed25519")).unwrap();
    let fault = refused(&scratch);
    assert!(matches!(fault.what, Wrong::OtherKey { .. }), "{fault}");
    std::fs::write(scratch.root().join("keys/ed25519"), "PRIVATE+KEY+nonsense").unwrap();
    assert!(matches!(refused(&scratch).what, Wrong::Note(_)));
}

#[test]
fn a_key_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::with_commits(0);
    let mode = |name: &str| scratch.root().join(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("keys"), mode("keys/ed25519")), (0o700, 0o600));
}

#[test]
fn a_clock_far_behind_the_log_is_refused() {
    let scratch = Scratch::with_commits(1);
    let with_clock = |ms| Log::open(scratch.root(), Options { clock: Clock::fixed(ms), ..options() });
    let Err(OpenError::ClockBehind { ahead_s: 660 }) = with_clock(START_MS - 660_000) else { panic!() };
    let log = with_clock(START_MS - 599_000).unwrap();
    assert_eq!(log.close().unwrap().recorded_at_ms, START_MS);
}

#[test]
fn only_a_fixture_may_fix_its_clock() {
    let scratch = Scratch::new();
    let real = || NewLog { netuid: 27, ..NewLog::default() };
    assert!(matches!(Log::create(scratch.root(), real(), options()), Err(OpenError::NotAFixture)));
    let log = Log::create(scratch.root(), real(), Options::default()).unwrap();
    log.close().unwrap();
    assert!(matches!(Log::open(scratch.root(), options()), Err(OpenError::NotAFixture)));
    let reader = Reader::open(scratch.root()).unwrap();
    assert!(!reader.opened().fixture);
    assert_eq!(all_entries(&reader).len(), 3);
}

#[test]
fn leftovers_of_a_rotation_are_removed() {
    let scratch = Scratch::with_commits(1);
    let left = scratch.root().join("segments/00000000000000000006.seg.new");
    std::fs::write(&left, "half a header").unwrap();
    assert!(scratch.verify().is_sound());
    scratch.open().close().unwrap();
    assert!(!left.exists());
}
