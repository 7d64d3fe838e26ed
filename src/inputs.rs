//! Recordings in files: which there are, and how each is taken into a log.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_ingest::sources::{ComputeDbFile, ComputeDbFileError, PogFile, WandbFile};
use annals_ingest::{Cassette, Driver, Feed, FeedError, IngestError, Raw, Taken};
use annals_log::{AppendError, Clock, SourceMemory};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use walkdir::WalkDir;

use crate::failure::Failure;
use crate::progress::Progress;
use crate::recording::Recording;
use crate::terminal::shown;

/// A file that can be taken in.
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    form: Form,
    /// When the first answer of a cassette was had; a cassette that cannot be read says why when its turn comes.
    pub(crate) begins_at_ms: Option<i64>,
}

/// As databases are called.
const DATABASES: &[&str] = &[".db", ".sqlite", ".sqlite3"];
/// How every database of SQLite begins.
const SQLITE: &[u8] = b"SQLite format 3\0";

enum Form {
    Wandb,
    Cassette,
    Database(Box<ComputeDbFile>),
    Pog,
}

/// Why a file was not taken in to its end.
pub(crate) enum Refused {
    /// Its own fault; the others are taken.
    File(IngestError),
    /// The log takes nothing more.
    ByLog(Failure),
}

/// The files that were named, and those in folders that were. Files that tell their own past come first, in the order
/// given; cassettes follow in the order of their first answers.
pub(crate) fn inputs_of(given: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    for path in given {
        if path.is_dir() {
            inputs.append(&mut inputs_in(path)?);
            continue;
        }
        if let Some(named) = Input::of_named_database(path)? {
            inputs.push(named);
            continue;
        }
        std::fs::metadata(path).map_err(|error| Failure::input(path, &error))?;
        let no_form = || {
            Failure::Usage(format!(
                "{}: the name ends in none of .wandb, .cassette, .cassette.zst, .db, .sqlite, .sqlite3, .pog",
                shown(path)
            ))
        };
        inputs.push(Input::of(path)?.ok_or_else(no_form)?);
    }
    check_names(&inputs)?;
    inputs.sort_by_key(|input| input.begins_at_ms);
    Ok(inputs)
}

/// Databases of one name would be one to the log, which changes from poll to poll.
fn check_names(inputs: &[Input]) -> Result<(), Failure> {
    let mut names = BTreeSet::new();
    let databases = inputs.iter().filter_map(|input| match &input.form {
        Form::Database(file) => Some(file.name()),
        Form::Wandb | Form::Cassette | Form::Pog => None,
    });
    match databases.into_iter().find(|name| !names.insert(*name)) {
        None => Ok(()),
        Some(name) => Err(Failure::Usage(format!(
            "two databases are called {name}, and their rows would be told as of one: NAME=FILE gives one another name"
        ))),
    }
}

/// The cassettes among them, in the order of their first answers.
pub(crate) fn cassettes_of(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let inputs = inputs_of(&[path.to_owned()])?.into_iter();
    let cassettes: Vec<_> =
        inputs.filter(|input| matches!(input.form, Form::Cassette)).map(|input| input.path).collect();
    if cassettes.is_empty() {
        return Err(Failure::Unavailable(format!("{}: there is no cassette", shown(path))));
    }
    Ok(cassettes)
}

fn inputs_in(folder: &Path) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| Failure::Unavailable(error.to_string()))?;
        // Others than SQLite have files that are called so.
        if entry.file_type().is_file() && (!ends(entry.path(), DATABASES) || is_sqlite(entry.path())) {
            inputs.extend(Input::of(entry.path())?);
        }
    }
    if inputs.is_empty() {
        let folder = shown(folder);
        let text = format!(
            "{folder}: no .wandb, .cassette, .cassette.zst or .pog file and no database in this folder"
        );
        return Err(Failure::Unavailable(text));
    }
    Ok(inputs)
}

impl Input {
    /// `None` for a file that is called otherwise.
    fn of(path: &Path) -> Result<Option<Self>, Failure> {
        let form = if ends(path, &[".wandb"]) {
            Form::Wandb
        } else if ends(path, &[".cassette", ".cassette.zst"]) {
            Form::Cassette
        } else if ends(path, DATABASES) {
            let file = ComputeDbFile::open(path, None).map_err(|error| unnamed(path, &error))?;
            Form::Database(file.into())
        } else if ends(path, &[".pog"]) {
            Form::Pog
        } else {
            return Ok(None);
        };
        let first = |path| Cassette::open(path).ok()?.next_fetch().ok()?;
        let begins_at_ms = match form {
            Form::Wandb | Form::Database(_) | Form::Pog => None,
            Form::Cassette => first(path).map(|fetch| fetch.fetched_at_ms()),
        };
        Ok(Some(Self { path: path.to_owned(), form, begins_at_ms }))
    }

    /// `NAME=FILE`; `None` where that is the name of a file, or names none.
    fn of_named_database(given: &Path) -> Result<Option<Self>, Failure> {
        let named = given.to_str().filter(|text| text.contains('=') && !given.exists());
        let Some(named) = named else { return Ok(None) };
        let file = ComputeDbFile::given(named).map_err(|error| unnamed(given, &error))?;
        let path = file.path().to_owned();
        Ok(path.is_file().then_some(Self { path, form: Form::Database(file.into()), begins_at_ms: None }))
    }

    /// Takes the file in.
    pub(crate) fn take(&self, recording: &mut Recording) -> Result<Taken, Refused> {
        match &self.form {
            Form::Wandb => {
                let mut file = WandbFile::open(&self.path, recording.clock.now_ms()).map_err(not_opened)?;
                take_all(&mut file, Driver::default(), recording)
            }
            Form::Cassette => {
                let cassette = Cassette::open(&self.path).map_err(not_opened)?;
                let mut cassette = InItsTime { cassette, clock: recording.clock.clone() };
                take_all(&mut cassette, Driver::default(), recording)
            }
            Form::Pog => {
                let mut file = PogFile::open(&self.path, recording.clock.now_ms()).map_err(not_opened)?;
                take_all(&mut file, Driver::default(), recording)
            }
            Form::Database(file) => {
                let mut poll = file.clone().once(recording.clock.now_ms()).map_err(not_opened)?;
                // It is read now, unless a fixture's clock says when.
                let driver = match recording.clock {
                    Clock::System => Driver::default().live(),
                    _ => Driver::default(),
                };
                take_all(&mut poll, driver, recording)
            }
        }
    }

    /// What was taken in, in words.
    pub(crate) fn shown(&self, Taken { exchanges, events, already }: Taken) -> String {
        let read = match &self.form {
            Form::Wandb => "records",
            Form::Cassette | Form::Database(_) => "answers",
            Form::Pog => "attempts",
        };
        let told = match events {
            0 => format!("nothing new in {exchanges} {read}"),
            _ => format!("{events} events from {exchanges} {read}"),
        };
        match (&self.form, already) {
            (Form::Cassette, 1..) => format!("{told}; {already} fetches are not newer than what the log has"),
            _ => told,
        }
    }
}

/// A cassette that moves a clock that stands still: what it brings is recorded when it was fetched.
struct InItsTime {
    cassette: Cassette,
    clock: Clock,
}

impl InItsTime {
    fn next_fetch(&mut self) -> Result<Option<Raw>, FeedError> {
        let raw = self.cassette.next_fetch().map_err(FeedError::unavailable)?;
        if let (Clock::Fixed(now_ms), Some(raw)) = (&self.clock, &raw) {
            now_ms.store(raw.fetched_at_ms(), Ordering::Relaxed);
        }
        Ok(raw)
    }
}

impl Feed for InItsTime {
    fn source(&self) -> Option<&'static str> {
        self.cassette.source()
    }

    fn next(&mut self, _: Arc<SourceMemory>) -> BoxFuture<'_, Result<Option<Raw>, FeedError>> {
        ready(self.next_fetch()).boxed()
    }
}

impl From<IngestError> for Refused {
    fn from(error: IngestError) -> Self {
        match error {
            // Too much for one commit: the file's fault, not the log's.
            IngestError::Append(AppendError::Batch(_)) => Self::File(error),
            IngestError::Append(error) => Self::ByLog(error.into()),
            error => Self::File(error),
        }
    }
}

fn unnamed(path: &Path, error: &ComputeDbFileError) -> Failure {
    Failure::Usage(format!("{}: {error}", shown(path)))
}

fn ends(path: &Path, endings: &[&str]) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| endings.iter().any(|ending| name.ends_with(ending)))
}

fn is_sqlite(path: &Path) -> bool {
    let mut beginning = [0; SQLITE.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut beginning));
    read.is_ok() && beginning == SQLITE
}

fn not_opened(error: impl Error + Send + Sync + 'static) -> IngestError {
    FeedError::unavailable(error).into()
}

fn take_all(feed: &mut dyn Feed, mut driver: Driver, recording: &mut Recording) -> Result<Taken, Refused> {
    let events = Arc::new(AtomicU64::new(0));
    let _progress = Progress::follow("recording", "entries", 0, Arc::clone(&events));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime without I/O needs memory only");
    let Recording { log, roots, .. } = recording;
    runtime.block_on(driver.take_all(feed, log, |taken, log| {
        events.store(taken.events, Ordering::Relaxed);
        roots.keep_up(log).map_err(Refused::ByLog)
    }))
}
