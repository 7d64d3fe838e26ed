//! Power cuts: from the recorded steps of a workload, the states of the disk that a cut at any moment may leave are
//! rebuilt - writes that were not synced kept, dropped, or torn at sectors; names that were not synced likewise - and
//! opened. Opening is itself cut, or killed while the disk goes on, up to two times.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use annals_log::{Durability, Log, OpenError, Options};

use super::disk::{Step, WatchedDisk};
use super::trace::workload;
use super::{SEGMENT_BYTES, numbered_events, on};
use crate::scratch::{Scratch, events, options};

const SECTOR: usize = 512;
const STATES: usize = 1_000;

/// What is on the disk, every name and byte of it durable.
type Image = BTreeMap<PathBuf, Vec<u8>>;

#[derive(Default, Clone)]
struct Inode {
    /// What programs read.
    visible: Vec<u8>,
    durable: Vec<u8>,
    /// What was asked since the last sync.
    pending: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    SetLength(u64),
}

/// A change of names, of which a cut may keep any.
#[derive(Clone)]
enum NameChange {
    Add(PathBuf, usize),
    Move(PathBuf, PathBuf, usize),
    Remove(PathBuf),
}

/// The disk while steps are taken: what programs see, and what would survive.
struct Model {
    inodes: Vec<Inode>,
    /// Number of an open file to its inode.
    files: BTreeMap<usize, usize>,
    seen: BTreeMap<PathBuf, usize>,
    durable: BTreeMap<PathBuf, usize>,
    pending: Vec<NameChange>,
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes: written } => {
                let start = usize::try_from(*offset).unwrap();
                bytes.resize(bytes.len().max(start + written.len()), 0);
                bytes[start..start + written.len()].copy_from_slice(written);
            }
            Self::SetLength(length) => bytes.resize(usize::try_from(*length).unwrap(), 0),
        }
    }

    /// A write of which only some sectors arrived.
    fn apply_torn(&self, bytes: &mut Vec<u8>, rng: &mut fastrand::Rng) {
        let Self::Write { offset, bytes: written } = self else { return self.apply(bytes) };
        let mut at = usize::try_from(*offset).unwrap();
        let mut rest = &written[..];
        while !rest.is_empty() {
            let (sector, after) = rest.split_at((SECTOR - at % SECTOR).min(rest.len()));
            if rng.bool() {
                Self::Write { offset: at as u64, bytes: sector.to_vec() }.apply(bytes);
            }
            at += sector.len();
            rest = after;
        }
    }
}

impl Model {
    fn of(image: &Image) -> Self {
        let inode =
            |bytes: &Vec<u8>| Inode { visible: bytes.clone(), durable: bytes.clone(), pending: Vec::new() };
        let inodes = image.values().map(inode).collect();
        let names: BTreeMap<_, _> = image.keys().cloned().zip(0..).collect();
        Self { inodes, files: BTreeMap::new(), seen: names.clone(), durable: names, pending: Vec::new() }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Create { path, file } => {
                let inode = self.inodes.len();
                self.inodes.push(Inode::default());
                self.files.insert(*file, inode);
                self.seen.insert(path.clone(), inode);
                self.pending.push(NameChange::Add(path.clone(), inode));
            }
            Step::Open { path, file } => {
                self.files.insert(*file, self.seen[path]);
            }
            Step::Write { file, offset, bytes } => {
                self.change(*file, Change::Write { offset: *offset, bytes: bytes.clone() });
            }
            Step::SetLength { file, length } => self.change(*file, Change::SetLength(*length)),
            Step::Sync { file } => {
                let inode = &mut self.inodes[self.files[file]];
                inode.pending.drain(..).for_each(|change| change.apply(&mut inode.durable));
            }
            Step::Rename { from, to } => {
                let inode = self.seen.remove(from).unwrap();
                self.seen.insert(to.clone(), inode);
                self.pending.push(NameChange::Move(from.clone(), to.clone(), inode));
            }
            Step::Remove { path } => {
                self.seen.remove(path);
                self.pending.push(NameChange::Remove(path.clone()));
            }
            Step::SyncFolder { path } => {
                let lies_here = |change: &NameChange| match change {
                    NameChange::Add(name, _) | NameChange::Move(_, name, _) | NameChange::Remove(name) => {
                        name.parent() == Some(path)
                    }
                };
                let (synced, left) = self.pending.drain(..).partition(lies_here);
                self.pending = left;
                rename_all(&mut self.durable, synced);
            }
            // Folders are made once, by `init`, and are taken for durable.
            Step::CreateFolder { .. } | Step::Yes { .. } => {}
        }
    }

    fn change(&mut self, file: usize, change: Change) {
        let inode = &mut self.inodes[self.files[&file]];
        change.apply(&mut inode.visible);
        inode.pending.push(change);
    }

    /// The process is killed; the disk goes on. What it wrote can be read, and some of it may never become durable:
    /// after an error of a write-back the kernel takes the pages for clean, and no later sync writes them.
    fn kill(&mut self, rng: &mut fastrand::Rng) -> Image {
        self.files.clear();
        for inode in self.inodes.iter_mut().filter(|_| rng.bool()) {
            inode.pending.clear();
        }
        self.seen.iter().map(|(name, &inode)| (name.clone(), self.inodes[inode].visible.clone())).collect()
    }

    /// The power is cut: what is left, some of what was not synced kept, dropped, or torn.
    fn cut(mut self, rng: &mut fastrand::Rng) -> Image {
        let kept = [0.0, 0.5, 1.0][rng.usize(..3)];
        self.pending.retain(|_| rng.f64() < kept);
        rename_all(&mut self.durable, self.pending);
        for inode in &mut self.inodes {
            for change in std::mem::take(&mut inode.pending) {
                match rng.f64() < kept {
                    true if rng.u8(..4) == 0 => change.apply_torn(&mut inode.durable, rng),
                    true => change.apply(&mut inode.durable),
                    false => {}
                }
            }
        }
        self.durable.into_iter().map(|(name, inode)| (name, self.inodes[inode].durable.clone())).collect()
    }
}

fn rename_all(names: &mut BTreeMap<PathBuf, usize>, changes: Vec<NameChange>) {
    for change in changes {
        match change {
            NameChange::Add(name, inode) => {
                names.insert(name, inode);
            }
            NameChange::Move(from, to, inode) => {
                names.remove(&from);
                names.insert(to, inode);
            }
            NameChange::Remove(name) => {
                names.remove(&name);
            }
        }
    }
}

/// Takes steps up to a random one. Returns how many events had been acknowledged by then.
fn take_some(model: &mut Model, steps: &[Step], rng: &mut fastrand::Rng) -> Option<u64> {
    let taken = &steps[..rng.usize(..=steps.len())];
    taken.iter().for_each(|step| model.take(step));
    taken.iter().rev().find_map(|step| match step {
        Step::Yes { events } => Some(*events),
        _ => None,
    })
}

fn lay_out(image: &Image, scratch: &Scratch) {
    for folder in ["segments", "keys", "published", "cut"] {
        std::fs::create_dir_all(scratch.root().join(folder)).unwrap();
    }
    for (name, bytes) in image {
        std::fs::write(scratch.root().join(name), bytes).unwrap();
    }
}

/// Opens what a cut or a kill left, perhaps cut or killed again while opening, and checks that all that was
/// acknowledged is there.
fn reopen(mut model: Model, mut acknowledged: u64, durability: Durability, rng: &mut fastrand::Rng) {
    for _ in 0..rng.usize(..3) {
        let image = if rng.bool() {
            model.kill(rng)
        } else {
            let image = model.cut(rng);
            model = Model::of(&image);
            image
        };
        let scratch = Scratch::new();
        lay_out(&image, &scratch);
        let disk = WatchedDisk::new(scratch.root());
        let mut log = Log::open(scratch.root(), on(&disk, durability, SEGMENT_BYTES)).unwrap();
        let found = numbered_events(&scratch);
        assert!(found >= acknowledged, "{found} of {acknowledged}");
        disk.yes(found);
        log.append(events(found, 5)).unwrap();
        disk.yes(found + 5);
        drop(log);
        acknowledged = take_some(&mut model, &disk.steps(), rng).unwrap_or(acknowledged);
    }
    let scratch = Scratch::new();
    lay_out(&model.cut(rng), &scratch);
    let mut log = Log::open(scratch.root(), Options { durability, ..options() }).unwrap();
    let found = numbered_events(&scratch);
    assert!(found >= acknowledged, "{found} of {acknowledged}");
    log.append(events(found, 5)).unwrap();
    log.close().unwrap();
    assert_eq!(numbered_events(&scratch), found + 5);
}

fn survive_power_cuts(test: &str, durability: Durability) {
    let mut rng = crate::scratch::seeded(test);
    let scratch = Scratch::new();
    let steps = workload(&scratch, durability, 30, &mut rng);
    assert!(scratch.segments().len() > 2);
    for _ in 0..STATES / 2 {
        let mut model = Model::of(&Image::new());
        match take_some(&mut model, &steps, &mut rng) {
            Some(acknowledged) => reopen(model, acknowledged, durability, &mut rng),
            None => never_made(&model.cut(&mut rng)),
        }
    }
}

/// Before the first yes there may be no log yet; if there is one it is sound.
fn never_made(image: &Image) {
    let scratch = Scratch::new();
    lay_out(image, &scratch);
    match Log::open(scratch.root(), options()) {
        Ok(log) => {
            drop(log);
            assert_eq!(numbered_events(&scratch), 0);
        }
        Err(OpenError::NoLog(_) | OpenError::Interrupted(_)) => {}
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn five_hundred_power_cuts_of_a_strict_log_lose_nothing_acknowledged() {
    survive_power_cuts("strict power cuts", Durability::Strict);
}

#[test]
fn five_hundred_power_cuts_of_a_lagged_log_lose_nothing_acknowledged() {
    survive_power_cuts("lagged power cuts", Durability::Lagged);
}

#[test]
fn the_model_of_the_disk_agrees_with_the_disk() {
    let mut rng = crate::scratch::seeded("the model of the disk");
    let scratch = Scratch::new();
    let steps = workload(&scratch, Durability::Strict, 20, &mut rng);
    let mut model = Model::of(&Image::new());
    steps.iter().for_each(|step| model.take(step));
    // All was synced at the end, so nothing can be lost any more.
    let image = model.cut(&mut rng);
    for (name, bytes) in &image {
        assert!(std::fs::read(scratch.root().join(name)).unwrap() == *bytes, "{}", name.display());
    }
    let segments: Vec<_> = image.keys().filter(|name| name.starts_with(Path::new("segments"))).collect();
    assert_eq!(segments.len(), scratch.segments().len());
}
