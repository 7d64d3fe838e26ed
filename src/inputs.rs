//! Recordings in files: which there are, and how each is taken into a log.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_ingest::sources::WandbFile;
use annals_ingest::{Cassette, Driver, Fetch, FetchError, IngestError, Raw, Taken};
use annals_log::{AppendError, Clock};
use walkdir::WalkDir;

use crate::failure::Failure;
use crate::progress::Progress;
use crate::recording::Recording;

/// A file that can be taken in.
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    form: Form,
    /// When the first answer of a cassette was had; a cassette that cannot be read says why when its turn comes.
    pub(crate) begins_at_ms: Option<i64>,
}

#[derive(Clone, Copy)]
enum Form {
    Wandb,
    Cassette,
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
        std::fs::metadata(path).map_err(|error| Failure::input(path, &error))?;
        let no_form = || {
            Failure::Usage(format!(
                "{}: the name ends in none of .wandb, .cassette, .cassette.zst",
                path.display()
            ))
        };
        inputs.push(Input::of(path).ok_or_else(no_form)?);
    }
    inputs.sort_by_key(|input| input.begins_at_ms);
    Ok(inputs)
}

/// The cassettes among them, in the order of their first answers.
pub(crate) fn cassettes_of(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let inputs = inputs_of(&[path.to_owned()])?.into_iter();
    let cassettes: Vec<_> =
        inputs.filter(|input| matches!(input.form, Form::Cassette)).map(|input| input.path).collect();
    if cassettes.is_empty() {
        return Err(Failure::Unavailable(format!("{}: there is no cassette", path.display())));
    }
    Ok(cassettes)
}

fn inputs_in(folder: &Path) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| Failure::Unavailable(error.to_string()))?;
        inputs.extend(Input::of(entry.path()).filter(|_| entry.file_type().is_file()));
    }
    if inputs.is_empty() {
        let folder = folder.display();
        let text = format!("{folder}: no .wandb, .cassette or .cassette.zst file in this folder");
        return Err(Failure::Unavailable(text));
    }
    Ok(inputs)
}

impl Input {
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let form = if name.ends_with(".wandb") {
            Form::Wandb
        } else if name.ends_with(".cassette") || name.ends_with(".cassette.zst") {
            Form::Cassette
        } else {
            return None;
        };
        let first = |path| Cassette::open(path).ok()?.next_fetch().ok()?;
        let begins_at_ms = match form {
            Form::Wandb => None,
            Form::Cassette => first(path).map(|fetch| fetch.fetched_at_ms()),
        };
        Some(Self { path: path.to_owned(), form, begins_at_ms })
    }

    /// Takes the file in.
    pub(crate) fn take(&self, recording: &mut Recording) -> Result<Taken, Refused> {
        match self.form {
            Form::Wandb => {
                let mut file = WandbFile::open(&self.path, recording.clock.now_ms()).map_err(not_opened)?;
                take_all(&mut file, recording)
            }
            Form::Cassette => {
                let cassette = Cassette::open(&self.path).map_err(not_opened)?;
                take_all(&mut InItsTime { cassette, clock: recording.clock.clone() }, recording)
            }
        }
    }

    /// What was taken in, in words.
    pub(crate) fn shown(&self, Taken { exchanges, events, already }: Taken) -> String {
        let read = match self.form {
            Form::Wandb => "records",
            Form::Cassette => "answers",
        };
        let told = match events {
            0 => format!("nothing new in {exchanges} {read}"),
            _ => format!("{events} events from {exchanges} {read}"),
        };
        match (self.form, already) {
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

impl Fetch for InItsTime {
    async fn fetch(&mut self) -> Result<Option<Raw>, FetchError> {
        let raw = self.cassette.next_fetch()?;
        if let (Clock::Fixed(now_ms), Some(raw)) = (&self.clock, &raw) {
            now_ms.store(raw.fetched_at_ms(), Ordering::Relaxed);
        }
        Ok(raw)
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

fn not_opened(error: impl Into<FetchError>) -> IngestError {
    error.into().into()
}

fn take_all(fetch: &mut impl Fetch, recording: &mut Recording) -> Result<Taken, Refused> {
    let events = Arc::new(AtomicU64::new(0));
    let _progress = Progress::follow("recording", "entries", 0, Arc::clone(&events));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime without I/O needs memory only");
    let Recording { log, roots, .. } = recording;
    let mut driver = Driver::default();
    runtime.block_on(driver.take_all(fetch, log, |taken, log| {
        events.store(taken.events, Ordering::Relaxed);
        roots.keep_up(log).map_err(Refused::ByLog)
    }))
}
