//! The fixtures' database, as its owner goes on with it; and another one of an older upstream.

use annals_ingest::sources::ComputeDbFile;
use annals_ingest::{Driver, Taken};
use annals_log::Log;

use crate::computedb::owner::Owner;
use crate::golden::case::START_MS;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/computedb/database.db");
const RENTED_OUT: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
const FAILING: &str = "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y";

pub(super) fn record(log: &mut Log) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("database.db");
    std::fs::copy(FIXTURE, &path).unwrap();
    let mut driver = Driver::default();
    let mut poll = |file: &mut ComputeDbFile, minute: i64| {
        driver.take(&file.take(START_MS + minute * 60_000), log, &mut Taken::default()).unwrap();
    };
    let mut file = ComputeDbFile::open(&path, None).unwrap();
    poll(&mut file, 60);
    let mut owner = Owner::of(&path);
    owner.update_pog_stats(RENTED_OUT, (None, None), "2026-01-01 01:00:30");
    owner.deallocate(RENTED_OUT);
    owner.allocate(FAILING, r#"{"password": "fake-secret"}"#);
    owner.penalize(FAILING);
    owner
        .run("UPDATE stats SET score = 'abc', allocated = 0 WHERE uid = 7; DELETE FROM stats WHERE uid = 12");
    poll(&mut file, 61);
    std::fs::write(&path, "torn").unwrap();
    poll(&mut file, 62);

    let path = folder.path().join("older.db");
    let owner = Owner::bare(&path);
    owner.run("CREATE TABLE miner_details (id INTEGER PRIMARY KEY, hotkey TEXT, details TEXT)");
    owner.run("INSERT INTO miner_details VALUES (1, '5A', 'not json'), (2, x'ff', NULL)");
    poll(&mut ComputeDbFile::open(&path, None).unwrap(), 63);
    owner.run("CREATE TABLE wandb_runs (hotkey TEXT PRIMARY KEY, run_id TEXT NOT NULL)");
    owner.save_run_id("5A", "abcd1234");
    owner.save_run_id("5A", "later");
    poll(&mut ComputeDbFile::open(&path, None).unwrap(), 64);
}
