//! What lies beyond the watermark: what a crash may have left is taken in or cut and kept, what somebody was told of
//! is never passed over, and no log that is being written is accused.

use std::path::{Path, PathBuf};

use annals_log::{Batch, Fault, Log, OpenError, ReadError, Reader, Recorded, TreeSize, Wrong};

use crate::open::{contents, end_of_frames, last_started, overwrite};
use crate::scratch::{Scratch, events, options};

const SLOT: usize = 4096;

/// A log of two sessions; the watermark as it was before each commit of the second, and where each of its frames
/// begins.
struct Sessions {
    scratch: Scratch,
    watermarks: Vec<Vec<u8>>,
    frames: Vec<usize>,
}

impl Sessions {
    /// The second session begins, makes so many commits with `append`, and is killed.
    fn with(commits: u64, append: impl Fn(&mut Log, u64)) -> Self {
        let scratch = Scratch::with_commits(2);
        let (path, segment) = (scratch.root().join("watermark"), scratch.segments().pop().unwrap());
        let begun = (std::fs::read(&path).unwrap(), end_of_frames(&segment));
        let mut log = scratch.open();
        let (mut watermarks, mut frames) = (vec![begun.0], vec![begun.1]);
        for commit in 0..commits {
            watermarks.push(std::fs::read(&path).unwrap());
            frames.push(end_of_frames(&segment));
            append(&mut log, commit);
        }
        drop(log);
        assert_eq!(scratch.segments().len(), 1);
        Self { scratch, watermarks, frames }
    }

    fn of_events(commits: u64) -> Self {
        Self::with(commits, |log, commit| drop(log.append(events(6 + commit, 1)).unwrap()))
    }

    fn put_back(&self, commits: usize) {
        let old = &self.watermarks[self.watermarks.len() - commits];
        std::fs::write(self.scratch.root().join("watermark"), old).unwrap();
    }

    fn segment(&self) -> PathBuf {
        self.scratch.segments().pop().unwrap()
    }

    /// Damages the frame that begins so many commits before the end.
    fn damage(&self, commits: usize) {
        overwrite(&self.segment(), self.frames[self.frames.len() - commits] + 90, &[0xff]);
    }
}

fn refused(root: &Path) -> Fault {
    match Reader::open(root) {
        Err(ReadError::Fault(fault)) => fault,
        Err(other) => panic!("{other}"),
        Ok(reader) => panic!("it was opened at size {}", reader.size()),
    }
}

#[test]
fn a_reader_answers_where_a_crash_may_have_left_more_and_says_so() {
    // As many as one sync may make durable: nobody need have been told of them.
    for commits in 1..=4 {
        let sessions = Sessions::of_events(6);
        let whole = sessions.scratch.reader();
        assert_eq!((whole.size(), whole.beyond()), (TreeSize(16), None));
        sessions.put_back(commits);
        let reader = sessions.scratch.reader();
        let shown = TreeSize(16 - commits as u64);
        assert_eq!((reader.size(), reader.beyond()), (shown, Some(TreeSize(16))));
        sessions.scratch.open().close().unwrap();
        assert_eq!(last_started(&sessions.scratch).adopted_entries, commits as u64);
        assert_eq!(sessions.scratch.reader().beyond(), None);
    }
}

#[test]
fn a_reader_refuses_where_more_lies_beyond_than_a_crash_leaves() {
    let sessions = Sessions::of_events(6);
    sessions.put_back(5);
    let fault = refused(sessions.scratch.root());
    assert!(matches!(fault.what, Wrong::AcknowledgedBeyond { size: TreeSize(16), .. }), "{fault}");
    assert_eq!(fault.place.offset, Some(sessions.frames[sessions.frames.len() - 5] as u64));
    // Nothing is lost: the next writer takes them in.
    let log = sessions.scratch.open();
    assert_eq!((log.mended().adopted_entries, log.mended().cut_bytes), (5, 0));
    log.close().unwrap();
    assert!(sessions.scratch.verify().is_sound());
}

#[test]
fn a_batch_before_another_commit_was_acknowledged() {
    let batch = |log: &mut Log, commit| {
        let batch = Batch { after: commit, cursor: Vec::new(), events: events(6 + commit, 1) };
        assert!(matches!(log.record(batch).unwrap(), Recorded::Now(_)));
    };
    let sessions = Sessions::with(3, batch);
    sessions.put_back(1);
    assert_eq!(
        sessions.scratch.reader().beyond(),
        Some(TreeSize(13)),
        "the last one may have been under way"
    );
    sessions.put_back(2);
    assert!(matches!(
        refused(sessions.scratch.root()).what,
        Wrong::AcknowledgedBeyond { size: TreeSize(13), .. }
    ));
}

#[test]
fn one_mark_in_both_slots_in_the_middle_of_a_session_was_put_there() {
    let sessions = Sessions::of_events(3);
    let path = sessions.scratch.root().join("watermark");
    sessions.put_back(1);
    let marks = std::fs::read(&path).unwrap();
    for older in [&marks[..SLOT], &marks[SLOT..]] {
        std::fs::write(&path, [older, older].concat()).unwrap();
        let fault = refused(sessions.scratch.root());
        assert!(matches!(fault.what, Wrong::AcknowledgedBeyond { .. }), "{fault}");
    }
    // Where a session begins it is as writers leave it.
    let session = Sessions::of_events(0);
    session.put_back(1);
    assert_eq!(session.scratch.reader().beyond(), Some(TreeSize(10)));
}

#[test]
fn a_page_of_the_watermark_that_a_closed_log_lost_loses_nothing() {
    let scratch = Scratch::with_commits(3);
    let path = scratch.root().join("watermark");
    let old = std::fs::read(&path).unwrap();
    let mut log = scratch.open();
    log.append(events(9, 3)).unwrap();
    log.close().unwrap();
    let new = std::fs::read(&path).unwrap();
    for slots in [[&old[..SLOT], &new[SLOT..]], [&new[..SLOT], &old[SLOT..]]] {
        std::fs::write(&path, slots.concat()).unwrap();
        assert_eq!((scratch.reader().size(), scratch.reader().beyond()), (TreeSize(17), None));
        assert!(scratch.verify().is_sound());
    }
}

#[test]
fn an_older_watermark_below_a_running_recorder_is_noticed() {
    let scratch = Scratch::with_commits(1);
    let old = std::fs::read(scratch.root().join("watermark")).unwrap();
    let mut log = scratch.open();
    for commit in 0..6 {
        log.append(events(commit, 1)).unwrap();
    }
    std::fs::write(scratch.root().join("watermark"), old).unwrap();
    // Whoever has a log locked hides nothing by it: of these commits somebody was told.
    assert!(matches!(refused(scratch.root()).what, Wrong::AcknowledgedBeyond { .. }));
    assert!(!scratch.verify().is_sound());
    drop(log);
}

#[test]
fn whole_frames_behind_a_damaged_one_are_never_cut_when_they_were_acknowledged() {
    for (commits, is_refused) in [(2, false), (4, false), (5, true), (6, true)] {
        let sessions = Sessions::of_events(6);
        sessions.put_back(commits);
        sessions.damage(commits);
        let before = contents(sessions.scratch.root());
        let faults = sessions.scratch.verify().faults;
        let opened = Log::open(sessions.scratch.root(), options());
        if is_refused {
            assert!(
                matches!(faults[..], [Fault { what: Wrong::LostBeyond { size: TreeSize(16) }, .. }]),
                "{faults:?}"
            );
            let Err(OpenError::Fault(fault)) = opened else { panic!("{commits} commits: it was opened") };
            assert!(matches!(fault.what, Wrong::LostBeyond { size: TreeSize(16) }), "{fault}");
            assert_eq!(fault.place.offset, Some(sessions.frames[sessions.frames.len() - commits] as u64));
            assert_eq!(contents(sessions.scratch.root()), before, "a log that is refused is left as it was");
            assert!(matches!(refused(sessions.scratch.root()).what, Wrong::AcknowledgedBeyond { .. }));
        } else {
            assert!(
                matches!(faults[..], [Fault { what: Wrong::DamagedBeyond { size: TreeSize(16) }, .. }]),
                "{faults:?}"
            );
            assert_eq!(opened.unwrap().mended().adopted_entries, 0);
        }
    }
}

#[test]
fn what_is_cut_is_kept_and_named_after_where_the_log_was_cut() {
    let sessions = Sessions::of_events(6);
    sessions.put_back(2);
    sessions.damage(2);
    let (start, end) = (sessions.frames[sessions.frames.len() - 2], end_of_frames(&sessions.segment()));
    let cut = std::fs::read(sessions.segment()).unwrap()[start..end].to_vec();
    let log = sessions.scratch.open();
    let kept = log.mended().kept.clone().unwrap();
    assert_eq!(log.mended().cut_bytes, cut.len() as u64);
    log.close().unwrap();
    assert!(kept.starts_with("cut") && kept.to_string_lossy().contains("00000000000000000014-"), "{kept:?}");
    assert_eq!(std::fs::read(sessions.scratch.root().join(kept)).unwrap(), cut);
    let started = last_started(&sessions.scratch);
    assert_eq!((started.adopted_entries, started.cut_bytes), (0, cut.len() as u64));
    // An opening that leaves nothing to cut keeps nothing.
    assert_eq!(*sessions.scratch.open().mended(), annals_log::Mended::default());
    assert!(sessions.scratch.verify().is_sound());
}

#[test]
fn of_what_was_cut_the_last_sixteen_are_kept() {
    let scratch = Scratch::with_commits(1);
    for cut in 0..20_u8 {
        let segment = scratch.segments().pop().unwrap();
        let end = end_of_frames(&segment);
        overwrite(&segment, end, &[cut + 1; 30]);
        scratch.open().close().unwrap();
    }
    let mut kept: Vec<_> =
        std::fs::read_dir(scratch.root().join("cut")).unwrap().map(|entry| entry.unwrap().path()).collect();
    kept.sort();
    let bytes: Vec<_> = kept.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert_eq!(bytes, (4..20_u8).map(|cut| vec![cut + 1; 30]).collect::<Vec<_>>());
}

#[test]
fn frames_that_somebody_put_into_a_payload_are_none() {
    let sessions = Sessions::of_events(6);
    let segment = std::fs::read(sessions.segment()).unwrap();
    // The last frames as bytes of a payload, in a commit that a crash cut off: their signatures are of this log, and of
    // sizes that it has; only frames of sizes that it lacks count.
    let frames = segment[sessions.frames[1]..end_of_frames(&sessions.segment())].to_vec();
    let mut log = sessions.scratch.open();
    let event = annals_log::Event { attached: vec![frames.into()], ..crate::scratch::event(99) };
    let watermark = std::fs::read(sessions.scratch.root().join("watermark")).unwrap();
    let start = end_of_frames(&sessions.segment());
    log.append(vec![event]).unwrap();
    drop(log);
    overwrite(&sessions.segment(), start + 90, &[0xff]);
    std::fs::write(sessions.scratch.root().join("watermark"), watermark).unwrap();
    assert_eq!(sessions.scratch.reader().beyond(), None);
    assert!(sessions.scratch.open().mended().cut_bytes > 0);
}
