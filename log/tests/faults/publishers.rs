//! Many hand checkpoints out at once, and some are killed while they do: all of them succeed, each checkpoint is kept
//! whole, and nobody leaves what stops the recorder.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use annals_log::disk::Disk;
use annals_log::{Log, Reader, SignedCheckpoint, TreeSize, Verification};

use super::attacker::read_folder;
use super::disk::{Failure, WatchedDisk};
use super::oracle::scanned;
use super::trials::each;
use super::world::held;
use crate::scratch::{Scratch, events};

const PUBLISHERS: usize = 8;
const EACH: usize = 12;

/// Every checkpoint that lies in `published/`, whole and under its own size.
fn published(root: &Path) -> Vec<SignedCheckpoint> {
    let files = read_folder(root);
    let kept =
        files.iter().filter(|(name, _)| name.starts_with("published/") && name.ends_with(".checkpoint"));
    let read = kept.map(|(name, bytes)| {
        let checkpoint = SignedCheckpoint::parse(std::str::from_utf8(bytes).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}: {bytes:?}"));
        assert_eq!(*name, super::attacker::published_name(checkpoint.claim().size.0));
        checkpoint
    });
    read.collect()
}

fn is_sound(root: &Path) {
    let verified = Verification::default().run(root).unwrap();
    assert!(verified.is_sound(), "{:?}", verified.faults);
}

#[test]
fn many_publish_one_size_at_once_and_none_of_them_fails() {
    let scratch = Scratch::with_commits(3);
    std::thread::scope(|scope| {
        for _ in 0..PUBLISHERS {
            scope.spawn(|| {
                for _ in 0..EACH {
                    scratch.reader().publish().unwrap();
                }
            });
        }
    });
    assert_eq!(published(scratch.root()).len(), 1);
    is_sound(scratch.root());
    Log::open(scratch.root(), held()).unwrap().close().unwrap();
}

#[test]
fn many_publish_and_read_while_the_log_grows_and_what_they_see_only_grows() {
    let scratch = Scratch::with_commits(3);
    let mut log = Log::open(scratch.root(), held()).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let publishing = || {
            let (mut handed_out, mut seen) = (TreeSize(0), Vec::new());
            while !done.load(Ordering::Relaxed) {
                let reader = scratch.reader();
                // Somebody else may have handed out a larger one meanwhile: then this one is told, and looks again.
                match reader.publish() {
                    Ok(checkpoint) => {
                        let size = checkpoint.claim().size;
                        assert!(size >= handed_out, "{size} after {handed_out}");
                        handed_out = size;
                    }
                    Err(error) => {
                        assert!(scratch.reader().size() > reader.size(), "{error}");
                    }
                }
                let entries = scanned(&reader).unwrap();
                assert!(entries.starts_with(&seen), "what was seen stays");
                seen = entries;
            }
            handed_out
        };
        let publishers: Vec<_> = (0..PUBLISHERS).map(|_| scope.spawn(publishing)).collect();
        for commit in 0..60 {
            log.append(events(100 + commit * 3, 3)).unwrap();
            is_sound(scratch.root());
        }
        done.store(true, Ordering::Relaxed);
        let handed_out: Vec<_> = publishers.into_iter().map(|publisher| publisher.join().unwrap()).collect();
        assert!(handed_out.iter().any(|size| size.0 > 20), "{handed_out:?}");
    });
    log.close().unwrap();
    assert!(published(scratch.root()).len() > 3);
    is_sound(scratch.root());
    Log::open(scratch.root(), held()).unwrap().close().unwrap();
}

/// The recorder opens, whatever a publisher left that did not come to its end, and there is one checkpoint.
fn goes_on(scratch: &Scratch) {
    is_sound(scratch.root());
    Log::open(scratch.root(), held()).unwrap().close().unwrap();
    is_sound(scratch.root());
    assert_eq!(published(scratch.root()).len(), 1);
}

/// Publishes on a disk, on which a call fails, and what follows perhaps, too.
fn publish_on(root: &Path, disk: &Arc<WatchedDisk>) -> Result<TreeSize, String> {
    let disk = Arc::clone(disk) as Arc<dyn Disk>;
    let reader = Reader::open_on(&disk, root).map_err(|error| error.to_string())?;
    let published = reader.publish().map_err(|error| error.to_string())?;
    Ok(published.claim().size)
}

/// Each call of a publisher fails, before and after it takes effect and half-way, once with the publisher going on and
/// once with it dead: the next one publishes, the log is sound, and the recorder opens.
#[test]
fn publishing_survives_an_error_and_a_kill_at_every_call() {
    let prepared = |has_published: bool| {
        let scratch = Scratch::with_commits(3);
        if has_published {
            scratch.reader().publish().unwrap();
        }
        scratch
    };
    for has_published in [false, true] {
        let scratch = prepared(has_published);
        let disk = WatchedDisk::new(scratch.root());
        publish_on(scratch.root(), &disk).unwrap();
        let attempt = |call| {
            for failure in [Failure::Before, Failure::After, Failure::Halfway] {
                for make in [WatchedDisk::failing, WatchedDisk::dying] {
                    let scratch = prepared(has_published);
                    let disk = make(scratch.root(), call, failure(ErrorKind::StorageFull));
                    let outcome = publish_on(scratch.root(), &disk);
                    is_sound(scratch.root());
                    let kept = published(scratch.root());
                    assert!(outcome.is_err() || kept.len() == 1, "call {call}: {outcome:?}, {kept:?}");
                    scratch.reader().publish().unwrap();
                    goes_on(&scratch);
                }
            }
        };
        each(0..disk.calls(), attempt, |_, ()| {});
    }
}

/// Right before each call of a publisher another one comes, and is killed at each of its own.
#[test]
fn a_killed_publisher_takes_nothing_away_from_another() {
    let scratch = Scratch::with_commits(3);
    let disk = WatchedDisk::new(scratch.root());
    publish_on(scratch.root(), &disk).unwrap();
    let calls = disk.calls();
    let attempt = |number| {
        let (call, killed_at) = (number / calls, number % calls);
        let scratch = Scratch::with_commits(3);
        let root = scratch.root().to_owned();
        let other = move || {
            let disk = WatchedDisk::dying(&root, killed_at, Failure::Before(ErrorKind::Other));
            assert!(publish_on(&root, &disk).is_err());
        };
        let disk = WatchedDisk::meddled(scratch.root(), call, Box::new(other));
        let size = publish_on(scratch.root(), &disk);
        let size = size.unwrap_or_else(|error| panic!("call {call}, killed at {killed_at}: {error}"));
        let kept: Vec<_> = published(scratch.root()).iter().map(|kept| kept.claim().size).collect();
        assert_eq!(kept, [size], "call {call}, killed at {killed_at}");
        goes_on(&scratch);
    };
    each(0..calls * calls, attempt, |_, ()| {});
}
