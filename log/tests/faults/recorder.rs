//! What happens to the files of a running recorder, before each call that it makes of the disk: a lock file that seemed
//! stale is removed, an older file is put back, a second recorder begins. Nothing that was acknowledged, by whichever
//! recorder, is missing later without a word.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use annals_log::{Envelope, Log, Options, Reader, Verification};

use super::attacker::{Files, lay_out, newest};
use super::disk::WatchedDisk;
use super::oracle::scanned;
use super::trials::{each, wanted};
use super::world::{World, held};
use crate::scratch::events;

/// Does something to the files in a folder. Returns the first numbers of the commits that a second recorder had
/// acknowledged.
type Meddling = fn(&World, &Path) -> Vec<u64>;

/// Everything that is done to a running recorder: a new kind is a function and its line. A whole folder that is put
/// back as it was is not among them: from inside nobody can see it.
const MEDDLINGS: &[(&str, Meddling)] = &[
    ("a second recorder", |_, root| second_recorder(root)),
    ("LOCK removed", |_, root| remove(root, "LOCK")),
    ("LOCK removed, a second recorder", |_, root| {
        remove(root, "LOCK");
        second_recorder(root)
    }),
    ("LOCK replaced, a second recorder", |_, root| {
        replace(root, "LOCK");
        second_recorder(root)
    }),
    ("watermark removed", |_, root| remove(root, "watermark")),
    ("watermark replaced by a copy", |_, root| replace(root, "watermark")),
    ("LOCK and watermark replaced, a second recorder", |_, root| {
        replace(root, "LOCK");
        replace(root, "watermark");
        second_recorder(root)
    }),
    ("watermark as it was earlier, another file", |world, root| put(root, &world.truth, "watermark")),
    ("watermark as it was earlier, written into it", |world, root| write(root, &world.truth, "watermark")),
    ("watermark of a fork, another file", |world, root| put(root, &world.fork, "watermark")),
    ("watermark of a fork, written into it", |world, root| write(root, &world.fork, "watermark")),
    ("published removed", |_, root| {
        std::fs::remove_dir_all(root.join("published")).unwrap();
        Vec::new()
    }),
    ("published of a fork", |world, root| put_published(root, &world.fork)),
    ("published newer", |world, root| put_published(root, &world.newer)),
    ("the last segment replaced by a copy", |_, root| replace(root, &last_segment(root))),
];

const COMMITS: u64 = 9;
/// Numbers of the first events of each recorder.
const FIRST: u64 = 300;
const SECOND: u64 = 600;

fn remove(root: &Path, name: &str) -> Vec<u64> {
    // Before a recorder has it, it may not be there.
    let _ = std::fs::remove_file(root.join(name));
    Vec::new()
}

/// Puts other bytes under a name, as another file: whoever has the old one open goes on with that.
fn put_bytes(root: &Path, name: &str, bytes: &[u8]) {
    let beside = root.join("put");
    std::fs::write(&beside, bytes).unwrap();
    std::fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
    std::fs::rename(beside, root.join(name)).unwrap();
}

fn replace(root: &Path, name: &str) -> Vec<u64> {
    if let Ok(bytes) = std::fs::read(root.join(name)) {
        put_bytes(root, name, &bytes);
    }
    Vec::new()
}

fn put(root: &Path, files: &Files, name: &str) -> Vec<u64> {
    put_bytes(root, name, &files[name]);
    Vec::new()
}

fn write(root: &Path, files: &Files, name: &str) -> Vec<u64> {
    std::fs::write(root.join(name), &files[name]).unwrap();
    Vec::new()
}

fn put_published(root: &Path, files: &Files) -> Vec<u64> {
    let published = files.keys().filter(|name| name.starts_with("published/"));
    published.for_each(|name| drop(put(root, files, name)));
    Vec::new()
}

fn last_segment(root: &Path) -> String {
    super::attacker::segments(&super::attacker::read_folder(root)).pop().unwrap()
}

/// Records three commits, if it is let, and is gone without a goodbye.
fn second_recorder(root: &Path) -> Vec<u64> {
    let Ok(mut log) = Log::open(root, held()) else { return Vec::new() };
    let first = |commit: u64| SECOND + commit * 3;
    (0..3).map(first).take_while(|&first| log.append(events(first, 3)).is_ok()).collect()
}

/// A session on `disk`. Returns the first numbers of the commits that were acknowledged; after an error it ends.
fn session(root: &Path, disk: &Arc<WatchedDisk>) -> Vec<u64> {
    let disk = Arc::clone(disk) as Arc<dyn annals_log::disk::Disk>;
    let Ok(mut log) = Log::open(root, Options { disk, ..held() }) else { return Vec::new() };
    let first = |commit: u64| FIRST + commit * 3;
    let acknowledged: Vec<_> =
        (0..COMMITS).map(first).take_while(|&first| log.append(events(first, 3)).is_ok()).collect();
    let _ = log.close();
    acknowledged
}

/// How often each test event is there.
fn told(entries: &[Vec<u8>]) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for entry in entries {
        let envelope = Envelope::decode(entry).unwrap();
        *told.entry(envelope.native_id.to_owned()).or_default() += 1;
    }
    told
}

/// Whoever looks now finds everything that was acknowledged, once, or is told that something is wrong.
fn look(root: &Path, acknowledged: &[u64]) -> Result<(), String> {
    let Ok(reader) = Reader::open(root) else { return Ok(()) };
    if reader.beyond().is_some() {
        // Told: there is more than this reader shows.
        return Ok(());
    }
    let Ok(entries) = scanned(&reader) else { return Ok(()) };
    let told = told(&entries);
    for first in acknowledged {
        for number in *first..first + 3 {
            match told.get(&format!("event-{number}")) {
                Some(1) => {}
                found => {
                    return Err(format!("event {number} was acknowledged, and is there {found:?} times"));
                }
            }
        }
    }
    Ok(())
}

/// One session that is meddled with before a call, and what is found after it. `Err` tells of what is missing.
fn attempt(world: &Arc<World>, meddling: Meddling, call: usize) -> Result<bool, String> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    lay_out(&world.truth, &root);
    let by_second = Arc::new(Mutex::new(Vec::new()));
    let meddle = {
        let (by_second, root, world) = (Arc::clone(&by_second), root.clone(), Arc::clone(world));
        move || by_second.lock().unwrap().extend(meddling(&world, &root))
    };
    let disk = WatchedDisk::meddled(&root, call, Box::new(meddle));
    let recorded = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| session(&root, &disk)));
    let mut acknowledged = recorded.map_err(|_| "the recorder panicked".to_owned())?;
    acknowledged.extend(by_second.lock().unwrap().iter());
    look(&root, &acknowledged).map_err(|what| format!("afterwards {what}"))?;
    if let Ok(log) = Log::open(&root, held()) {
        let _ = log.close();
        look(&root, &acknowledged).map_err(|what| format!("opened again {what}"))?;
    }
    let is_sound = Verification::default().run(&root).is_ok_and(|verified| verified.is_sound());
    if is_sound && Reader::open(&root).is_err() {
        return Err("verify says sound, and a reader is refused".to_owned());
    }
    Ok(is_sound)
}

#[test]
fn nothing_acknowledged_is_missing_without_a_word_whatever_is_done_to_a_running_recorder() {
    let world = Arc::new(World::new());
    let scratch = tempfile::tempdir().unwrap();
    lay_out(&world.truth, scratch.path());
    let disk = WatchedDisk::new(scratch.path());
    assert_eq!(session(scratch.path(), &disk).len() as u64, COMMITS);
    let calls = disk.calls();
    assert!(super::attacker::read_folder(scratch.path()).len() > world.truth.len(), "the session rotates");
    assert!(newest(&std::fs::read(scratch.path().join("watermark")).unwrap()).is_some());

    let mut tallies: BTreeMap<&str, (u64, Vec<String>)> = BTreeMap::new();
    let kinds = MEDDLINGS.len();
    // In CI some of all moments; where more is asked for, all.
    let mut moments: Vec<_> =
        (0..calls * kinds).map(|number| (MEDDLINGS[number % kinds], number / kinds)).collect();
    crate::scratch::seeded("a running recorder meddled with").shuffle(&mut moments);
    moments.truncate(wanted() / 2);
    each(
        0..moments.len(),
        |number| {
            let ((_, meddling), call) = moments[number];
            attempt(&world, meddling, call)
        },
        |number, outcome| {
            let ((kind, _), call) = moments[number];
            let tally = tallies.entry(kind).or_default();
            match outcome {
                Ok(is_sound) => tally.0 += u64::from(is_sound),
                Err(what) => tally.1.push(format!("before call {call}: {what}")),
            }
        },
    );
    println!(
        "before {} of {} calls: kind, sound afterwards, something missing without a word",
        moments.len(),
        calls * kinds
    );
    for (kind, (sound, lies)) in &tallies {
        println!("{kind:55} {sound:5} {:5}", lies.len());
        lies.iter().take(3).for_each(|lie| println!("    {lie}"));
    }
    assert!(tallies.values().all(|(_, lies)| lies.is_empty()), "see above what is missing");
}
