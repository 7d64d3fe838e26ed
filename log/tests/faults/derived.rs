//! `index/` and `index/SOURCES` of another moment, another history, another log, or forged under a right digest. They
//! only say where things are and what the sources told: whatever they say, the log's entries decide.

use std::path::Path;

use annals_log::{FixtureIdentity, Indexing, Log, LogId, NewLog, Options, Recorded, SourceMemory};

use super::attacker::{Files, forge, lay_out, newest, read_folder, replace_all};
use super::trials::{each, wanted};
use super::world::{batch, held};
use crate::index::{Found, PATIENCE, look_up};
use crate::scratch::{Scratch, events, new_log};

const SOURCES: &str = "index/SOURCES";
const BATCHES: u64 = 6;
/// The number of the batch that is recorded after the attack.
const NEXT: u64 = 900;

struct World {
    truth: Files,
    /// What is remembered of the source, and what is found, when `truth` is opened without an index.
    memory: SourceMemory,
    found: Found,
    /// Others whose derived files are put beside the truth.
    others: Vec<(&'static str, Files)>,
}

fn indexed() -> Options {
    Options { indexing: Indexing::Following, ..held() }
}

/// Records batches of a source and events, and closes.
fn session(log: &mut Log, after: u64, number: u64) {
    for step in 0..BATCHES {
        log.record(batch(after + step, number + step)).unwrap();
        log.append(events(number + step * 4, 4)).unwrap();
    }
    assert!(log.index().unwrap().catch_up(PATIENCE));
}

fn session_in(files: &Files, after: u64, number: u64) -> Files {
    let scratch = Scratch::new();
    lay_out(files, scratch.root());
    let mut log = Log::open(scratch.root(), indexed()).unwrap();
    session(&mut log, after, number);
    log.close().unwrap();
    read_folder(scratch.root())
}

fn made(new: NewLog) -> Files {
    let scratch = Scratch::new();
    let mut log = Log::create(scratch.root(), new, indexed()).unwrap();
    session(&mut log, 0, 10);
    log.close().unwrap();
    read_folder(scratch.root())
}

impl World {
    fn new() -> Self {
        let older = made(new_log());
        let truth = session_in(&older, BATCHES, 100);
        let fork = session_in(&older, BATCHES, 500);
        let identity = FixtureIdentity { log_id: LogId(*b"annals-fixture-2"), seed: [7; 32] };
        let other = made(NewLog { fixture: Some(identity), ..new_log() });
        let other = session_in(&other, BATCHES, 700);

        let scratch = Scratch::new();
        lay_out(&without_index(&truth), scratch.root());
        let (memory, found) = ask(scratch.root(), held());
        let others = vec![("an older state", older), ("a fork", fork), ("another log", other)];
        Self { truth, memory, found, others }
    }
}

fn without_index(files: &Files) -> Files {
    let evidence = files.iter().filter(|(name, _)| !name.starts_with("index/"));
    evidence.map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
}

/// What is remembered and found when the log is opened.
fn ask(root: &Path, options: Options) -> (SourceMemory, Found) {
    let mut log = Log::open(root, options).unwrap();
    let memory = log.memory("runs").unwrap().clone();
    let found = look_up(&mut log);
    log.close().unwrap();
    (memory, found)
}

/// Where the file says that it stands on its log, it says so of the truth.
fn bound_to(truth: &Files, of: &Files, file: &mut [u8]) {
    let (here, there) = (newest(&truth["watermark"]).unwrap(), newest(&of["watermark"]).unwrap());
    forge(file, |content| {
        replace_all(content, &there.log_id, &here.log_id);
        replace_all(content, &there.root, &here.root);
        replace_all(content, &there.size.to_be_bytes(), &here.size.to_be_bytes());
    });
}

/// Puts derived files beside the truth and tells which.
fn attack(world: &World, rng: &mut fastrand::Rng) -> (String, Files) {
    let mut files = world.truth.clone();
    let (of, other) = &world.others[rng.usize(..world.others.len())];
    let what = match rng.u8(..5) {
        0 => {
            files = without_index(&files);
            files.extend(
                other
                    .iter()
                    .filter(|(name, _)| name.starts_with("index/"))
                    .map(|(n, b)| (n.clone(), b.clone())),
            );
            format!("index/ of {of}")
        }
        1 => {
            files.insert(SOURCES.into(), other[SOURCES].clone());
            format!("SOURCES of {of}")
        }
        2 | 3 => {
            let mut forged = other[SOURCES].clone();
            bound_to(&world.truth, other, &mut forged);
            files.insert(SOURCES.into(), forged);
            format!("SOURCES of {of}, bound to this log")
        }
        _ => {
            let mut at = 0;
            forge(files.get_mut(SOURCES).unwrap(), |content| {
                at = rng.usize(..content.len());
                content[at] = content[at].wrapping_add(rng.u8(1..));
            });
            format!("SOURCES, byte {at}")
        }
    };
    (what, files)
}

#[test]
fn derived_files_that_are_forged_change_no_answer_and_nothing_that_is_recorded() {
    let seed = crate::scratch::seeded("forged derived files").u64(..);
    let world = World::new();
    let attempt = |trial: usize| {
        let mut rng = fastrand::Rng::with_seed(seed ^ trial as u64);
        let (what, files) = attack(&world, &mut rng);
        let scratch = Scratch::new();
        lay_out(&files, scratch.root());
        let mut lies = Vec::new();
        let (memory, found) = ask(scratch.root(), indexed());
        if memory != world.memory {
            lies.push("a source is remembered wrongly");
        }
        if found != world.found {
            lies.push("something else is found");
        }
        let next = batch(world.memory.sequence, NEXT);
        let mut log = Log::open(scratch.root(), indexed()).unwrap();
        if !matches!(log.record(next.clone()), Ok(Recorded::Now(_))) {
            lies.push("the next batch is not recorded");
        }
        log.close().unwrap();
        // By the entries alone.
        lay_out(&without_index(&read_folder(scratch.root())), scratch.root());
        if Log::open(scratch.root(), held()).unwrap().record(next).ok() != Some(Recorded::Already) {
            lies.push("the next batch is not what was recorded");
        }
        (what, lies)
    };
    let mut wrong = Vec::new();
    each(0..wanted().div_ceil(40).max(40), attempt, |trial, (what, lies)| {
        if !lies.is_empty() {
            wrong.push(format!("trial {trial}, {what}: {}", lies.join(", ")));
        }
    });
    assert!(wrong.is_empty(), "{} lies:\n{}", wrong.len(), wrong.join("\n"));
}
