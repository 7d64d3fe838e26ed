//! An owner in another process, which waits for no lock, works and crashes while its database is polled.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use annals_ingest::sources::{ComputeDbFile, rows_in};
use annals_ingest::{Driver, Outcome, Raw, Taken};
use annals_log::{DbRow, SqlValue};

use crate::scratch::{START_MS, Scratch};
use crate::seed::seeded;

/// Commits steps, each of them a row for one of three hotkeys, and says which it has committed.
const OWNER: &str = include_str!("owner.py");

struct Owner {
    child: Child,
}

impl Owner {
    /// Works for so many milliseconds, in this journal mode, with so long a pause between two transactions, and within
    /// each.
    fn start(path: &Path, mode: &str, for_ms: u32, [between_ms, within_ms]: [u32; 2]) -> Self {
        let arguments = [mode, &for_ms.to_string(), &between_ms.to_string(), &within_ms.to_string()];
        let mut command = Command::new("python3");
        command.arg("-c").arg(OWNER).arg(path).args(arguments);
        Self { child: command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap() }
    }

    /// What it had to say, and whether it failed.
    fn end(mut self) -> (Vec<String>, Result<(), String>) {
        let mut said = Vec::new();
        self.child.stdout.take().unwrap().read_to_end(&mut said).unwrap();
        let mut error = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
        let outcome = if self.child.wait().unwrap().success() { Ok(()) } else { Err(error) };
        (String::from_utf8(said).unwrap().lines().map(str::to_owned).collect(), outcome)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What stands after a step: of `pog_stats` hotkeys and counts by id, and the score of uid 0.
fn after(step: u64) -> (BTreeMap<u64, (String, u64)>, Option<f64>) {
    let row = |step: u64| (step, (format!("5H{}", step % 3), step));
    let all = (1..=step).filter(|earlier| {
        let later = (*earlier..=step).filter(|other| other % 3 == earlier % 3).count();
        later <= 4
    });
    (all.map(row).collect(), (step > 0).then_some(step as f64))
}

/// The step that a poll saw; panics when no commit left what it saw. `None` where it saw nothing.
fn step_of(raw: &Raw) -> Option<u64> {
    if let [exchange] = raw.exchanges.as_slice() {
        let Outcome::Failed(reason) = &exchange.outcome else { return None };
        assert!(reason.contains("without a pause"), "{reason}");
        return None;
    }
    let integer = |row: &DbRow, column| match row.get(column) {
        Some(SqlValue::Integer(value)) => u64::try_from(*value).unwrap(),
        other => panic!("{column}: {other:?}"),
    };
    let hotkey = |row: &DbRow| row.get("hotkey").and_then(SqlValue::as_text).unwrap().to_owned();
    let pog = rows_in(raw, "pog_stats").unwrap();
    let pog = pog.iter().map(|row| (integer(row, "id"), (hotkey(row), integer(row, "num_gpus"))));
    let pog: BTreeMap<_, _> = pog.collect();
    let score = rows_in(raw, "stats").unwrap().pop().map(|row| match row.get("score") {
        Some(SqlValue::Real(score)) => *score,
        other => panic!("{other:?}"),
    });
    let step = pog.keys().max().copied().unwrap_or(0);
    assert_eq!((pog, score), after(step));
    Some(step)
}

fn works_on_undisturbed(mode: &str) {
    let scratch = Scratch::new();
    let path = scratch.path().join("database.db");
    drop(super::Owner::of(&path));
    let mut owner = Owner::start(&path, mode, 2500, [3, 0]);
    let mut file = ComputeDbFile::open(&path, None).unwrap();
    let (mut log, mut driver) = (scratch.open(), Driver::default().live());
    let (mut seen, mut stood, mut blind) = (Vec::new(), BTreeMap::new(), 0);
    let since = Instant::now();
    let mut is_over = false;
    while !is_over {
        assert!(since.elapsed() < Duration::from_secs(60), "its owner does not end");
        // What it did last is seen, too.
        is_over = owner.child.try_wait().unwrap().is_some();
        let raw = file.take(START_MS);
        match step_of(&raw) {
            Some(step) => {
                stood.extend(after(step).0);
                seen.push(step);
            }
            None => blind += 1,
        }
        driver.take(&raw, &mut log, &mut Taken::default()).unwrap();
        std::thread::sleep(Duration::from_millis(5));
    }
    log.close().unwrap();
    let (said, outcome) = owner.end();
    assert_eq!(outcome, Ok(()), "its owner was disturbed");
    let last: u64 = said.last().unwrap().parse().unwrap();
    println!("{mode}: {} polls of {last} commits, {blind} saw none", seen.len());
    assert!(seen.is_sorted() && seen.last() == Some(&last), "{seen:?}");
    assert!(seen.len() > 20 && last > 100, "{} polls of {last} commits", seen.len());
    // Whatever stood at some poll is in the log, though its owner has deleted it since.
    let found = scratch.found().into_iter().filter(|event| !event.attached.is_empty());
    let told: Vec<_> = found.map(|event| event.native_id).collect();
    for id in stood.keys() {
        assert!(told.contains(&format!("database pog_stats {id}")), "row {id} stood and was not told");
    }
}

#[test]
fn an_owner_with_a_journal_is_never_locked_out_and_only_its_commits_are_seen() {
    works_on_undisturbed("delete");
}

#[test]
fn an_owner_with_a_kept_journal_is_never_locked_out_and_only_its_commits_are_seen() {
    works_on_undisturbed("persist");
}

#[test]
fn an_owner_with_a_wal_is_never_locked_out_and_only_its_commits_are_seen() {
    works_on_undisturbed("wal");
}

#[test]
fn after_an_owner_was_killed_its_last_commit_is_seen_and_its_files_are_left_to_it() {
    let mut rng = seeded("killed owner");
    let (mut hot, mut rounds) = (0, 0);
    for mode in ["delete", "wal", "persist", "truncate"] {
        for _ in 0..4 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("database.db");
            drop(super::Owner::of(&path));
            let mut owner = Owner::start(&path, mode, 60_000, [0, 5]);
            let mut said = BufReader::new(owner.child.stdout.take().unwrap()).lines();
            said.by_ref().take(rng.usize(1..20)).for_each(drop);
            std::thread::sleep(Duration::from_micros(rng.u64(0..8000)));
            owner.child.kill().unwrap();
            owner.child.wait().unwrap();
            let last: u64 = said.last().map_or(0, |line| line.unwrap().parse().unwrap_or(0));
            let files = |names: [&str; 3]| names.map(|name| std::fs::read(folder.path().join(name)).ok());
            let names = ["database.db", "database.db-journal", "database.db-wal"];
            let before = files(names);
            hot +=
                u32::from(before[1].as_ref().is_some_and(|journal| journal.starts_with(b"\xd9\xd5\x05\xf9")));
            let raw = ComputeDbFile::open(&path, None).unwrap().take(START_MS);
            let step = step_of(&raw).unwrap();
            // It may have been killed between the commit and the word of it.
            assert!(step == last || step == last + 1 || last == 0, "{mode}: {step} after {last}");
            assert!(before == files(names), "{mode}: its files were changed");
            rounds += 1;
        }
    }
    println!("{rounds} owners killed, {hot} within a transaction that a journal undoes");
    assert!(hot > 0);
}
