//! One writer, whatever happens to the files of a log that is recorded to: a second one is refused, or the first
//! notices before it promises anything.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use annals_log::disk::Disk;
use annals_log::{AppendError, Durability, Envelope, Fault, Log, OpenError, Options, Wrong};

use crate::meddled::{MeddledDisk, Then};
use crate::scratch::{Scratch, events, new_log, options};

/// What somebody does to a folder.
#[derive(Debug, Clone, Copy)]
enum Meddling {
    /// The file that says who writes: of no consequence.
    LockRemoved,
    LockReplaced,
    WatermarkRemoved,
    WatermarkReplaced,
    /// In the file itself, by what it was a commit before.
    WatermarkPutBack,
    SegmentRemoved,
    SegmentReplaced,
    SegmentsReplaced,
    KeyRemoved,
    KeyReplaced,
    /// As a restore of a backup that is up to date.
    AllReplaced,
    FolderReplaced,
}

use Meddling::{
    AllReplaced, FolderReplaced, KeyRemoved, KeyReplaced, LockRemoved, LockReplaced, SegmentRemoved,
    SegmentReplaced, SegmentsReplaced, WatermarkPutBack, WatermarkRemoved, WatermarkReplaced,
};

const ALL: [Meddling; 12] = [
    LockRemoved,
    LockReplaced,
    WatermarkRemoved,
    WatermarkReplaced,
    WatermarkPutBack,
    SegmentRemoved,
    SegmentReplaced,
    SegmentsReplaced,
    KeyRemoved,
    KeyReplaced,
    AllReplaced,
    FolderReplaced,
];

/// Another file with the same bytes takes the place of this one.
fn replace(path: &Path) {
    let copy = path.with_added_extension("copy");
    fs::copy(path, &copy).unwrap();
    fs::rename(copy, path).unwrap();
}

/// The folder is moved away, and a copy takes its place.
fn replace_folder(path: &Path) {
    let away = path.with_added_extension("away");
    fs::rename(path, &away).unwrap();
    copy_folder(&away, path);
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

impl Meddling {
    fn act(self, root: &Path, older_watermark: &[u8]) {
        let (watermark, key, segments) =
            (root.join("watermark"), root.join("keys/ed25519"), root.join("segments"));
        let last = fs::read_dir(&segments).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
        match self {
            LockRemoved => fs::remove_file(root.join("LOCK")).unwrap(),
            LockReplaced => replace(&root.join("LOCK")),
            WatermarkRemoved => fs::remove_file(watermark).unwrap(),
            WatermarkReplaced => replace(&watermark),
            WatermarkPutBack => fs::write(watermark, older_watermark).unwrap(),
            SegmentRemoved => fs::remove_file(last).unwrap(),
            SegmentReplaced => replace(&last),
            SegmentsReplaced => replace_folder(&segments),
            KeyRemoved => fs::remove_file(key).unwrap(),
            KeyReplaced => replace(&key),
            AllReplaced => {
                [&last, &watermark, &key].into_iter().for_each(|path| replace(path));
                replace_folder(&root.join("keys"));
            }
            FolderReplaced => replace_folder(root),
        }
    }

    /// The log cannot be opened any more.
    fn takes_away(self) -> bool {
        matches!(self, WatermarkRemoved | SegmentRemoved | KeyRemoved)
    }

    fn is_of_no_consequence(self) -> bool {
        matches!(self, LockRemoved | LockReplaced)
    }
}

/// A second recorder, which appends three events from number 100 on, if it gets in.
fn second(root: &Path) -> Result<(), OpenError> {
    let mut log = Log::open(root, options())?;
    log.append(events(100, 3)).unwrap();
    log.close().unwrap();
    Ok(())
}

fn names(first: u64, count: u64) -> impl Iterator<Item = String> {
    (first..first + count).map(|number| format!("event-{number}"))
}

/// Meddles at one call of an append, lets a second recorder try, and checks that what either was told is so. `false`
/// when the append makes fewer calls.
fn meddle_at(call: usize, meddling: Meddling, durability: Durability) -> bool {
    let what = format!("{meddling:?} before call {call}, {durability:?}");
    let scratch = Scratch::with_commits(1);
    let older = fs::read(scratch.root().join("watermark")).unwrap();
    let disk = MeddledDisk::new();
    let on_disk = Options { disk: Arc::clone(&disk) as Arc<dyn Disk>, durability, ..options() };
    let mut log = Log::open(scratch.root(), on_disk).unwrap();
    log.append(events(3, 3)).unwrap();

    let tried: Arc<Mutex<Option<Result<(), OpenError>>>> = Arc::default();
    let (root, outcome): (PathBuf, _) = (scratch.root().to_owned(), Arc::clone(&tried));
    let meddle = move || {
        meddling.act(&root, &older);
        *outcome.lock().unwrap() = Some(second(&root));
    };
    disk.at_call(call, Then::Meddle(Box::new(meddle)));
    let first = log.append(events(6, 3));
    if !disk.has_happened() {
        return false;
    }
    let second = tried.lock().unwrap().take().unwrap();
    assert!(matches!(first, Ok(_) | Err(AppendError::Unsure { .. })), "{what}: {first:?}");
    if meddling.is_of_no_consequence() {
        assert!(first.is_ok() && matches!(second, Err(OpenError::Held(_))), "{what}: {first:?}, {second:?}");
        log.append(events(9, 3)).expect(&what);
    } else {
        let later = log.append(events(9, 3));
        assert!(later.is_err(), "{what}: it went on");
        if let Err(AppendError::Unsure { source, .. }) = &first {
            let named = ["watermark", "segments/", "/keys"];
            assert!(named.iter().any(|name| source.to_string().contains(name)), "{what}: {source}");
        }
    }
    drop(log);
    if meddling.takes_away() {
        assert!(matches!(second, Err(OpenError::Fault(_) | OpenError::Held(_))), "{what}: {second:?}");
        assert!(Log::open(scratch.root(), options()).is_err(), "{what}");
        return true;
    }
    Log::open(scratch.root(), options()).expect(&what).close().unwrap();
    let found: BTreeSet<String> =
        scratch.entries().iter().map(|entry| Envelope::decode(entry).unwrap().native_id.to_owned()).collect();
    let promised = names(0, 6)
        .chain(names(6, 3).filter(|_| first.is_ok()))
        .chain(names(100, 3).filter(|_| second.is_ok()));
    for name in promised {
        assert!(found.contains(&name), "{what}: {name} was promised and is gone");
    }
    assert!(scratch.verify().is_sound(), "{what}");
    true
}

#[test]
fn what_either_of_two_recorders_promised_is_there_whatever_was_done_to_the_folder() {
    for durability in [Durability::Strict, Durability::Lagged] {
        for meddling in ALL {
            let calls = (0..).take_while(|&call| meddle_at(call, meddling, durability)).count();
            assert!(calls > 8, "{meddling:?}: an append is more than {calls} calls");
        }
    }
}

#[test]
fn of_many_who_open_a_log_at_once_one_holds_it() {
    let scratch = Scratch::with_commits(1);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..12).map(|_| scope.spawn(|| Log::open(scratch.root(), options()))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(OpenError::Held(_)))).count();
    assert_eq!((refused, outcomes.iter().flatten().count()), (11, 1));
    drop(outcomes);
    assert!(scratch.verify().is_sound());
}

#[test]
fn of_many_who_make_a_log_at_once_one_does() {
    let scratch = Scratch::new();
    let made: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..12).map(|_| scope.spawn(|| Log::create(scratch.root(), new_log(), options()))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(made.iter().flatten().count(), 1);
    let refused = |outcome: &Result<Log, OpenError>| matches!(outcome, Err(OpenError::NotEmpty(_)));
    assert_eq!(made.iter().filter(|outcome| refused(outcome)).count(), 11);
    drop(made);
    assert!(scratch.verify().is_sound());
}

/// All that somebody can lock who may read a log.
fn locked_by_a_reader(scratch: &Scratch) -> Vec<File> {
    let files = ["LOCK", "watermark"].map(|name| scratch.root().join(name));
    let locked = files.into_iter().chain(scratch.segments()).map(|path| {
        let file = File::open(path).unwrap();
        file.lock().unwrap();
        file
    });
    locked.collect()
}

#[test]
fn a_reader_keeps_no_recorder_out() {
    let scratch = Scratch::with_commits(1);
    let _locked = locked_by_a_reader(&scratch);
    let mut log = scratch.open();
    log.append(events(3, 3)).unwrap();
    assert!(matches!(Log::open(scratch.root(), options()), Err(OpenError::Held(_))), "a writer does");
    log.close().unwrap();
}

#[test]
fn a_lock_silences_no_word_of_what_lies_beyond_the_watermark() {
    let scratch = Scratch::with_commits(1);
    let watermark = fs::read(scratch.root().join("watermark")).unwrap();
    scratch.open().close().unwrap();
    fs::write(scratch.root().join("watermark"), watermark).unwrap();
    let _locked = locked_by_a_reader(&scratch);
    let faults = scratch.verify().faults;
    assert!(matches!(faults[..], [Fault { what: Wrong::AcknowledgedBeyond { .. }, .. }]), "{faults:?}");
}
