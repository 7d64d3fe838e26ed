//! A log that is being recorded to, and its tables, whose state roots are recorded with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_log::{Appended, Clock, Log, Reader};
use annals_projections::{ProjectionError, Projections, Unfit};

use crate::commands::init::options;
use crate::failure::Failure;
use crate::progress::Progress;

/// State roots are recorded when the log has grown by so many entries, and at the end.
const ENTRIES_BETWEEN_ROOTS: u64 = 100_000;

/// The tables of a log are saved in this folder of it.
const TABLES: &str = "tables";

/// A log, held to write, and the state roots that it gets.
pub(crate) struct Recording {
    pub(crate) log: Log,
    pub(crate) roots: Roots,
}

/// The tables of a log that is written, and when their roots were last recorded.
pub(crate) struct Roots {
    data: PathBuf,
    /// Made when first needed.
    tables: Option<Projections>,
    rooted_at: u64,
}

impl Recording {
    pub(crate) fn open(data: &Path) -> Result<Self, Failure> {
        let log = Log::open(data, options())?;
        let roots = Roots { data: data.to_owned(), tables: None, rooted_at: log.size().0 };
        Ok(Self { log, roots })
    }

    /// Records state roots, saves the tables, and ends the session.
    pub(crate) fn close(mut self) -> Result<Appended, Failure> {
        self.roots.record(&mut self.log)?;
        Ok(self.log.close()?)
    }
}

impl Roots {
    /// Records them if it is time.
    pub(crate) fn keep_up(&mut self, log: &mut Log) -> Result<(), Failure> {
        if log.size().0 < self.rooted_at + ENTRIES_BETWEEN_ROOTS { Ok(()) } else { self.record(log) }
    }

    /// The tables are made from the log and can be made again: what goes wrong with their files is said, and the recording
    /// goes on without them.
    fn record(&mut self, log: &mut Log) -> Result<(), Failure> {
        self.rooted_at = log.size().0;
        let mut tables = self.tables.take();
        for _ in 0..2 {
            match self.keep_tables(tables.take()) {
                Ok(mut kept) => {
                    let roots = kept.state_events(Clock::System.now_ms());
                    self.tables = Some(kept);
                    if !roots.is_empty() {
                        log.append(roots)?;
                    }
                    return Ok(());
                }
                Err(ProjectionError::Log(error)) => return Err(error.into()),
                Err(ProjectionError::Disk(error)) => {
                    eprintln!("annals: {}: {error}; the tables there are made anew", self.folder().display());
                    // What cannot be removed cannot be saved to either: the second time says so.
                    let _ = std::fs::remove_dir_all(self.folder());
                }
            }
        }
        eprintln!("annals: the tables were not saved, and no state roots recorded; the log is not concerned");
        Ok(())
    }

    fn keep_tables(&mut self, tables: Option<Projections>) -> Result<Projections, ProjectionError> {
        let reader = Reader::open(&self.data)?;
        let mut tables = match tables {
            Some(tables) => tables,
            None => tables_in(&self.folder(), reader.clone())?,
        };
        let done = Arc::new(AtomicU64::new(0));
        let shown = Progress::follow("folding", reader.size().0, Arc::clone(&done));
        tables.catch_up(&reader, reader.size(), |size| done.store(size.0, Ordering::Relaxed))?;
        drop(shown);
        // Nobody else writes there while this process holds the log.
        tables.save(&self.folder(), &reader, true)?;
        Ok(tables)
    }

    fn folder(&self) -> PathBuf {
        self.data.join(TABLES)
    }
}

/// The saved tables, or new ones, and then the reason on standard error, if it is worth one.
fn tables_in(folder: &Path, mut reader: Reader) -> Result<Projections, ProjectionError> {
    match Projections::load(folder, &mut reader) {
        Ok(tables) => return Ok(tables),
        Err(Unfit::Absent) => {}
        Err(unfit) => eprintln!("annals: {unfit}; they are made again from the log"),
    }
    Ok(Projections::begin_in(folder)?)
}

impl From<ProjectionError> for Failure {
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::Log(error) => error.into(),
            ProjectionError::Disk(error) => Self::Internal(error.to_string()),
        }
    }
}
