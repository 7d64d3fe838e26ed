//! `DuckDB` in a Python of its own, over a file of Parquet.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/duckdb-python.sh");
/// The one that the differential test asks.
const VERSION: &str = "duckdb==2.0.1";
const ASKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/benches/asked/beside.py");

/// A Python that has it, and the file that is `events` to it.
pub(crate) struct DuckDb {
    python: PathBuf,
    file: PathBuf,
}

/// How long a question took each time.
pub(crate) struct Times {
    pub(crate) rows: u64,
    pub(crate) seconds: Vec<f64>,
}

impl DuckDb {
    /// # Errors
    /// Why there is none here.
    pub(crate) fn over(file: &Path) -> Result<Self, String> {
        let python = Command::new(PYTHON).arg(VERSION).stdin(Stdio::null()).output();
        let python = python.map_err(|error| error.to_string())?;
        if !python.status.success() {
            return Err(String::from_utf8_lossy(&python.stderr).trim().to_owned());
        }
        let python = String::from_utf8_lossy(&python.stdout).trim().into();
        Ok(Self { python, file: file.to_owned() })
    }

    /// Asks each question so often, on two threads, and once before to have the file in memory.
    ///
    /// # Panics
    /// If it does not answer.
    pub(crate) fn ask(&self, questions: &[&str], rounds: usize) -> Vec<Times> {
        let mut asking = Command::new(&self.python);
        asking.arg(ASKS).arg(&self.file).arg(rounds.to_string()).args(questions);
        let out = asking.stdin(Stdio::null()).stderr(Stdio::inherit()).output().expect("python was found");
        assert!(out.status.success(), "{asking:?}: {}", out.status);
        let times = |line: &str| {
            let mut words = line.split(' ');
            let rows = words.next()?.parse().ok()?;
            Some(Times { rows, seconds: words.map(|word| word.parse().ok()).collect::<Option<_>>()? })
        };
        let out = String::from_utf8_lossy(&out.stdout);
        out.lines().map(|line| times(line).expect("a number of rows, and seconds")).collect()
    }
}
