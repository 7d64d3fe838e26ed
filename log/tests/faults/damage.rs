//! Damage at random places of every file: a flipped bit, a zeroed sector, a cut, an exchanged file. Whatever happens,
//! nobody is shown a shorter or different log without an error. `ANNALS_DAMAGE=100000` tries so many.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use annals_log::{Hash, Log, LogIndex, Options, Reader, SegmentSize, Verification};

use super::SEGMENT_BYTES;
use crate::scratch::{Scratch, events, new_log, options};

const SECTOR: usize = 512;

/// A log of several segments, with a checkpoint handed out in the middle, and its files as they were shortly before the end.
fn sound_log() -> (Scratch, BTreeMap<PathBuf, Vec<u8>>) {
    let scratch = Scratch::new();
    let options = Options { segment_size: SegmentSize::Bytes(SEGMENT_BYTES), ..options() };
    let mut log = Log::create(scratch.root(), new_log(), options).unwrap();
    let mut older = BTreeMap::new();
    for commit in 0..60 {
        log.append(events(commit * 50, 50)).unwrap();
        if commit == 30 {
            scratch.reader().publish().unwrap();
        }
        // Late, so that the last segment is the same: an older watermark from before it began is refused by all.
        if commit == 58 {
            let read = |path: PathBuf| (path.clone(), std::fs::read(path).unwrap());
            older = files(scratch.root()).into_iter().map(read).collect();
        }
    }
    log.close().unwrap();
    assert!(scratch.segments().len() > 3, "{}", scratch.segments().len());
    (scratch, older)
}

fn files(root: &Path) -> Vec<PathBuf> {
    let mut files = vec![root.join("watermark"), root.join("LOCK"), root.join("keys/ed25519")];
    for folder in ["segments", "published"] {
        files.extend(std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    files.sort();
    files
}

/// What a reader is shown: how many entries, and SHA-256 over all of them.
fn shown(root: &Path) -> Option<(u64, Hash)> {
    let reader = Reader::open(root).ok()?;
    Some((reader.size().0, shown_up_to(&reader, reader.size().0)?))
}

fn shown_up_to(reader: &Reader, size: u64) -> Option<Hash> {
    let mut bytes = Vec::new();
    let mut scan = reader.scan(LogIndex(0)..LogIndex(size));
    while let Some(frame) = scan.next_frame().ok()? {
        let entries = frame.entries().filter(|(index, _)| index.0 < size);
        entries.for_each(|(_, entry)| bytes.extend_from_slice(&Hash::of(entry).0));
    }
    Some(Hash::of(&bytes))
}

/// What a reader is shown while one file is as it was.
fn shown_with(root: &Path, older: &BTreeMap<PathBuf, Vec<u8>>, name: &str) -> Option<(u64, Hash)> {
    let path = root.join(name);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &older[&path]).unwrap();
    let shown = shown(root);
    std::fs::write(&path, whole).unwrap();
    shown
}

/// The bytes with a flipped bit, a zeroed sector or a cut, and what it was.
pub(super) fn damaged(whole: &[u8], rng: &mut fastrand::Rng) -> (Vec<u8>, String) {
    let mut bytes = whole.to_vec();
    let at = rng.usize(..bytes.len());
    let what = match rng.u8(..3) {
        0 => {
            bytes[at] ^= 1 << rng.u8(..8);
            format!("a flipped bit in byte {at}")
        }
        1 => {
            let sector = at / SECTOR * SECTOR;
            let end = bytes.len().min(sector + SECTOR);
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

#[test]
fn damage_never_shows_a_shorter_or_different_log_without_an_error() {
    let mut rng = crate::scratch::seeded("damage");
    let trials = std::env::var("ANNALS_DAMAGE").map_or(2_000, |trials| trials.parse().unwrap());
    let (scratch, older) = sound_log();
    let truth = shown(scratch.root()).unwrap();
    let checkpoint = scratch.reader().checkpoint().clone();
    let files = files(scratch.root());
    // An older watermark shows an older size: a reader knows no better, `verify` does.
    let before_the_end = shown_with(scratch.root(), &older, "watermark").unwrap();
    let (mut refused, mut harmless) = (0, 0);
    for trial in 0..trials {
        let path = &files[rng.usize(..files.len())];
        let whole = std::fs::read(path).unwrap();
        let (bytes, what) = match rng.u8(..8) {
            0 => {
                let other = &files[rng.usize(..files.len())];
                (std::fs::read(other).unwrap(), format!("{} in its place", other.display()))
            }
            1 if older.contains_key(path) => (older[path].clone(), "as it was before the end".to_owned()),
            _ => damaged(&whole, &mut rng),
        };
        std::fs::write(path, &bytes).unwrap();
        let place = format!("trial {trial}, {}: {what}", path.display());
        match Verification::default().run(scratch.root()) {
            Ok(verified) if verified.is_sound() => {
                assert_eq!(verified.checkpoint, checkpoint, "{place}");
                assert_eq!(shown(scratch.root()), Some(truth), "{place}");
                harmless += 1;
            }
            _ => {
                let is_older = path.ends_with("watermark") && older.get(path) == Some(&bytes);
                let truth = if is_older { before_the_end } else { truth };
                assert!(shown(scratch.root()).is_none_or(|shown| shown == truth), "{place}");
                refused += 1;
            }
        }
        std::fs::write(path, &whole).unwrap();
    }
    println!("{trials} damages: {refused} told, {harmless} to bytes that say nothing");
    assert!(refused > trials / 4, "the damage hits something");
    assert!(Verification::default().run(scratch.root()).unwrap().is_sound());
}

#[test]
fn a_damaged_log_that_still_opens_to_write_has_lost_nothing() {
    let mut rng = crate::scratch::seeded("damage before writing");
    let (original, _) = sound_log();
    let truth = shown(original.root()).unwrap();
    let files = files(original.root());
    let (mut opened, mut refused) = (0, 0);
    for trial in 0..200 {
        let scratch = copy(&original);
        let file = &files[rng.usize(..files.len())];
        let path = scratch.root().join(file.strip_prefix(original.root()).unwrap());
        let (bytes, what) = damaged(&std::fs::read(&path).unwrap(), &mut rng);
        std::fs::write(&path, bytes).unwrap();
        let place = format!("trial {trial}, {}: {what}", file.display());
        match Log::open(scratch.root(), options()) {
            Ok(log) => {
                assert!(log.size().0 > truth.0, "{place}");
                log.close().unwrap();
                let kept = Reader::open(scratch.root()).ok().and_then(|reader| shown_up_to(&reader, truth.0));
                // Damage in a segment that is not the last is met when it is read, not at open.
                assert!(kept.is_none_or(|kept| kept == truth.1), "{place}");
                opened += 1;
            }
            Err(_) => refused += 1,
        }
    }
    println!("200 damages: {opened} opened, {refused} refused");
    assert!(opened > 0 && refused > 0);
}

fn copy(original: &Scratch) -> Scratch {
    let scratch = Scratch::new();
    for folder in ["segments", "keys", "published"] {
        std::fs::create_dir_all(scratch.root().join(folder)).unwrap();
    }
    for file in files(original.root()) {
        std::fs::copy(&file, scratch.root().join(file.strip_prefix(original.root()).unwrap())).unwrap();
    }
    scratch
}
