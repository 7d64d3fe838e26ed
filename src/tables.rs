//! The state tables of a log, as commands need them: resumed from what is saved, or made apart.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_log::{Attester, Policy, Reader, TreeSize};
use annals_projections::{ProjectionError, Projections, Unfit};
use tempfile::TempDir;

use crate::failure::Failure;
use crate::progress::Progress;
use crate::reading;
use crate::terminal::say;

/// Fewer new entries than this are folded faster than all tables are written.
const SAVED_AFTER_ENTRIES: u64 = 10_000;
/// A recorder may save between our look at the log and that at its tables; so often the log is looked at again.
const LOOKS_MAX: u32 = 3;

/// State tables at the size of a reader.
pub(crate) struct Tables {
    pub(crate) projections: Projections,
    home: Home,
}

/// Where those of their rows lie that stand no more.
enum Home {
    /// In the log's folder, saved for the next who asks.
    Log,
    /// There too, but of an earlier size: nothing is saved.
    Past,
    /// In a folder that is removed with them.
    Apart { _folder: TempDir },
}

/// The tables of a log are saved in this folder of it.
pub(crate) fn folder(data: &Path) -> PathBuf {
    data.join("tables")
}

/// What was loaded of the saved tables, or new ones; why they are new is said, if it is worth a word.
pub(crate) fn or_new(loaded: Result<Projections, Unfit>, data: &Path) -> io::Result<Projections> {
    match loaded {
        Ok(tables) => return Ok(tables),
        Err(Unfit::Absent) => {}
        Err(unfit) => {
            say(&format!("{unfit}; they are made again from the log"));
            // Where it cannot be dropped nothing can be saved either.
            let _ = Projections::forget(&folder(data));
        }
    }
    Projections::begin_in(&folder(data), None)
}

/// Refuses a log that was longer when its own key attested the tables that are saved. Whatever a crash left beyond
/// its watermark is still there.
pub(crate) fn refuse_put_back(data: &Path) -> Result<(), Failure> {
    // What is wrong with the log itself, whoever opens it to write says better.
    let Ok(reader) = Reader::open(data) else { return Ok(()) };
    let size = reader.beyond().unwrap_or(reader.size());
    match Projections::attested_beyond(&folder(data), &reader) {
        Some(position) if position > size => Err(put_back(position, size)),
        _ => Ok(()),
    }
}

fn put_back(position: TreeSize, size: TreeSize) -> Failure {
    Failure::Finding(format!(
        "tables/state: the log's key attests tables at size {position}, and the log ends at size {size}: an older state was put back. \
         If that was meant to be, remove tables/: it is made again from the log"
    ))
}

/// Brings tables to the size of the reader, and shows how far they are.
pub(crate) fn catch_up(tables: &mut Projections, reader: &Reader) -> Result<(), ProjectionError> {
    let done = Arc::new(AtomicU64::new(tables.position().0));
    let _shown = Progress::follow("folding", "entries", reader.size().0, Arc::clone(&done));
    tables.catch_up(reader, reader.size(), |size| done.store(size.0, Ordering::Relaxed))
}

impl Tables {
    /// A look at the log in `data`, and its tables there, saved for the next one who asks. Where they cannot be
    /// saved, as in somebody else's folder, they are made apart.
    pub(crate) fn now(data: &Path) -> Result<(Reader, Self), Failure> {
        let mut reader = reading::open(data)?;
        let mut loaded = Projections::load(&folder(data), &mut reader);
        for _ in 1..LOOKS_MAX {
            // What vouches for them may be in the log since we looked.
            if !matches!(loaded, Err(Unfit::Ahead { .. } | Unfit::Unvouched(_))) {
                break;
            }
            reader = Reader::open(data)?;
            loaded = Projections::load(&folder(data), &mut reader);
        }
        if let Err(Unfit::Ahead { position, is_attested: true }) = loaded {
            return Err(put_back(position, reader.size()));
        }
        let tables = Self::of_log(data, &reader, loaded)?;
        Ok((reader, tables))
    }

    fn of_log(data: &Path, reader: &Reader, loaded: Result<Projections, Unfit>) -> Result<Self, Failure> {
        let Ok(mut projections) = or_new(loaded, data) else { return Self::apart(reader, None) };
        let resumed_at = projections.position();
        let outcome = if resumed_at.0 == 0 {
            fold_and_save(&mut projections, data, reader)
        } else {
            catch_up(&mut projections, reader)
        };
        match outcome {
            Err(ProjectionError::Disk(_)) => return Self::apart(reader, None),
            Err(taken_back @ ProjectionError::TakenBack(_)) => {
                say(&format!("{taken_back}; they are made again from the log"));
                return Self::anew(data, reader).or_else(|_| Self::apart(reader, None));
            }
            caught_up => caught_up?,
        }
        if resumed_at.0 > 0 && reader.size().0 - resumed_at.0 >= SAVED_AFTER_ENTRIES && is_ours(reader) {
            save(&mut projections, data, reader);
        }
        Ok(Self { projections, home: Home::Log })
    }

    /// The same at an earlier size: from what is saved, if that is not past it.
    pub(crate) fn of_the_past(data: &Path, reader: &mut Reader) -> Result<Self, Failure> {
        let Ok(mut projections) = Projections::load(&folder(data), reader) else {
            return Self::apart(reader, None);
        };
        match catch_up(&mut projections, reader) {
            Err(ProjectionError::Disk(_) | ProjectionError::TakenBack(_)) => {
                return Self::apart(reader, None);
            }
            caught_up => caught_up?,
        }
        Ok(Self { projections, home: Home::Past })
    }

    /// Tables made from entry 0 and saved, whatever was saved before.
    pub(crate) fn anew(data: &Path, reader: &Reader) -> Result<Self, Failure> {
        let folder = folder(data);
        let in_folder = |error: io::Error| Failure::input(&folder, &error);
        Projections::forget(&folder).map_err(in_folder)?;
        let mut projections = Projections::begin_in(&folder, None).map_err(in_folder)?;
        fold_and_save(&mut projections, data, reader)?;
        Ok(Self { projections, home: Home::Log })
    }

    /// Tables made from entry 0, under another policy than the log's if `what_if` is one. They leave nothing behind.
    pub(crate) fn apart(reader: &Reader, what_if: Option<Policy>) -> Result<Self, Failure> {
        let scratch = |error: io::Error| Failure::Internal(format!("a folder for the tables' past: {error}"));
        let folder = tempfile::Builder::new().prefix("annals-tables-").tempdir().map_err(scratch)?;
        let mut projections = Projections::begin_in(folder.path(), what_if).map_err(scratch)?;
        catch_up(&mut projections, reader)?;
        Ok(Self { projections, home: Home::Apart { _folder: folder } })
    }

    /// The same tables made again, since files of theirs are damaged: where they lie, if that can be.
    pub(crate) fn again(&self, data: &Path, reader: &Reader) -> Result<Self, Failure> {
        if let Home::Log = self.home
            && let Ok(tables) = Self::anew(data, reader)
        {
            return Ok(tables);
        }
        let what_if = self.projections.is_what_if().then(|| self.projections.policy().clone());
        Self::apart(reader, what_if)
    }
}

/// Folds the whole log, and saves the tables where that counts for the next who asks: at the end for whoever holds
/// the log's key, and else where the log itself has their root.
fn fold_and_save(tables: &mut Projections, data: &Path, reader: &Reader) -> Result<(), ProjectionError> {
    if is_ours(reader) {
        catch_up(tables, reader)?;
        save(tables, data, reader);
        return Ok(());
    }
    let done = Arc::new(AtomicU64::new(0));
    {
        let _shown = Progress::follow("folding", "entries", reader.size().0, Arc::clone(&done));
        if tables.catch_up_to_recorded(reader, |size| done.store(size.0, Ordering::Relaxed))? {
            save(tables, data, reader);
        }
    }
    catch_up(tables, reader)
}

/// Whether the log's key is here and may be read: then it attests what is saved.
fn is_ours(reader: &Reader) -> bool {
    Attester::of(reader).is_ok()
}

/// Somebody may record at the same time, and tidies.
fn save(tables: &mut Projections, data: &Path, reader: &Reader) {
    if let Err(error) = tables.save(&folder(data), reader, false) {
        say(&format!("the tables were not saved, the next query makes them again: {error}"));
    }
}

impl From<ProjectionError> for Failure {
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::Log(error) => error.into(),
            error @ (ProjectionError::Disk(_) | ProjectionError::TakenBack(_)) => {
                Self::Internal(error.to_string())
            }
        }
    }
}
