//! What a poll tells, and what it does not tell again.

use std::time::Duration;

use annals_ingest::sources::{ComputeDbFile, rows_in};
use annals_ingest::{Answer, Cassette, CassetteWriter, Driver, Exchange, Outcome, Raw, Request, Taken};
use annals_log::{DbReading, DbTableOutcome, SqlValue};

use super::owner::Owner;
use super::{Watched, answers, table};
use crate::scratch::{START_MS, Scratch};

fn pog(owner: &mut Owner, hotkey: &str, second: u32) {
    owner.update_pog_stats(hotkey, (Some("NVIDIA L40"), Some(1)), &format!("2026-01-01 00:00:{second:02}"));
}

#[test]
fn rows_are_told_once_and_again_when_they_change() {
    let mut db = Watched::new();
    pog(&mut db.owner, "5A", 1);
    db.owner.penalize("5B");
    db.owner.save_run_id("5V", "0djlnjjs");
    let (rows, reading) = db.poll();
    let expected = ["database pog_stats 1", "database blacklist 1", "database wandb_runs \"5V\""];
    assert_eq!(rows, expected);
    let read = |rows| DbTableOutcome::Read { rows, lacks: vec![], unreadable: vec![] };
    assert_eq!((table(&reading, "pog_stats"), table(&reading, "stats")), (&read(1), &read(0)));
    let line =
        r#"{"id":1,"hotkey":"5A","gpu_name":"NVIDIA L40","num_gpus":1,"created_at":"2026-01-01 00:00:01"}"#;
    assert_eq!(db.lines()[0], line);
    assert_eq!(db.scratch.found()[0].observed_at_ms, Some(START_MS + 1000));

    assert_eq!(db.poll().0, [""; 0]);
    db.owner.run("UPDATE blacklist SET details = 'why'");
    assert_eq!(db.poll().0, ["database blacklist 1"]);
    db.owner.run("DELETE FROM blacklist");
    assert_eq!(db.poll().0, ["-database blacklist 1"]);
    assert_eq!(db.poll().0, [""; 0]);
    db.owner.penalize("5B");
    assert_eq!(db.poll().0, ["database blacklist 1"]);
}

#[test]
fn what_upstream_keeps_four_of_is_told_before_it_is_deleted() {
    let mut db = Watched::new();
    let mut told = Vec::new();
    for second in 1..10 {
        pog(&mut db.owner, "5A", second);
        told.extend(db.poll().0);
    }
    let stands: Vec<_> = told.iter().filter(|row| !row.starts_with('-')).collect();
    let gone: Vec<_> = told.iter().filter(|row| row.starts_with('-')).collect();
    assert_eq!((stands.len(), gone.len()), (9, 5), "{told:?}");
    assert_eq!(gone[0], "-database pog_stats 1");
    // Nobody asks for those again: they do not fill the recorder's memory.
    assert_eq!(db.memory().known_under("database pog_stats ").count(), 4);
}

#[test]
fn a_machine_that_is_rented_out_again_is_told_again() {
    let mut db = Watched::new();
    db.owner.allocate("5A", "{}");
    assert_eq!(db.poll().0, ["database allocation 1"]);
    db.owner.allocate("5A", "{\"uuid\": 2}");
    assert_eq!(db.poll().0, [""; 0]);
    db.owner.deallocate("5A");
    assert_eq!(db.poll().0, ["-database allocation 1"]);
    db.owner.allocate("5A", "{}");
    assert_eq!(db.poll().0, ["database allocation 1"]);
    // SQLite gives the id of the last row again.
    db.owner.deallocate("5A");
    db.owner.allocate("5B", "{}");
    assert_eq!(db.poll().0, ["database allocation 1"]);
    assert_eq!(db.lines().last().unwrap(), r#"{"id":1,"hotkey":"5B"}"#);
}

#[test]
fn another_recorder_goes_on_where_the_log_ends() {
    let mut db = Watched::new();
    pog(&mut db.owner, "5A", 1);
    db.poll();
    db.driver = Driver::default();
    db.file = ComputeDbFile::open(&db.path, None).unwrap();
    assert_eq!(db.poll().0, [""; 0]);
    let kept = db.memory().clone();
    let Watched { scratch, log, .. } = db;
    log.close().unwrap();
    assert_eq!(*scratch.open().memory("computedb").unwrap(), kept);
}

#[test]
fn two_databases_of_one_log_do_not_mix() {
    let mut db = Watched::new();
    let other_path = db.scratch.path().join("other.db");
    let mut other = Owner::of(&other_path);
    let mut other_file = ComputeDbFile::open(&other_path, Some("database-2")).unwrap();
    pog(&mut db.owner, "5A", 1);
    pog(&mut other, "5B", 1);
    assert_eq!(db.poll().0, ["database pog_stats 1"]);
    // At the same moment.
    let raw = other_file.take(START_MS + 1000);
    assert_eq!(db.take(&raw).0, ["database-2 pog_stats 1"]);
    db.owner.run("DELETE FROM pog_stats");
    assert_eq!(db.poll().0, ["-database pog_stats 1"]);
    let raw = other_file.take(START_MS + 9000);
    assert_eq!(db.take(&raw).0, [""; 0]);
}

#[test]
fn files_that_nobody_touched_are_not_read_again() {
    let mut db = Watched::new();
    pog(&mut db.owner, "5A", 1);
    assert!(matches!(db.poll().1, DbReading::Read(_)));
    // So long a file system may give what is written the same time.
    std::thread::sleep(Duration::from_millis(2100));
    assert!(matches!(db.poll().1, DbReading::Read(_)));
    assert_eq!(db.poll(), (vec![], DbReading::Unchanged));
    pog(&mut db.owner, "5A", 2);
    assert_eq!(db.poll().0, ["database pog_stats 2"]);
    assert!(matches!(db.poll().1, DbReading::Read(_)));
}

#[test]
fn a_poll_that_says_unchanged_of_what_the_log_does_not_have_failed() {
    let mut db = Watched::new();
    let unchanged = || {
        let request = Request { method: "READ".into(), target: "database".into(), body: String::new() };
        Exchange {
            fetched_at_ms: START_MS,
            request,
            outcome: Outcome::Answer(Answer { status: 304, body: vec![] }),
        }
    };
    let raw = Raw { source: "computedb".into(), exchanges: vec![unchanged()], part: 0, more: false };
    let what = "it is as it was at a poll that the log does not have";
    assert_eq!(db.take(&raw).1, DbReading::Failed(what.into()));
}

#[test]
fn a_cassette_of_polls_tells_the_same_and_nothing_twice() {
    let mut db = Watched::new();
    let mut cassette = CassetteWriter::new(Vec::new()).unwrap();
    for second in 1..8 {
        pog(&mut db.owner, "5A", second);
        let raw = db.raw();
        cassette.write(&raw).unwrap();
        db.take(&raw);
    }
    let bytes = cassette.into_inner();
    let replayed = Scratch::new();
    let (mut log, mut driver) = (replayed.open(), Driver::default());
    for already in [0, 7] {
        let mut cassette = Cassette::read(Box::new(std::io::Cursor::new(bytes.clone()))).unwrap();
        let mut taken = Taken::default();
        while let Some(raw) = cassette.next_fetch().unwrap() {
            driver.take(&raw, &mut log, &mut taken).unwrap();
        }
        assert_eq!(taken.already, already);
    }
    log.close().unwrap();
    let told = |scratch: &Scratch| {
        let found = scratch.found().into_iter();
        found.map(|event| (event.native_id, event.body, event.attached)).collect::<Vec<_>>()
    };
    assert_eq!(told(&replayed), told(&db.scratch));
}

#[test]
fn rows_are_to_be_had_of_a_fetch_for_who_publishes_them() {
    let mut db = Watched::new();
    db.owner.penalize("5B");
    let raw = db.raw();
    let rows = rows_in(&raw, "blacklist").unwrap();
    assert_eq!(rows[0].get("hotkey"), Some(&SqlValue::Text("5B".into())));
    assert_eq!(rows_in(&raw, "stats"), Some(vec![]));
    assert_eq!(rows_in(&raw, "miner"), None);
}

#[test]
fn a_clock_that_stands_still_or_goes_back_leaves_nothing_out_and_is_taken_at_its_word() {
    let mut db = Watched::new();
    db.driver = Driver::default().live();
    let times = [0, 0, 3_600_000, -86_400_000].map(|ms| START_MS + ms);
    for (second, at_ms) in (1..).zip(times) {
        pog(&mut db.owner, "5A", second);
        let raw = db.file.take(at_ms);
        assert_eq!(raw.fetched_at_ms(), at_ms);
        assert_eq!(db.take(&raw).0, [format!("database pog_stats {second}")]);
    }
    // A recording of all that has nothing new: where the source stands never goes back.
    assert_eq!(db.memory().cursor, (START_MS + 3_600_000).to_string().into_bytes());
    let mut recorded = Taken::default();
    let again = db.file.take(START_MS - 86_400_000);
    Driver::default().take(&again, &mut db.log, &mut recorded).unwrap();
    assert_eq!((recorded.already, recorded.events), (1, 0));
}

#[test]
fn what_lies_in_the_wal_alone_is_read_and_left_there() {
    let mut db = Watched::new();
    db.owner.run("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;");
    pog(&mut db.owner, "5A", 1);
    let wal = db.path.with_extension("db-wal");
    let before = (std::fs::read(&db.path).unwrap(), std::fs::read(&wal).unwrap());
    assert_eq!(db.poll().0, ["database pog_stats 1"]);
    assert_eq!((std::fs::read(&db.path).unwrap(), std::fs::read(&wal).unwrap()), before);
    db.owner.run("BEGIN; DELETE FROM pog_stats;");
    assert_eq!(db.poll().0, [""; 0]);
    db.owner.run("COMMIT");
    assert_eq!(db.poll().0, ["-database pog_stats 1"]);
}

#[test]
fn a_link_to_a_database_is_followed_to_its_journal() {
    let mut db = Watched::new();
    let link = db.scratch.path().join("link.db");
    std::os::unix::fs::symlink(&db.path, &link).unwrap();
    // A transaction in progress, of which more was written than the owner keeps in memory.
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
        INSERT INTO tb (details) SELECT hex(randomblob(2000)) FROM n";
    pog(&mut db.owner, "5A", 1);
    db.owner.run(&format!("PRAGMA cache_size = 2; {fill}; BEGIN; UPDATE pog_stats SET gpu_name = 'half'; UPDATE tb SET details = hex(randomblob(2000));"));
    assert!(std::fs::metadata(db.path.with_extension("db-journal")).unwrap().len() > 10_000);
    db.file = ComputeDbFile::open(&link, Some("database")).unwrap();
    let raw = db.raw();
    assert!(answers(&raw)[0].contains("NVIDIA L40"), "{:?}", answers(&raw));
    db.owner.run("COMMIT");
    let raw = db.raw();
    assert!(answers(&raw)[0].contains("half"));
}

#[tokio::test]
async fn a_poll_by_the_clock_is_always_answered_and_goes_on_from_the_one_before() {
    let mut db = Watched::new();
    db.owner.penalize("5B");
    let first = db.file.next().await;
    assert_eq!(answers(&first), [r#"{"id":1,"hotkey":"5B","details":null}"#]);
    std::fs::remove_file(&db.path).unwrap();
    let second = db.file.next().await;
    assert!(answers(&second)[0].contains("failed: No such file"), "{:?}", answers(&second));
    assert!(second.fetched_at_ms() > first.fetched_at_ms());
}
