//! Databases that are older, damaged, strange, or no databases.

use annals_ingest::sources::{ComputeDbFile, ComputeDbFileError};
use annals_log::{DbReading, DbTableOutcome};

use super::owner::Owner;
use super::{Watched, answers, table};

#[test]
fn an_older_schema_is_told_of_in_words_and_what_it_has_is_read() {
    let mut db = Watched::by(Owner::bare);
    db.owner.run(
        "CREATE TABLE miner_details (id INTEGER PRIMARY KEY, hotkey TEXT, details TEXT);
         INSERT INTO miner_details VALUES (1, '5A', '{}');
         CREATE TABLE stats (hotkey TEXT);",
    );
    let (rows, reading) = db.poll();
    assert_eq!(rows, ["database miner_details 1"]);
    assert_eq!(db.lines(), [r#"{"id":1,"hotkey":"5A","details":"{}"}"#]);
    let lacks = vec!["no_specs_count".to_owned()];
    let expected = DbTableOutcome::Read { rows: 1, lacks, unreadable: vec![] };
    assert_eq!(table(&reading, "miner_details"), &expected);
    assert_eq!(table(&reading, "pog_stats"), &DbTableOutcome::Missing);
    let expected = DbTableOutcome::Unreadable("it has no column uid".into());
    assert_eq!(table(&reading, "stats"), &expected);
}

#[test]
fn rows_of_a_table_that_is_dropped_are_gone_and_those_of_one_that_cannot_be_read_stand() {
    let mut db = Watched::new();
    db.owner.penalize("5B");
    db.owner.save_run_id("5V", "a");
    db.poll();
    db.owner.run("DROP TABLE blacklist; DROP TABLE wandb_runs; CREATE VIEW wandb_runs AS SELECT hotkey, details AS run_id FROM allocation");
    let (rows, reading) = db.poll();
    assert_eq!(rows, ["-database blacklist 1"]);
    let expected = DbTableOutcome::Unreadable("it is a view, and no table".into());
    assert_eq!(table(&reading, "wandb_runs"), &expected);
}

#[test]
fn anything_may_stand_in_any_column_and_comes_as_it_is() {
    let mut db = Watched::new();
    db.owner.run(
        "INSERT INTO pog_stats (hotkey, gpu_name, num_gpus, created_at) VALUES
            (x'00ff', CAST(x'ff41' AS TEXT), 1.5, 7), (NULL, 'a' || char(0) || char(10) || 'b', 'x', 1e999);",
    );
    db.poll();
    let expected = [
        r#"{"id":1,"hotkey":{"blob":"00ff"},"gpu_name":{"odd_text":"ff41"},"num_gpus":1.5,"created_at":7}"#,
        r#"{"id":2,"hotkey":null,"gpu_name":"a\u0000\nb","num_gpus":"x","created_at":1e999}"#,
    ];
    assert_eq!(db.lines(), expected);
}

#[test]
fn a_text_too_long_to_keep_is_told_of_and_a_table_too_large_is_left_out_alone() {
    let mut db = Watched::new();
    db.owner.run("INSERT INTO miner_details (hotkey, details) VALUES ('5A', printf('%.*c', 65537, 'x'))");
    db.owner.run("INSERT INTO blacklist (hotkey, details) VALUES ('5B', zeroblob(20000000))");
    let (rows, reading) = db.poll();
    assert_eq!(rows, ["database miner_details 1"]);
    assert!(db.lines()[0].contains(r#""details":{"bytes":65537,"sha256":""#), "{:?}", db.lines());
    let what = "a value of it has 20000000 bytes, at most 16777216 are read";
    assert_eq!(table(&reading, "blacklist"), &DbTableOutcome::Unreadable(what.into()));

    db.owner.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100001)
         INSERT INTO pog_stats (hotkey) SELECT '5A' FROM n",
    );
    let (rows, reading) = db.poll();
    assert_eq!(rows, [""; 0]);
    let what = "it has 100001 rows, at most 100000 are read";
    assert_eq!(table(&reading, "pog_stats"), &DbTableOutcome::Unreadable(what.into()));
}

#[test]
fn rows_that_share_a_key_are_told_once_and_named() {
    let mut db = Watched::new();
    let long = "x".repeat(300);
    db.owner.run(&format!(
        "INSERT INTO wandb_runs VALUES (NULL, 'a'), (NULL, 'b'), ('{long}', 'c'), ('5V', 'd')"
    ));
    let (rows, reading) = db.poll();
    assert_eq!(rows, ["database wandb_runs null", "database wandb_runs \"5V\""]);
    let unreadable = vec![
        "key null: a row before it has it, too".to_owned(),
        "a key of 302 bytes: at most 256 are told of".to_owned(),
    ];
    let expected = DbTableOutcome::Read { rows: 2, lacks: vec![], unreadable };
    assert_eq!(table(&reading, "wandb_runs"), &expected);
}

#[test]
fn what_is_no_database_is_a_failed_poll_and_leaves_rows_as_they_were() {
    let mut db = Watched::new();
    db.owner.penalize("5B");
    db.poll();
    let sound = std::fs::read(&db.path).unwrap();
    let mut failed = |bytes: Option<&[u8]>, words: &str| {
        match bytes {
            Some(bytes) => std::fs::write(&db.path, bytes).unwrap(),
            None => std::fs::remove_file(&db.path).unwrap(),
        }
        let (rows, reading) = db.poll();
        assert_eq!(rows, [""; 0]);
        assert!(matches!(&reading, DbReading::Failed(what) if what.contains(words)), "{reading:?}");
    };
    failed(Some(b"something else, and long enough to have a header"), "not a database");
    failed(None, "No such file");
    failed(Some(&[&sound[..100], &[0xff; 4000][..]].concat()), "malformed");
    std::fs::write(&db.path, &sound).unwrap();
    assert_eq!(db.poll().0, [""; 0]);
    std::fs::remove_file(&db.path).unwrap();
    std::fs::create_dir(&db.path).unwrap();
    assert!(matches!(db.poll().1, DbReading::Failed(what) if what.contains("it is no file")));
}

#[test]
fn who_reads_once_is_told_what_is_no_validators_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("database.db");
    let once = || ComputeDbFile::open(&path, None).unwrap().once(0).err();
    assert!(matches!(once(), Some(ComputeDbFileError::Unread(_))));
    Owner::bare(&path).run("CREATE TABLE notes (text)");
    assert!(matches!(once(), Some(ComputeDbFileError::NotAComputeDb)));
    drop(Owner::of(&path));
    assert!(once().is_none());
}

#[test]
fn how_to_get_into_rented_machines_is_nowhere() {
    const SECRET: &str = "SENTINEL-hunter2";
    let mut db = Watched::new();
    db.owner.allocate("5A", &format!(r#"{{"password": "{SECRET}"}}"#));
    let raw = db.raw();
    let mut cassette = annals_ingest::CassetteWriter::new(Vec::new()).unwrap();
    cassette.write(&raw).unwrap();
    let has_secret = |bytes: &[u8]| bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
    assert!(has_secret(&std::fs::read(&db.path).unwrap()));
    assert!(!has_secret(&cassette.into_inner()));
    assert_eq!(answers(&raw), [r#"{"id":1,"hotkey":"5A"}"#]);
    assert_eq!(db.take(&raw).0, ["database allocation 1"]);
    // Payloads may be compressed: as they were given, too.
    for event in db.scratch.found() {
        assert!(!has_secret(&event.body) && !event.attached.iter().any(|bytes| has_secret(bytes)));
    }
    let Watched { scratch, log, .. } = db;
    log.close().unwrap();
    let mut folders = vec![scratch.root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => assert!(!has_secret(&std::fs::read(&path).unwrap()), "{}", path.display()),
            }
        }
    }
}
