//! W&B, as far as it was recorded.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use annals_ingest::{CassetteError, Raw};
use annals_log::Clock;

use super::execute;
use super::exports::Export;
use super::project_name::ProjectName;
use super::recording::Recording;
use super::state::{Moment, State};
use super::stream;

/// Projects of W&B as recorded polls tell them, and what clients have written while they are served.
#[derive(Default)]
pub struct RecordedWandb {
    state: Mutex<State>,
}

/// Why a recording holds nothing to serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// A cassette cannot be read.
    #[error(transparent)]
    Cassette(#[from] CassetteError),
    /// No poll was recorded.
    #[error("no poll of W&B was recorded in it: it is no cassette of runs")]
    NoPoll,
    /// The recording begins after the moment that is asked for.
    #[error("the first poll in it ended at {}, and {} is asked for", annals_log::utc_text(*.first_ms), annals_log::utc_text(*.asked_ms))]
    NotYet {
        /// The end of the first poll, in milliseconds since 1970 UTC.
        first_ms: i64,
        /// The moment that was asked for.
        asked_ms: i64,
    },
    /// A file of exported rows cannot be read.
    #[error("{file}: {what}")]
    Export {
        /// The file.
        file: String,
        /// Why it cannot be read.
        what: String,
    },
}

impl RecordedWandb {
    /// Reads what cassettes tell of a moment. They may come in any order.
    ///
    /// # Errors
    /// [`RecordingError`].
    pub fn read<'a>(
        paths: impl IntoIterator<Item = &'a Path>,
        moment: Moment,
    ) -> Result<Self, RecordingError> {
        Self::new(Recording::read(paths)?, moment)
    }

    /// Takes fetches that were read already, as of a moment.
    ///
    /// # Errors
    /// `NoPoll`, `NotYet`.
    pub fn of<'a>(raws: impl IntoIterator<Item = &'a Raw>, moment: Moment) -> Result<Self, RecordingError> {
        Self::new(Recording::of(raws), moment)
    }

    /// Returns a server with a project in which there are no runs yet; what writers write has the times of `clock`.
    pub fn empty(entity: &str, project: &str, clock: Clock) -> Self {
        let project = ProjectName { entity: entity.to_owned(), project: project.to_owned() };
        Self { state: Mutex::new(State::of_writers(project, clock)) }
    }

    fn new(recording: Recording, moment: Moment) -> Result<Self, RecordingError> {
        let first = recording.polls.first().ok_or(RecordingError::NoPoll)?;
        match moment {
            Moment::At(asked_ms) if asked_ms < first.ended_at_ms => {
                Err(RecordingError::NotYet { first_ms: first.ended_at_ms, asked_ms })
            }
            _ => Ok(Self { state: Mutex::new(State::new(recording, moment)) }),
        }
    }

    /// Serves a file of parquet with rows of the run after which it is named, `RUN.parquet` or `RUN.PART.parquet`, as
    /// W&B exports them.
    ///
    /// # Errors
    /// `Export`.
    pub fn export(&self, path: &Path) -> Result<(), RecordingError> {
        let error = |what| RecordingError::Export { file: path.display().to_string(), what };
        let (run_id, export) = Export::read(path).map_err(error)?;
        self.state().export(run_id, export);
        Ok(())
    }

    /// Returns how many polls were recorded.
    pub fn polls(&self) -> usize {
        self.state().recording().polls.len()
    }

    /// Returns when the poll that is served now ended, in milliseconds since 1970 UTC; 0 where nothing was recorded.
    pub fn served_ms(&self) -> i64 {
        self.state().poll().map_or(0, |poll| poll.ended_at_ms)
    }

    /// Returns how many runs are served now.
    pub fn runs(&self) -> usize {
        self.state().all_runs()
    }

    pub(super) fn listens_at(&self, url: String) {
        self.state().url = url;
    }

    /// Answers a request for GraphQL: HTTP status and body.
    pub(super) fn answer(&self, body: &[u8]) -> (u16, String) {
        execute::answer(body, &mut self.state())
    }

    /// Answers a file stream: HTTP status and body.
    pub(super) fn stream(&self, entity: String, project: String, run_id: &str, body: &[u8]) -> (u16, String) {
        let project = ProjectName { entity, project };
        match stream::take(&mut self.state(), &project, run_id, body) {
            Ok(answer) => (200, answer),
            Err(refusal) => (refusal.status, refusal.to_json()),
        }
    }

    pub(super) fn exported(&self, file: &str) -> Option<Arc<[u8]>> {
        self.state().exported(file)
    }

    /// Locks the state. A panic of one request leaves nothing half written for another: each writes its run last.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
