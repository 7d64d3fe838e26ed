//! Upstream's database, published as upstream's own code does: the recorded sequences of `update_allocated_hotkeys`.

use std::path::{Path, PathBuf};

use annals_ingest::outward::publish::{Database, RunGiven};
use annals_log::json::{self, Object, Value};
use annals_log::{ConfigVerdict, RunIdSignature, WandbConfigSigned, WandbRun};
use rusqlite::{Connection, params};

use super::fake::FakeWandb;
use super::{ALICE, Publisher};
use crate::scratch::Scratch;

/// Of upstream's `compute/utils/db.py`, what is read here; but that upstream's allocation takes no hotkey twice, as
/// some of the recorded calls were given them.
const SCHEMA: &str = "
    CREATE TABLE allocation (id INTEGER PRIMARY KEY, hotkey TEXT, details TEXT);
    CREATE TABLE wandb_runs (hotkey TEXT PRIMARY KEY, run_id TEXT NOT NULL);
    CREATE TABLE stats (uid INTEGER PRIMARY KEY, hotkey TEXT NOT NULL, gpu_specs TEXT, score REAL, allocated BOOLEAN,
        own_score BOOLEAN, reliability_score REAL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);";
const BLACKLIST: &str = "CREATE TABLE blacklist (id INTEGER PRIMARY KEY, hotkey TEXT UNIQUE, details TEXT);";

fn member<'a>(object: &'a Value, key: &str) -> &'a Value {
    object.as_object().unwrap().get(key).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_text().unwrap().as_str().unwrap()
}

fn items(value: &Value) -> &[Value] {
    match value {
        Value::List(items) => items,
        other => panic!("no list: {other:?}"),
    }
}

fn database(folder: &Path) -> (PathBuf, Connection) {
    let path = folder.join("database.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    (path, connection)
}

/// The rows that upstream's `write_stats` made, in the order in which it was given them, and the allocated hotkeys.
fn fill(connection: &Connection, case: &Value) {
    for (uid, row) in member(case, "before").as_object().unwrap().iter() {
        let number = |key| member(row, key).as_number().unwrap().to_f64();
        let bool = |key| *member(row, key) == Value::Bool(true);
        let specs = member(row, "gpu_specs").to_json();
        let row = params![
            uid.as_str().unwrap().parse::<i64>().unwrap(),
            text(member(row, "hotkey")),
            specs,
            number("score"),
            bool("allocated"),
            bool("own_score"),
            number("reliability_score")
        ];
        let insert = "INSERT INTO stats (uid, hotkey, gpu_specs, score, allocated, own_score, reliability_score) \
                      VALUES (?, ?, ?, ?, ?, ?, ?)";
        connection.execute(insert, row).unwrap();
    }
    for hotkey in items(member(case, "hotkey_list")) {
        let insert = "INSERT INTO allocation (hotkey, details) VALUES (?, 'secret-of-somebody')";
        connection.execute(insert, [text(hotkey)]).unwrap();
    }
}

/// Without `created_at`, which the recorded sequences lack.
fn undated(mut told: Object) -> String {
    let Some(Value::Object(stats)) = told.get_mut("stats") else { panic!("no stats") };
    let uids: Vec<_> = stats.iter().map(|(uid, _)| uid.as_str().unwrap().to_owned()).collect();
    for uid in uids {
        let Some(Value::Object(entry)) = stats.get_mut(&uid) else { panic!("no entry") };
        entry.remove("created_at").unwrap();
    }
    Value::Object(told).to_canonical()
}

/// A row as upstream logs it, without what its client adds.
fn bare(row: &str) -> String {
    let Value::Object(mut row) = json::parse(row).unwrap() else { panic!("no row: {row}") };
    for key in ["_step", "_timestamp", "_runtime"] {
        row.remove(key).unwrap();
    }
    row.to_json()
}

#[tokio::test]
async fn recorded_sequences_are_published_as_upstream_published_them() {
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/golden/db_vectors.json");
    let vectors = json::parse(&std::fs::read_to_string(vectors).unwrap()).unwrap();
    let cases = items(member(&vectors, "update_allocated_hotkeys"));
    for (place, case) in cases.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let (path, connection) = database(folder.path());
        fill(&connection, case);
        let before = std::fs::read(&path).unwrap();
        let state = Database::read(&path, ALICE).unwrap().state();
        assert_eq!(std::fs::read(&path).unwrap(), before, "the file of another is never written");
        let expected = member(case, "config_after").to_canonical();
        assert_eq!(undated(state.told.clone()), expected, "sequence {place}");

        let mut server = FakeWandb::default();
        Publisher::new().publish(&mut server, &RunGiven::Asked, &state).await.unwrap();
        let run = server.runs.values().next().unwrap();
        let rows: Vec<_> = run.rows.iter().map(|row| bare(row)).collect();
        let logs: Vec<_> = items(member(case, "logs")).iter().map(Value::to_json).collect();
        assert_eq!(rows, logs, "sequence {place}");

        assert_eq!(*member(case, "verifies"), Value::Bool(true));
        let scratch = Scratch::new();
        scratch.take(&[server.poll()]);
        let found = scratch.found();
        assert_eq!(found[0].fact::<WandbRun>().signature, RunIdSignature::Valid, "sequence {place}");
        assert_eq!(found[1].fact::<WandbConfigSigned>().verdict, ConfigVerdict::Valid, "sequence {place}");
        assert!(!run.config.contains("secret-of-somebody"));
    }
    println!("update_allocated_hotkeys: {0}/{0}", cases.len());
    assert_eq!(cases.len(), 30);
}

#[test]
fn lists_come_in_the_order_of_their_rows_and_runs_by_their_hotkey() {
    let folder = tempfile::tempdir().unwrap();
    let (path, connection) = database(folder.path());
    connection.execute_batch(BLACKLIST).unwrap();
    for table in ["allocation", "blacklist"] {
        for hotkey in ["5z", "5a", "5m"] {
            connection.execute(&format!("INSERT INTO {table} (hotkey) VALUES (?)"), [hotkey]).unwrap();
        }
    }
    connection.execute("INSERT INTO wandb_runs VALUES (?, 'abcd1234')", [ALICE]).unwrap();
    let read = Database::read(&path, ALICE).unwrap();
    assert_eq!(read.run_id.as_deref(), Some("abcd1234"));
    assert_eq!(Database::read(&path, "5other").unwrap().run_id, None);
    let state = read.state();
    assert_eq!(
        state.told.to_json(),
        r#"{"allocated_hotkeys":["5z","5a","5m"],"stats":{},"penalized_hotkeys":["5z","5a","5m"]}"#
    );
    assert_eq!(state.rows().len(), 3);
}

#[test]
fn what_is_no_database_of_upstreams_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.db");
    assert!(Database::read(&path, ALICE).is_err() && !path.exists());
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE x (y);").unwrap();
    let error = Database::read(&path, ALICE).unwrap_err().to_string();
    assert!(error.contains("not the database of upstream's validator"), "{error}");
}

#[test]
fn what_upstream_fails_on_is_refused_and_named() {
    let refused = |sql: &str| {
        let folder = tempfile::tempdir().unwrap();
        let (path, connection) = database(folder.path());
        connection.execute_batch(BLACKLIST).unwrap();
        connection.execute_batch(sql).unwrap();
        Database::read(&path, ALICE).unwrap_err().to_string()
    };
    let score = refused("INSERT INTO stats (uid, hotkey, score) VALUES (7, 'hk', 'much')");
    assert!(score.contains("stats") && score.contains("mend the row"), "{score}");
    let hotkey = refused("INSERT INTO blacklist (hotkey) VALUES (NULL)");
    assert!(hotkey.contains("blacklist has null"), "{hotkey}");
    let table = refused("DROP TABLE allocation");
    assert!(table.contains("no table allocation"), "{table}");
}
