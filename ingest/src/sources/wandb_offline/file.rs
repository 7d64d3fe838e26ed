//! Reading a `.wandb` file, some records at a time.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use annals_log::SourceMemory;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};

use super::error::WandbFileError;
use super::framing::{Piece, Records};
use super::name::NAME;
use crate::feed::{Feed, FeedError};
use crate::raw::{Answer, Exchange, Outcome, Raw, Request};

/// A fetch ends with the record that reaches one of these: each may make a state as large as the whole config.
const FETCH_RECORDS_MAX: usize = 16;
const FETCH_BYTES_MAX: usize = 1 << 20;

/// A `.wandb` file, being read.
pub struct WandbFile {
    name: String,
    fetched_at_ms: i64,
    records: Records<File>,
    parts: u32,
    /// Read, and not given out yet.
    waiting: Option<Piece>,
}

impl WandbFile {
    /// Opens a file that is read at `now_ms`.
    ///
    /// # Errors
    /// `Io`, `NotAWandbFile`.
    pub fn open(path: &Path, now_ms: i64) -> Result<Self, WandbFileError> {
        let mut records = Records::of(File::open(path)?)?.ok_or(WandbFileError::NotAWandbFile)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let waiting = records.next()?;
        Ok(Self { name, fetched_at_ms: now_ms, records, parts: 0, waiting })
    }

    /// The next records, `None` behind the last that is whole.
    ///
    /// # Errors
    /// `Io`.
    pub fn next_records(&mut self) -> Result<Option<Raw>, WandbFileError> {
        let (mut exchanges, mut bytes) = (Vec::new(), 0);
        while exchanges.len() < FETCH_RECORDS_MAX
            && bytes < FETCH_BYTES_MAX
            && let Some(piece) = self.waiting.take()
        {
            let outcome = match piece {
                Piece::Record(body) => {
                    bytes += body.len();
                    Outcome::Answer(Answer { status: 200, body })
                }
                Piece::Damage { offset, what } => Outcome::Failed(format!("at byte {offset}: {what}")),
            };
            let request =
                Request { method: "READ".to_owned(), target: self.name.clone(), body: String::new() };
            exchanges.push(Exchange { fetched_at_ms: self.fetched_at_ms, request, outcome });
            self.waiting = self.records.next()?;
        }
        let (source, part, more) = (NAME.to_owned(), self.parts, self.waiting.is_some());
        self.parts += 1;
        Ok((!exchanges.is_empty()).then_some(Raw { source, exchanges, part, more }))
    }
}

impl Feed for WandbFile {
    fn source(&self) -> Option<&'static str> {
        Some(NAME)
    }

    fn next(&mut self, _: Arc<SourceMemory>) -> BoxFuture<'_, Result<Option<Raw>, FeedError>> {
        ready(self.next_records().map_err(FeedError::unavailable)).boxed()
    }
}
