//! A database's file, being polled.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use annals_log::{Clock, SourceMemory};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};

use super::ComputeDb;
use super::ask::{Found, ask};
use super::copy::DbCopy;
use super::looks::{Files, Looks};
use super::question::{FOUND, NOT_FOUND, UNTOUCHED};
use crate::feed::{Feed, FeedError};
use crate::raw::{Answer, Exchange, Outcome, Raw, Request};
use crate::source::Source as _;

const NAME_BYTES_MAX: usize = 64;

/// A database that is polled.
#[derive(Debug, Clone)]
pub struct ComputeDbFile {
    path: PathBuf,
    name: String,
    /// Of the files when they were last read, if whatever is written to them later shows.
    looks: Option<Looks>,
}

/// One poll of a database, for who wants no more.
pub struct ComputeDbOnce {
    raw: Raw,
    is_taken: bool,
}

/// Why a database is not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComputeDbFileError {
    /// In the tables every row has its database's name.
    #[error(
        "{0:?} is no name for a database (letters, digits, '.', '_', '-', at most {NAME_BYTES_MAX}): NAME=FILE gives it one"
    )]
    Name(String),
    /// It was not read.
    #[error("{0}")]
    Unread(String),
    /// Another database.
    #[error("this is no database of a validator: it has none of upstream's tables")]
    NotAComputeDb,
}

impl ComputeDbFile {
    /// A database that is told of as `name`, or else by the file's own name without its ending. The file may come to be
    /// later.
    ///
    /// # Errors
    /// `Name`.
    pub fn open(path: &Path, name: Option<&str>) -> Result<Self, ComputeDbFileError> {
        let own = path.file_stem().unwrap_or_default().to_string_lossy();
        let name = name.unwrap_or(&own);
        if !is_name(name) {
            return Err(ComputeDbFileError::Name(name.to_owned()));
        }
        Ok(Self { path: path.to_owned(), name: name.to_owned(), looks: None })
    }

    /// The same of `[NAME=]FILE`. A file with such a beginning is given with its folder: `./a=b.db`.
    ///
    /// # Errors
    /// `Name`.
    pub fn given(name_and_file: &str) -> Result<Self, ComputeDbFileError> {
        match name_and_file.split_once('=') {
            Some((name, file)) if !name.contains('/') => Self::open(Path::new(file), Some(name)),
            _ => Self::open(Path::new(name_and_file), None),
        }
    }

    /// What its rows are told under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Polls it now, on a thread of its own: there is always an answer, if only that there was none.
    pub async fn next(&mut self) -> Raw {
        let mut file = self.clone();
        let taken = tokio::task::spawn_blocking(move || {
            let raw = file.take(Clock::System.now_ms());
            (file, raw)
        });
        match taken.await {
            Ok((file, raw)) => {
                *self = file;
                raw
            }
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Polls it, by the caller's clock.
    pub fn take(&mut self, now_ms: i64) -> Raw {
        let answers = self.answers().unwrap_or_else(|reason| {
            self.looks = None;
            vec![(String::new(), Outcome::Failed(reason))]
        });
        let exchange = |(body, outcome)| {
            let request = Request { method: "READ".to_owned(), target: self.name.clone(), body };
            Exchange { fetched_at_ms: now_ms, request, outcome }
        };
        let exchanges = answers.into_iter().map(exchange).collect();
        Raw { source: ComputeDb::NAME.to_owned(), exchanges, part: 0, more: false }
    }

    /// Questions and what became of them; a question for everything is empty.
    fn answers(&mut self) -> Result<Vec<(String, Outcome)>, String> {
        // Without the path: where the file lies is nobody's business who reads the log.
        let files = Files::of(&self.path).map_err(|error| error.to_string())?;
        let looks = files.look().map_err(|error| error.to_string())?;
        if self.looks.as_ref() == Some(&looks) {
            return Ok(vec![(String::new(), answer(UNTOUCHED, Vec::new()))]);
        }
        // Before anything is read: what is written from now on shows, or the files are read again.
        let are_settled = looks.are_settled(SystemTime::now());
        let copy = DbCopy::of(&files).map_err(|error| error.to_string())?;
        let asked = ask(&copy.path()).map_err(|error| error.to_string())?;
        drop(copy);
        self.looks = are_settled.then_some(looks);
        let outcome = |found| match found {
            Found::Rows(lines) => answer(FOUND, lines),
            Found::Missing => answer(NOT_FOUND, b"no such table".to_vec()),
            Found::Unreadable(what) => Outcome::Failed(what),
        };
        Ok(asked.into_iter().map(|(question, found)| (question.sql(), outcome(found))).collect())
    }

    /// Polls it, by the caller's clock, once and for all.
    ///
    /// # Errors
    /// `Unread`, `NotAComputeDb`.
    pub fn once(mut self, now_ms: i64) -> Result<ComputeDbOnce, ComputeDbFileError> {
        let raw = self.take(now_ms);
        if let [Exchange { request, outcome: Outcome::Failed(reason), .. }] = raw.exchanges.as_slice()
            && request.body.is_empty()
        {
            return Err(ComputeDbFileError::Unread(reason.clone()));
        }
        let is_missing = |exchange: &Exchange| match &exchange.outcome {
            Outcome::Answer(answer) => answer.status == NOT_FOUND,
            Outcome::Failed(_) => false,
        };
        if raw.exchanges.iter().all(is_missing) {
            return Err(ComputeDbFileError::NotAComputeDb);
        }
        Ok(ComputeDbOnce { raw, is_taken: false })
    }
}

impl ComputeDbOnce {
    /// What the poll brought.
    pub fn raw(&self) -> &Raw {
        &self.raw
    }
}

impl Feed for ComputeDbOnce {
    fn source(&self) -> Option<&'static str> {
        Some(ComputeDb::NAME)
    }

    fn next(&mut self, _: Arc<SourceMemory>) -> BoxFuture<'_, Result<Option<Raw>, FeedError>> {
        let is_taken = std::mem::replace(&mut self.is_taken, true);
        let raw = if is_taken { None } else { Some(self.raw.clone()) };
        ready(Ok(raw)).boxed()
    }
}

/// Names stand in front of others in native ids, and anywhere in questions.
pub(super) fn is_name(name: &str) -> bool {
    let is_meant = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_meant)
}

fn answer(status: u16, body: Vec<u8>) -> Outcome {
    Outcome::Answer(Answer { status, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_called_as_it_is_given_or_as_its_file() {
        let name = |given| ComputeDbFile::given(given).map(|file| file.name);
        assert_eq!(name("database.db").unwrap(), "database");
        assert_eq!(name("mine=/var/lib/database.db").unwrap(), "mine");
        assert_eq!(name("./a=b/v-1.sqlite3").unwrap(), "v-1");
        for given in ["my data.db", "a b=database.db", "=database.db", "", &"x".repeat(65)] {
            assert!(matches!(name(given), Err(ComputeDbFileError::Name(_))), "{given}");
        }
    }
}
