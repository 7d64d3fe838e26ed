//! SQL over a recorded log, a file a table: `tests/sql/<name>.slt`.
//!
//! `ANNALS_ACCEPT=1` writes the answers into the files; read the difference before you commit it.

mod chain;
mod database;
mod gpu;
mod metrics;
mod recorded;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annals_log::Reader;
use annals_projections::Projections;
use annals_queries::{Gate, Limits, QueryError, Session};
use sqllogictest::{
    DBOutput, DefaultColumnType, Runner, default_column_validator, default_normalizer, default_validator,
};

use crate::answers::texts;

/// What [`Runner`] asks.
struct Asked(Session);

#[async_trait::async_trait]
impl sqllogictest::AsyncDB for Asked {
    type Error = QueryError;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, QueryError> {
        let answer = self.0.query(sql).await?;
        let types = vec![DefaultColumnType::Any; answer.schema.fields().len()];
        Ok(DBOutput::Rows { types, rows: texts(&answer) })
    }

    async fn shutdown(&mut self) {}
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sql");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|name| name == "slt")).collect();
    files.sort();
    files
}

fn session(root: &Path) -> Session {
    let reader = Reader::open(root).unwrap();
    let mut tables = Projections::new(None);
    tables.catch_up(&reader, reader.size(), |_| ()).unwrap();
    Session::open(&reader, Arc::new(tables.snapshot()), &Gate::new(Limits::default())).unwrap()
}

#[tokio::test]
async fn every_table_answers_as_its_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("log");
    recorded::record(&root);
    let is_accepted = std::env::var_os("ANNALS_ACCEPT").is_some();
    for path in files() {
        let mut runner = Runner::new(|| async { Ok(Asked(session(&root))) });
        if is_accepted {
            let (validator, types) = (default_validator, default_column_validator);
            runner.update_test_file(&path, " ", validator, default_normalizer, types).await.unwrap();
        } else {
            runner.run_file_async(&path).await.unwrap_or_else(|error| panic!("{}", error.display(false)));
        }
    }
}

#[tokio::test]
async fn every_table_has_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("log");
    recorded::record(&root);
    let sql = "select table_name from information_schema.tables where table_schema = 'public'";
    let tables: BTreeSet<String> =
        texts(&session(&root).query(sql).await.unwrap()).into_iter().flatten().collect();
    let named = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let files: BTreeSet<String> = files().iter().map(named).collect();
    // The past of a table is asked for in the table's own file, and so is what was recorded and then taken back.
    let has_file = |table: &&String| {
        let own = table.strip_suffix("_history").or_else(|| table.strip_prefix("recorded_"));
        files.contains(*table) || own.is_some_and(|table| files.contains(table))
    };
    let lacking: Vec<_> = tables.iter().filter(|table| !has_file(table)).collect();
    assert!(tables.len() > 20 && lacking.is_empty(), "no tests/sql file for {lacking:?} of {tables:?}");
}
