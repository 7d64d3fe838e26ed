//! A large log and its saved tables, opened as a reader that goes on opens them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use annals_log::Reader;
use annals_projections::Projections;
use annals_queries::{Argument, Gate, Limits, QueryError, Session};
use datafusion::arrow::array::AsArray as _;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::machine;

/// Longer than any figure that is worth printing.
const TIME_MAX: Duration = Duration::from_secs(60);

/// Folds the log, and saves its tables.
const ONCE: &str = "select count(*) from stats";

/// The log, and a session over all of it.
pub(crate) struct LargeLog {
    data: PathBuf,
    /// Goes with this, unless somebody named another folder to keep the log in.
    scratch: TempDir,
    pub(crate) entries: u64,
    pub(crate) session: Session,
    pub(crate) runtime: Runtime,
}

/// A question that was answered to its last row.
pub(crate) struct Answered {
    pub(crate) took: Duration,
    pub(crate) rows: u64,
}

impl LargeLog {
    /// A log of so many entries of mix w1, the same each time.
    pub(crate) fn of(entries: u64) -> Self {
        let scratch = tempfile::tempdir().expect("a folder for a log and what is exported");
        let kept = std::env::var_os("ANNALS_BENCH_ASK_LOG").map(PathBuf::from);
        let data = kept.unwrap_or_else(|| scratch.path().join("log"));
        if !data.exists() {
            let took = machine::make_log(&data, entries).wall;
            println!("log of {entries} entries of mix w1, made in {:.1} s", took.as_secs_f64());
        }
        let first = machine::run(machine::annals(&data).args(["query", ONCE]));
        println!("first query, that folds unless that was done: {:.3} s", first.wall.as_secs_f64());
        let began = Instant::now();
        let session = resumed(&data);
        println!("opened with saved tables: {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
        let found = session.standing().size.0;
        assert_eq!(found, entries, "ANNALS_BENCH_ASK_LOG has a log of another length");
        let runtime =
            Builder::new_current_thread().enable_time().build().expect("a runtime without I/O needs memory");
        Self { data, scratch, entries, session, runtime }
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Where files may be put that go when this does.
    pub(crate) fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// Asks, and takes all rows.
    ///
    /// # Errors
    /// Those of a session, with its limits of memory and of time.
    pub(crate) fn ask(&self, sql: &str, arguments: &[Argument]) -> Result<Answered, QueryError> {
        let began = Instant::now();
        let rows = self.runtime.block_on(async {
            let mut stream = self.session.stream_given(sql, arguments.to_vec()).await?;
            let mut rows = 0;
            while let Some(batch) = stream.next().await? {
                rows += batch.num_rows() as u64;
            }
            Ok::<_, QueryError>(rows)
        })?;
        Ok(Answered { took: began.elapsed(), rows })
    }

    /// Returns the texts that a question of one column answers.
    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        let answer = self.runtime.block_on(self.session.query(sql)).expect(sql);
        let columns = answer.batches.iter().map(|batch| batch.column(0).as_string::<i32>());
        columns.flat_map(|texts| texts.iter().flatten().map(str::to_owned)).collect()
    }
}

fn resumed(data: &Path) -> Session {
    let mut reader = Reader::open(data).expect("the log is there");
    let mut tables = Projections::load(&data.join("tables"), &mut reader).expect("a query saved them");
    assert_eq!(tables.position(), reader.size());
    let gate = Gate::new(Limits { time: Some(TIME_MAX), ..Limits::default() });
    Session::open(&reader, Arc::new(tables.snapshot()), &gate).expect("the tables are of this log")
}
