//! `annals ingest`: take recordings into the log.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use annals_ingest::sources::WandbFile;
use annals_ingest::{Cassette, Driver, Fetch, FetchError, IngestError, Taken};
use annals_log::{AppendError, Clock};
use walkdir::WalkDir;

use crate::failure::Failure;
use crate::progress::Progress;
use crate::recording::Recording;

/// Record what files tell.
///
/// FILE is a `.wandb` file, which a W&B client writes beside its run, or a cassette (`.cassette`, `.cassette.zst`): raw
/// answers of a source. Of a folder, every such file in it is taken; cassettes in the order of their first answers, for a
/// source is not told of its past: what is older than the last poll that the log has is left out, and said so. What the
/// log has already is not recorded again, so a file that has grown adds only what is new.
#[derive(clap::Args)]
pub(crate) struct Ingest {
    /// Files, or folders of them.
    #[arg(required = true, value_name = "FILE|DIR")]
    inputs: Vec<PathBuf>,
}

#[derive(Clone, Copy)]
enum Form {
    Wandb,
    Cassette,
}

impl Form {
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        if name.ends_with(".wandb") {
            Some(Self::Wandb)
        } else if name.ends_with(".cassette") || name.ends_with(".cassette.zst") {
            Some(Self::Cassette)
        } else {
            None
        }
    }

    /// When the first answer was had; files that tell their own past come first, in the order given.
    fn begins_at_ms(self, path: &Path) -> Option<i64> {
        match self {
            Self::Wandb => None,
            Self::Cassette => Some(Cassette::open(path).ok()?.next_fetch().ok()??.fetched_at_ms()),
        }
    }

    fn shown(self, Taken { exchanges, events, already }: Taken) -> String {
        let read = match self {
            Self::Wandb => "records",
            Self::Cassette => "answers",
        };
        let told = match events {
            0 => format!("nothing new in {exchanges} {read}"),
            _ => format!("{events} events from {exchanges} {read}"),
        };
        match (self, already) {
            (Self::Cassette, 1..) => format!("{told}; {already} fetches are not newer than what the log has"),
            _ => told,
        }
    }
}

impl Ingest {
    pub(crate) fn run(self, data: &Path) -> Result<(), Failure> {
        let mut files = files_of(&self.inputs)?;
        // A cassette that cannot be read says why when its turn comes.
        files.sort_by_cached_key(|(path, form)| form.begins_at_ms(path));
        let mut recording = Recording::open(data)?;
        let mut out = std::io::stdout().lock();
        let mut refused = 0;
        for (path, form) in &files {
            match take(path, *form, &mut recording) {
                Ok(taken) => writeln!(out, "{}: {}", path.display(), form.shown(taken))?,
                Err(Refused::ByLog(failure)) => return Err(failure),
                Err(Refused::File(error)) => {
                    refused += 1;
                    eprintln!("annals: {}: {error}", path.display());
                }
            }
        }
        let closed = recording.close()?;
        writeln!(out, "size    {}", closed.size)?;
        writeln!(out, "root    {}", closed.checkpoint.claim().root.to_base64())?;
        if refused > 0 {
            let all = files.len();
            return Err(Failure::Unavailable(format!(
                "{refused} of {all} files could not be taken in to their end"
            )));
        }
        Ok(())
    }
}

/// Why a file was not taken in to its end.
enum Refused {
    /// Its own fault; the others are taken.
    File(IngestError),
    /// The log takes nothing more.
    ByLog(Failure),
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

fn take(path: &Path, form: Form, recording: &mut Recording) -> Result<Taken, Refused> {
    match form {
        Form::Wandb => {
            let mut file = WandbFile::open(path, Clock::System.now_ms()).map_err(not_opened)?;
            take_all(&mut file, recording)
        }
        Form::Cassette => take_all(&mut Cassette::open(path).map_err(not_opened)?, recording),
    }
}

fn not_opened(error: impl Into<FetchError>) -> IngestError {
    error.into().into()
}

fn take_all(fetch: &mut impl Fetch, recording: &mut Recording) -> Result<Taken, Refused> {
    let events = Arc::new(AtomicU64::new(0));
    let _progress = Progress::follow("recording", 0, Arc::clone(&events));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime without I/O needs memory only");
    let Recording { log, roots } = recording;
    let mut driver = Driver::default();
    runtime.block_on(driver.take_all(fetch, log, |taken, log| {
        events.store(taken.events, Ordering::Relaxed);
        roots.keep_up(log).map_err(Refused::ByLog)
    }))
}

fn files_of(inputs: &[PathBuf]) -> Result<Vec<(PathBuf, Form)>, Failure> {
    let mut files = Vec::new();
    for input in inputs {
        if !input.is_dir() {
            std::fs::metadata(input).map_err(|error| Failure::input(input, &error))?;
            let form = Form::of(input).ok_or_else(|| {
                Failure::Usage(format!(
                    "{}: the name ends in none of .wandb, .cassette, .cassette.zst",
                    input.display()
                ))
            })?;
            files.push((input.clone(), form));
            continue;
        }
        let before = files.len();
        for entry in WalkDir::new(input).sort_by_file_name() {
            let entry = entry.map_err(|error| Failure::Unavailable(error.to_string()))?;
            let form = Form::of(entry.path()).filter(|_| entry.file_type().is_file());
            files.extend(form.map(|form| (entry.into_path(), form)));
        }
        if files.len() == before {
            let text =
                format!("{}: no .wandb, .cassette or .cassette.zst file in this folder", input.display());
            return Err(Failure::Unavailable(text));
        }
    }
    Ok(files)
}
