//! Damage to `index/`, whenever and wherever: the log opens, everything is found as it is, and the index mends itself.

use std::path::{Path, PathBuf};

use annals_log::Log;

use crate::index::{Found, PATIENCE, copy_folder, indexed, log_of_an_hour, look_up, reopen, standing};
use crate::scratch::{Scratch, options};

const TRIALS: usize = 60;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

fn copy(original: &Scratch) -> Scratch {
    let scratch = Scratch::new();
    copy_folder(original.root(), scratch.root());
    scratch
}

/// What is found in a log of an hour once it is opened again, and once more: each opening adds its entries.
fn truth() -> [Found; 2] {
    let scratch = log_of_an_hour(&options());
    [(); 2].map(|()| {
        let mut log = reopen(scratch.root(), &options());
        let found = look_up(&mut log);
        log.close().unwrap();
        found
    })
}

/// The bytes with a flipped bit, a zeroed sector or a cut, and what it was.
fn damaged(whole: &[u8], rng: &mut fastrand::Rng) -> (Vec<u8>, String) {
    let mut bytes = whole.to_vec();
    let at = rng.usize(..bytes.len());
    let what = match rng.u8(..3) {
        0 => {
            bytes[at] ^= 1 << rng.u8(..8);
            format!("a flipped bit in byte {at}")
        }
        1 => {
            let sector = at / 512 * 512;
            let end = bytes.len().min(sector + 512);
            bytes[sector..end].fill(0);
            format!("a zeroed sector at {sector}")
        }
        _ => {
            bytes.truncate(at);
            format!("a cut at {at}")
        }
    };
    (bytes, what)
}

/// Damages a file below `index/` and says how.
fn damage(root: &Path, rng: &mut fastrand::Rng) -> String {
    let files = files(&root.join("index"));
    let path = &files[rng.usize(..files.len())];
    let whole = std::fs::read(path).unwrap();
    let (bytes, what) = match rng.u8(..8) {
        0 => {
            std::fs::remove_file(path).unwrap();
            return format!("{} removed", path.display());
        }
        1 => {
            let other = &files[rng.usize(..files.len())];
            (std::fs::read(other).unwrap(), format!("{} in its place", other.display()))
        }
        _ if whole.is_empty() => (vec![7], "a byte where none was".to_owned()),
        _ => damaged(&whole, rng),
    };
    std::fs::write(path, bytes).unwrap();
    format!("{}: {what}", path.display())
}

#[test]
fn a_damaged_index_is_made_anew_and_nothing_is_found_wrong() {
    let mut rng = crate::scratch::seeded("damage to the index");
    let original = log_of_an_hour(&indexed());
    let truth = truth();
    let mut anew = 0;
    for trial in 0..TRIALS {
        let scratch = copy(&original);
        let what = damage(scratch.root(), &mut rng);
        let mut log = reopen(scratch.root(), &indexed());
        assert!(look_up(&mut log) == truth[0], "trial {trial}, {what}");
        assert!(log.index().unwrap().catch_up(PATIENCE), "trial {trial}, {what}");
        anew += usize::from(standing(&log).made_anew > 0);
        log.close().unwrap();
        // What was made anew is whole.
        let mut log = reopen(scratch.root(), &indexed());
        assert!(look_up(&mut log) == truth[1], "trial {trial}, {what}, opened again");
        assert_eq!(standing(&log).made_anew, 0, "trial {trial}, {what}");
    }
    println!("{TRIALS} damages: {anew} made anew");
    assert!(anew > TRIALS / 2, "the damage hits something: {anew}");
}

#[test]
fn an_index_damaged_while_it_is_open_tells_nothing_wrong() {
    let mut rng = crate::scratch::seeded("damage to the open index");
    let original = log_of_an_hour(&indexed());
    let truth = truth();
    for trial in 0..TRIALS / 3 {
        let scratch = copy(&original);
        let mut log = reopen(scratch.root(), &indexed());
        let what = damage(scratch.root(), &mut rng);
        assert!(look_up(&mut log) == truth[0], "trial {trial}, {what}");
        log.close().unwrap();
        let mut log = reopen(scratch.root(), &indexed());
        assert!(look_up(&mut log) == truth[1], "trial {trial}, {what}, opened again");
    }
}

#[test]
fn an_index_that_was_left_in_the_middle_is_made_anew() {
    let original = log_of_an_hour(&indexed());
    let held = reopen(original.root(), &indexed());
    let killed = copy(&original);
    drop(held);
    let unindexed = copy(&killed);
    let mut log = reopen(killed.root(), &indexed());
    assert_eq!(standing(&log).made_anew, 1);
    assert!(look_up(&mut log) == look_up(&mut reopen(unindexed.root(), &options())));
}

#[test]
fn a_log_whose_index_has_no_place_is_recorded_without() {
    let scratch = Scratch::new();
    std::fs::create_dir_all(scratch.root()).unwrap();
    drop(Log::create(scratch.root(), crate::scratch::new_log(), options()).unwrap());
    std::fs::write(scratch.root().join("index"), b"a file where the folder should be").unwrap();
    let mut log = Log::open(scratch.root(), indexed()).unwrap();
    assert!(!log.index().unwrap().catch_up(PATIENCE));
    assert!(standing(&log).given_up);
    log.append(crate::scratch::events(0, 5)).unwrap();
    log.prove(annals_log::LogIndex(2)).unwrap();
    log.close().unwrap();
    assert!(scratch.verify().is_sound());
}
