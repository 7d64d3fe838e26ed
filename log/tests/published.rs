//! `published/`: written by any number of readers, and what every reader holds the log to.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use annals_log::disk::Disk;
use annals_log::{Fault, Log, OpenError, PublishError, ReadError, Reader, TreeSize, Wrong};

use crate::meddled::{MeddledDisk, Then};
use crate::scratch::{Scratch, events, options};

fn published(root: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> =
        fs::read_dir(root.join("published")).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn checkpoint_of(scratch: &Scratch, size: u64) -> PathBuf {
    scratch.root().join(format!("published/{size:020}.checkpoint"))
}

fn refused_to_readers(scratch: &Scratch) -> Fault {
    match Reader::open(scratch.root()) {
        Err(ReadError::Fault(fault)) => fault,
        outcome => panic!("{:?}", outcome.map(|reader| reader.size())),
    }
}

/// The files of a log, as it was before it went on.
struct Before {
    watermark: Vec<u8>,
    segment: (PathBuf, Vec<u8>),
}

impl Before {
    fn of(scratch: &Scratch) -> Self {
        let segment = scratch.segments().pop().unwrap();
        let watermark = fs::read(scratch.root().join("watermark")).unwrap();
        Self { watermark, segment: (segment.clone(), fs::read(segment).unwrap()) }
    }

    fn put_back(&self, scratch: &Scratch) {
        fs::write(scratch.root().join("watermark"), &self.watermark).unwrap();
        fs::write(&self.segment.0, &self.segment.1).unwrap();
    }
}

/// A log of 8 entries that went on from size 6 in two ways, and stands at the second.
fn forked() -> (Scratch, Before) {
    let scratch = Scratch::with_commits(1);
    let before = Before::of(&scratch);
    let go_on = |number| {
        let mut log = scratch.open();
        log.append(events(number, 1)).unwrap();
        drop(log);
        assert_eq!(scratch.reader().size(), TreeSize(8));
        Before::of(&scratch)
    };
    let one = go_on(100);
    before.put_back(&scratch);
    go_on(200);
    (scratch, one)
}

#[test]
fn many_publish_at_once_and_each_is_told_yes() {
    for _ in 0..12 {
        let scratch = Scratch::with_commits(1);
        std::thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| scratch.reader().publish().map(drop).unwrap());
            }
        });
        assert_eq!(published(scratch.root()), [checkpoint_of(&scratch, 6)]);
        assert_eq!(
            fs::read_to_string(checkpoint_of(&scratch, 6)).unwrap(),
            scratch.reader().checkpoint().as_str()
        );
    }
}

#[test]
fn a_publisher_that_is_killed_at_any_call_is_in_nobodys_way() {
    for call in 0.. {
        let scratch = Scratch::with_commits(1);
        let disk = MeddledDisk::new();
        let reader = Reader::open_on(&(Arc::clone(&disk) as Arc<dyn Disk>), scratch.root()).unwrap();
        disk.at_call(call, Then::Die);
        let outcome = reader.publish().map(drop);
        if !disk.has_happened() {
            assert!(call > 8 && outcome.is_ok());
            break;
        }
        assert!(outcome.is_err(), "call {call}");
        let kept = checkpoint_of(&scratch, 6);
        if kept.exists() {
            assert_eq!(fs::read_to_string(&kept).unwrap(), reader.checkpoint().as_str(), "call {call}");
        }
        scratch.reader().publish().unwrap();
        assert!(scratch.verify().is_sound(), "call {call}");
        scratch.open().close().unwrap();
        assert!(kept.exists());
    }
}

#[test]
fn the_writer_removes_what_a_killed_publisher_left_when_it_is_old() {
    let scratch = Scratch::with_commits(1);
    let left = |name: &str| scratch.root().join("published").join(name);
    let (old, young) =
        (left("00000000000000000006.checkpoint.0123.new"), left("00000000000000000006.checkpoint.4567.new"));
    File::create(&old).unwrap().set_modified(SystemTime::now() - Duration::from_hours(2)).unwrap();
    File::create(&young).unwrap();
    assert!(scratch.verify().is_sound(), "neither is a checkpoint");
    scratch.open().close().unwrap();
    assert!(!old.exists(), "nobody is writing it any more");
    assert!(young.exists(), "somebody may be writing it");
}

#[test]
fn a_fork_of_a_published_size_is_refused_to_all_and_covers_no_trace() {
    let (scratch, one) = forked();
    let two = Before::of(&scratch);
    let handed_out = scratch.reader().publish().unwrap().clone();
    one.put_back(&scratch);
    let fault = refused_to_readers(&scratch);
    assert!(matches!(fault.what, Wrong::Root { .. }), "{fault}");
    assert_eq!(scratch.root().join(&fault.place.file), checkpoint_of(&scratch, 8));
    assert!(matches!(Log::open(scratch.root(), options()), Err(OpenError::Fault(_))));
    assert!(!scratch.verify().is_sound());
    assert_eq!(fs::read_to_string(checkpoint_of(&scratch, 8)).unwrap(), handed_out.as_str());
    two.put_back(&scratch);
    assert!(scratch.verify().is_sound());
}

#[test]
fn of_two_histories_handed_out_at_once_both_are_kept_and_all_are_told() {
    let (scratch, one) = forked();
    // Both looked before either was handed out.
    let second = scratch.reader();
    one.put_back(&scratch);
    let first = scratch.reader();
    let handed_out = first.publish().unwrap().clone();
    let Err(PublishError::Fault(fault)) = second.publish() else { panic!("both were handed out") };
    assert!(matches!(fault.what, Wrong::Fork { size: TreeSize(8) }), "{fault}");
    assert_eq!(fs::read_to_string(checkpoint_of(&scratch, 8)).unwrap(), handed_out.as_str());
    let beside = scratch.root().join(&fault.place.file);
    assert_eq!(fs::read_to_string(&beside).unwrap(), second.checkpoint().as_str());
    assert!(second.publish().is_err(), "another time, too");

    assert!(matches!(refused_to_readers(&scratch).what, Wrong::Fork { .. }));
    let opened = Log::open(scratch.root(), options()).map(drop);
    assert!(matches!(opened, Err(OpenError::Fault(Fault { what: Wrong::Fork { .. }, .. }))), "{opened:?}");
    assert!(matches!(scratch.verify().faults[0].what, Wrong::Fork { .. }));
    // Whoever found out which is which goes on.
    fs::remove_file(beside).unwrap();
    assert!(scratch.verify().is_sound());
}

#[test]
fn nothing_is_handed_out_of_a_log_that_is_shorter_than_what_was() {
    let scratch = Scratch::with_commits(1);
    let (before, early) = (Before::of(&scratch), scratch.reader());
    scratch.open().close().unwrap();
    scratch.reader().publish().unwrap();
    // A reader that looked earlier is at a size of this log.
    early.publish().unwrap();
    before.put_back(&scratch);
    let fault = refused_to_readers(&scratch);
    assert!(matches!(fault.what, Wrong::RolledBack { published: TreeSize(8), size: TreeSize(6) }), "{fault}");
    assert!(matches!(
        early.publish(),
        Err(PublishError::Fault(Fault { what: Wrong::RolledBack { .. }, .. }))
    ));
}

#[test]
fn an_earlier_size_of_the_log_is_still_handed_out() {
    let scratch = Scratch::with_commits(10);
    scratch.reader().publish().unwrap();
    let then = scratch.reader().back_to(TreeSize(11)).unwrap();
    assert_eq!(then.publish().unwrap().claim().size, TreeSize(11));
    assert_eq!(published(scratch.root()).len(), 2);
    assert!(scratch.verify().is_sound());
}

#[test]
fn a_copy_without_what_was_handed_out_is_read_and_hands_out_itself() {
    let scratch = Scratch::with_commits(1);
    fs::remove_dir(scratch.root().join("published")).unwrap();
    assert_eq!(scratch.reader().size(), TreeSize(6));
    assert!(scratch.verify().is_sound());
    drop(scratch.open());

    let reader = scratch.reader();
    assert_eq!(reader.publish().unwrap(), reader.checkpoint());
    assert_eq!(published(scratch.root()), [checkpoint_of(&scratch, reader.size().0)]);
}
