//! A validator's database, taken into a log by the program.

use crate::program::{Session, err, fixture, out, text};

const FIRST: &str = "select id, hotkey, gpu_name, num_gpus, created_at from computedb_pog_stats limit 5";

#[test]
fn a_database_is_taken_in_and_its_rows_are_asked_for() {
    let session = Session::with_log();
    let database = fixture("computedb/database.db");
    let taken = session.annals(&["ingest", &database]).success();
    assert!(out(&taken).contains("database.db: 16 events from 6 answers"), "{}", out(&taken));
    let rows = out(&session.annals(&["query", FIRST]).success());
    assert!(rows.contains("5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"), "{rows}");
    let again = session.annals(&["ingest", &database]).success();
    assert!(out(&again).contains("1 events from 6 answers"), "{}", out(&again));
    session.annals(&["verify"]).success();
}

#[test]
fn two_databases_of_one_name_are_told_apart_or_refused() {
    let session = Session::with_log();
    let database = fixture("computedb/database.db");
    let other = session.path("other/database.db");
    std::fs::create_dir(other.parent().unwrap()).unwrap();
    std::fs::copy(&database, &other).unwrap();
    let refused = session.annals(&["ingest", &database, text(&other)]).code(2);
    assert!(err(&refused).contains("two databases are called database"), "{}", err(&refused));
    session.annals(&["ingest", &database, &format!("other={}", text(&other))]).success();
    let sql = "select database, count(*) from computedb_stats group by 1 order by 1";
    let rows = out(&session.annals(&["query", sql, "--output", "csv"]).success());
    assert!(rows.contains("database,3\nother,3"), "{rows}");
}

#[test]
fn what_is_no_validators_database_is_refused_and_nothing_is_told_of_it() {
    let session = Session::with_log();
    let folder = session.path("files");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("Thumbs.db"), "not SQLite").unwrap();
    std::fs::copy(fixture("computedb/database.db"), folder.join("my data.db")).unwrap();
    let unnamed = session.annals(&["ingest", text(&folder)]).code(2);
    assert!(err(&unnamed).contains("NAME=FILE gives it one"), "{}", err(&unnamed));
    std::fs::rename(folder.join("my data.db"), folder.join("data.sqlite3")).unwrap();
    // In a folder only what is SQLite is meant.
    session.annals(&["ingest", text(&folder)]).success();
    let refused = session.annals(&["ingest", text(&folder.join("Thumbs.db"))]).code(3);
    assert!(err(&refused).contains("Thumbs.db: file is not a database"), "{}", err(&refused));
    rusqlite::Connection::open(folder.join("notes.db")).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
    let refused = session.annals(&["ingest", text(&folder.join("notes.db"))]).code(3);
    assert!(err(&refused).contains("no database of a validator"), "{}", err(&refused));
}
