//! Upstream's own database code, step by step: what it retrieves, the tables show.
//!
//! Each sequence is a database. After each step of its owner's it is polled, and what the log and the tables make of
//! that is compared with what upstream said.

mod ingested;
#[path = "../../ingest/tests/computedb/owner.rs"]
pub(crate) mod owner;
mod vectors;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annals_ingest::sources::{ComputeDbFile, retrieve_stats, rows_in};
use annals_ingest::{Driver, Taken};
use annals_log::json::{self, Object, Value};
use annals_log::{FixtureIdentity, Log, LogId, NewLog, Reader};
use annals_projections::Projections;
use annals_queries::{Gate, Limits, Session};

use crate::answers::values;
use crate::golden::case::{START_MS, options};
use owner::Owner;

/// One log for all databases, and its tables.
struct Recorder {
    folder: tempfile::TempDir,
    log: Log,
    driver: Driver,
    tables: Projections,
    runtime: tokio::runtime::Runtime,
    polls: i64,
}

/// A sequence: its database, as its owner and its recorder have it.
struct Sequence {
    name: String,
    owner: Owner,
    file: ComputeDbFile,
    /// At the last poll that read it: a step that was rolled back left the files untouched.
    retrieved: Object,
}

impl Recorder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixture = Some(FixtureIdentity { log_id: LogId(*b"annals-golden-01"), seed: [27; 32] });
        let new = NewLog { fixture, ..NewLog::default() };
        let log = Log::create(&folder.path().join("log"), new, options()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (driver, tables) = (Driver::default(), Projections::new(None));
        Self { folder, log, driver, tables, runtime, polls: 0 }
    }

    fn sequence(&self, name: String) -> Sequence {
        let path = self.folder.path().join(format!("{name}.db"));
        let file = ComputeDbFile::open(&path, None).unwrap();
        Sequence { owner: Owner::of(&path), file, name, retrieved: Object::default() }
    }

    /// Polls the database. Gives what upstream's `retrieve_stats` would have of it.
    fn poll(&mut self, sequence: &mut Sequence) -> Object {
        self.polls += 1;
        let raw = sequence.file.take(START_MS + self.polls * 1000);
        self.driver.take(&raw, &mut self.log, &mut Taken::default()).unwrap();
        if let Some(rows) = rows_in(&raw, "stats") {
            sequence.retrieved = retrieve_stats(&rows);
        }
        sequence.retrieved.clone()
    }

    /// Rows of the databases, by SQL whose first column is their name.
    fn ask(&mut self, sql: &str) -> BTreeMap<String, Vec<Vec<Value>>> {
        let reader = Reader::open(&self.folder.path().join("log")).unwrap();
        self.tables.catch_up(&reader, reader.size(), |_| ()).unwrap();
        let session =
            Session::open(&reader, Arc::new(self.tables.snapshot()), &Gate::new(Limits::default())).unwrap();
        let mut rows: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for mut row in values(&self.runtime.block_on(session.query(sql)).unwrap()) {
            let Value::Text(database) = row.remove(0) else { panic!("every row has its database") };
            rows.entry(database.into_string().unwrap()).or_default().push(row);
        }
        rows
    }
}

fn vectors() -> Object {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden/db_vectors.json");
    json::parse(&std::fs::read_to_string(path).unwrap()).unwrap().as_object().unwrap().clone()
}

/// The `second`-th second.
fn at(second: usize) -> String {
    format!("2026-01-01 {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}
