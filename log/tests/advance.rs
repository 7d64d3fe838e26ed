//! Readers that go on: what they see is what a reader sees that opens the log anew.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use annals_log::{Durability, Log, LogIndex, Options, ReadError, Reader, RightEdge, TreeSize};

use crate::scratch::{Scratch, all_entries, events, new_log, options, seeded};

/// Everything that tells one look from another.
fn seen(reader: &Reader) -> (TreeSize, String, i64, Option<TreeSize>, usize) {
    let segments = reader.segments().unwrap().len();
    (reader.size(), reader.checkpoint().to_string(), reader.recorded_at_ms(), reader.beyond(), segments)
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_reader_that_goes_on_sees_what_one_that_opens_anew_sees() {
    let mut dice = seeded("a_reader_that_goes_on_sees_what_one_that_opens_anew_sees");
    for durability in [Durability::Strict, Durability::Lagged] {
        let scratch = Scratch::new();
        let mut log = Log::create(scratch.root(), new_log(), Options { durability, ..options() }).unwrap();
        let mut reader = scratch.reader();
        let (mut commits, mut steps) = (0, 0);
        while commits < 300 {
            for _ in 0..dice.u64(1..12) {
                log.append(events(commits * 3, 3)).unwrap();
                commits += 1;
            }
            let before = reader.size();
            let is_newer = reader.advance().unwrap();
            let mut anew = scratch.reader();
            // A watermark that lags may move between two looks.
            if durability == Durability::Strict || reader.size() == anew.size() {
                assert_eq!(seen(&reader), seen(&anew));
            }
            assert_eq!(is_newer, reader.size() > before);
            assert!(!is_newer || !reader.advance().unwrap() || durability == Durability::Lagged);
            // Places that were looked up before the reader went on are found again, and new ones, too.
            let index = LogIndex(dice.u64(0..reader.size().0));
            assert_eq!(reader.entry(index).unwrap(), anew.entry(index).unwrap());
            assert!(reader.prove(LogIndex(reader.size().0 - 1)).is_ok());
            reader.hold_to_root().unwrap();
            steps += u32::from(is_newer);
        }
        log.close().unwrap();
        reader.advance().unwrap();
        assert_eq!(all_entries(&reader), scratch.entries());
        assert!(scratch.segments().len() > 5 && steps > 5, "{steps} steps");
    }
}

#[test]
fn a_reader_goes_on_while_the_log_is_written() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let following = scope.spawn(|| {
            let mut reader = scratch.reader();
            let mut edge = RightEdge::empty();
            loop {
                let was_done = is_done.load(Ordering::Relaxed);
                while reader.advance().unwrap() {
                    let mut scan = reader.scan_behind(edge, reader.size());
                    while scan.next_frame().unwrap().is_some() {}
                    edge = scan.into_edge().unwrap();
                    assert_eq!(edge.root(), reader.checkpoint().claim().root);
                }
                if was_done {
                    return reader.size();
                }
            }
        });
        for commit in 0..200 {
            log.append(events(commit * 3, 3)).unwrap();
        }
        is_done.store(true, Ordering::Relaxed);
        assert_eq!(following.join().unwrap(), log.size());
    });
}

#[test]
fn what_was_held_to_the_root_is_not_hashed_again() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    (0..40).for_each(|commit| drop(log.append(events(commit * 3, 3)).unwrap()));
    let mut reader = scratch.reader();
    reader.hold_to_root().unwrap();
    let earlier = reader.clone();
    let segment = &scratch.segments()[0];
    let mut bytes = fs::read(segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(segment, bytes).unwrap();
    (40..80).for_each(|commit| drop(log.append(events(commit * 3, 3)).unwrap()));
    assert!(reader.advance().unwrap());
    reader.hold_to_root().unwrap();
    earlier.hold_to_root().unwrap();
    assert!(scratch.reader().hold_to_root().is_err(), "whoever begins anew meets it");
    assert!(earlier.back_to(TreeSize(119)).unwrap().hold_to_root().is_err(), "so does who goes back");
}

#[test]
fn a_log_that_was_put_back_is_a_fault_and_the_reader_stays_where_it_was() {
    let scratch = Scratch::with_commits(10);
    let earlier = tempfile::tempdir().unwrap();
    copy(scratch.root(), earlier.path());
    let mut log = scratch.open();
    (10..60).for_each(|commit| drop(log.append(events(commit * 3, 3)).unwrap()));
    log.close().unwrap();
    let later = tempfile::tempdir().unwrap();
    copy(scratch.root(), later.path());
    let mut reader = scratch.reader();
    let before = seen(&reader);
    fs::remove_dir_all(scratch.root()).unwrap();
    fs::create_dir_all(scratch.root()).unwrap();
    copy(earlier.path(), scratch.root());
    let error = reader.advance().unwrap_err();
    assert!(error.to_string().contains("entries 33 to "), "{error}");
    assert_eq!(reader.size(), before.0);
    copy(later.path(), scratch.root());
    assert!(!reader.advance().unwrap());
    assert_eq!(seen(&reader), before);
}

#[test]
fn a_new_frame_that_is_not_what_was_written_is_a_fault() {
    let scratch = Scratch::with_commits(3);
    let mut reader = scratch.reader();
    let end = fs::read(&scratch.segments()[0]).unwrap().iter().rposition(|&byte| byte != 0).unwrap();
    let mut log = scratch.open();
    (3..6).for_each(|commit| drop(log.append(events(commit * 3, 3)).unwrap()));
    log.close().unwrap();
    let segment = &scratch.segments()[0];
    let whole = fs::read(segment).unwrap();
    let last = whole.iter().rposition(|&byte| byte != 0).unwrap();
    let (size, mut faults) = (reader.size(), 0);
    for at in [end + 5, end + 30, last - 100, last - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(segment, bytes).unwrap();
        let outcome = reader.advance();
        assert!(matches!(outcome, Err(ReadError::Fault(_))), "byte {at}: {outcome:?}");
        assert_eq!(reader.size(), size);
        faults += 1;
    }
    assert_eq!(faults, 4);
    fs::write(segment, whole).unwrap();
    assert!(reader.advance().unwrap());
    assert_eq!(all_entries(&reader), scratch.entries());
}
