//! Readers beside a writer: they see a log that only grows, and write nothing.

use std::sync::atomic::{AtomicBool, Ordering};

use annals_log::{Durability, Envelope, Log, LogIndex, Options, ReadError, Reader, TreeSize, Verification};

use crate::scratch::{Scratch, all_entries, events, new_log, options};

#[test]
fn readers_see_a_growing_log_while_it_is_written_and_rotated() {
    for durability in [Durability::Strict, Durability::Lagged] {
        let scratch = Scratch::new();
        let mut log = Log::create(scratch.root(), new_log(), Options { durability, ..options() }).unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| {
                let mut seen: Vec<Vec<u8>> = Vec::new();
                let mut looks = 0;
                while !done.load(Ordering::Relaxed) {
                    let reader = Reader::open(scratch.root()).unwrap();
                    let entries = all_entries(&reader);
                    assert_eq!(entries.len() as u64, reader.size().0);
                    assert!(entries.starts_with(&seen), "what was seen stays");
                    let verified = Verification::default().run(scratch.root()).unwrap();
                    assert!(verified.is_sound(), "{:?}", verified.faults);
                    seen = entries;
                    looks += 1;
                }
                looks
            });
            for commit in 0..150 {
                log.append(events(commit * 3, 3)).unwrap();
            }
            done.store(true, Ordering::Relaxed);
            assert!(reading.join().unwrap() > 2, "the reader looked more than once");
        });
        log.close().unwrap();
        assert!(scratch.segments().len() > 5);
    }
}

#[test]
fn an_open_reader_keeps_its_size() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    log.append(events(0, 3)).unwrap();
    let mut reader = scratch.reader();
    let entries = all_entries(&reader);
    for commit in 1..60 {
        log.append(events(commit * 3, 3)).unwrap();
    }
    assert_eq!((reader.size(), all_entries(&reader)), (TreeSize(5), entries));
    assert!(reader.prove(LogIndex(4)).is_ok());
    assert!(reader.entry(LogIndex(5)).is_err());
}

#[test]
fn a_reader_goes_back_to_any_size_at_which_the_log_was_signed() {
    let scratch = Scratch::with_commits(40);
    let mut now = scratch.reader();
    let entries = all_entries(&now);
    // Two entries of the log's own, commits of three, one that says goodbye.
    for size in [2, 5, 50, 122, 123].map(TreeSize) {
        let mut then = now.back_to(size).unwrap();
        assert_eq!(then.size(), size);
        assert_eq!(all_entries(&then), entries[..usize::try_from(size.0).unwrap()]);
        assert_eq!(Some(then.checkpoint().claim().root), now.root_of_commit(size).unwrap());
        let last = LogIndex(size.0 - 1);
        assert_eq!(then.prove(last).unwrap().verify(now.vkey()).unwrap().1.size, size);
        assert!(
            then.entry(size.next_index()).is_err()
                && then.segments().unwrap().len() <= now.segments().unwrap().len()
        );
    }
    let inside = now.back_to(TreeSize(6)).err().unwrap();
    assert!(matches!(inside, ReadError::InsideCommit { from: TreeSize(5), to: TreeSize(8), .. }), "{inside}");
    assert!(matches!(now.back_to(TreeSize(124)), Err(ReadError::BeyondEnd { .. })));
}

#[test]
fn a_scan_starts_with_the_frame_that_holds_its_start() {
    let scratch = Scratch::with_commits(40);
    let reader = scratch.reader();
    let entries = all_entries(&reader);
    for (start, end) in [(0, 1), (2, 3), (3, 9), (50, 122), (100, 100), (122, 900)] {
        let mut scan = reader.scan(LogIndex(start)..LogIndex(end));
        let mut found = Vec::new();
        while let Some(frame) = scan.next_frame().unwrap() {
            found.extend(frame.entries().map(|(index, entry)| (index, entry.to_vec())));
        }
        let wanted = (start..end.min(entries.len() as u64)).map(LogIndex);
        for index in wanted {
            let entry = &entries[usize::try_from(index.0).unwrap()];
            assert!(found.contains(&(index, entry.clone())), "{index} in {start}..{end}");
        }
        assert!(found.len() as u64 <= end.saturating_sub(start) + 4, "no more than the frames at the edges");
    }
}

#[test]
fn a_log_can_be_read_from_a_folder_that_nobody_may_write() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::with_commits(5);
    let modified = |path: &std::path::Path| path.metadata().unwrap().modified().unwrap();
    let before: Vec<_> = scratch.segments().iter().map(|path| modified(path)).collect();
    for folder in [scratch.root().to_owned(), scratch.root().join("segments")] {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o555)).unwrap();
    }
    assert!(scratch.verify().is_sound());
    let entries = scratch.entries();
    assert_eq!(Envelope::decode(&entries[0]).unwrap().kind.name(), Some("log_opened"));
    assert_eq!(scratch.segments().iter().map(|path| modified(path)).collect::<Vec<_>>(), before);
    for folder in [scratch.root().to_owned(), scratch.root().join("segments")] {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}
