//! Answers in files, in all forms, read back with what makes evidence of them, and compared with what the log gives.

mod compared;
mod files;
mod rows;
mod texts;

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use annals_log::{KeptCheckpoint, SignedCheckpoint};
use serde::Deserialize;

use crate::asking::streamed::Streamed;
use crate::asking::told::{Answered, Told};
use crate::failure::Failure;
use crate::output::format::Format;
use crate::output::manner::Manner;
use crate::output::{StandingJson, write_again};
use crate::terminal::{printable, shown};
use compared::Compared;

/// An answer in a file, not believed yet.
pub(crate) struct AnswerFile {
    path: PathBuf,
    pub(crate) format: Format,
    evidence: Evidence,
}

/// What an answer tells beside its rows.
#[derive(Deserialize)]
struct Evidence {
    /// The checkpoint as it was signed.
    #[serde(default)]
    signed_note: String,
    notes: Vec<String>,
    /// It is not there in files of older programs.
    #[serde(flatten)]
    answered: Option<Answered>,
}

impl AnswerFile {
    /// Reads what is told beside the rows.
    ///
    /// # Errors
    /// `Usage`: no checkpoint is in it. `Unavailable`.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let unreadable = |error| Failure::input(path, &error);
        let mut file = File::open(path).map_err(unreadable)?;
        let mut first = Vec::new();
        file.by_ref().take(files::MAGIC_BYTES).read_to_end(&mut first).map_err(unreadable)?;
        let read = match files::format(&first) {
            Some(format) => files::evidence(format, path).map(|evidence| (format, evidence)),
            None => texts::evidence(&first, &mut file).map_err(unreadable)?,
        };
        let none = || {
            Failure::Usage(
                "no checkpoint is in it: Parquet and Arrow of annals have one, the other forms with --with-checkpoint"
                    .to_owned(),
            )
        };
        let (format, evidence) = read.ok_or_else(|| none().at(path))?;
        Ok(Self { path: path.to_owned(), format, evidence })
    }

    /// Returns the checkpoint that the answer stands on.
    ///
    /// # Errors
    /// `Usage`: it is none.
    pub(crate) fn checkpoint(&self) -> Result<KeptCheckpoint, Failure> {
        let parsed = SignedCheckpoint::parse(&self.evidence.signed_note);
        let checkpoint = parsed.map_err(|error| Failure::Usage(error.to_string()).at(&self.path))?;
        Ok(KeptCheckpoint { name: shown(&self.path), checkpoint })
    }

    /// Returns the question and the digest.
    ///
    /// # Errors
    /// `Usage`: they are not in it.
    pub(crate) fn answered(&self) -> Result<&Answered, Failure> {
        self.evidence.answered.as_ref().ok_or_else(|| {
            Failure::Usage("its question is not in it, so nobody can ask again".to_owned()).at(&self.path)
        })
    }

    /// Compares the file with its question's answer, and returns the notes in it that the answer does not have.
    ///
    /// # Errors
    /// `Finding`: the first difference, in words.
    pub(crate) fn compare(&self, answer: Streamed<'_>) -> Result<Vec<&str>, Failure> {
        let told = match self.format {
            Format::Parquet | Format::Arrow => self.compare_rows(answer)?,
            _ => self.compare_text(answer)?,
        };
        let (has, should) = (&self.evidence.notes, told.notes());
        if let Some(lacks) = should.iter().find(|note| !has.contains(note)) {
            return Err(Failure::Finding(format!(
                "a note of the answer is not in the file: {}",
                printable(lacks)
            )));
        }
        Ok(has.iter().filter(|note| !should.contains(note)).map(String::as_str).collect())
    }

    fn compare_text(&self, answer: Streamed<'_>) -> Result<Told, Failure> {
        let manner = Manner::of_evidence(self.format, self.answered()?.table);
        let file = File::open(&self.path).map_err(|error| Failure::input(&self.path, &error))?;
        let mut compared = Compared::with(BufReader::new(file));
        let told = write_again(answer, &manner, &self.evidence.notes, &mut compared);
        // Whatever is written behind a difference fails.
        compared.end()?;
        told
    }

    fn compare_rows(&self, mut answer: Streamed<'_>) -> Result<Told, Failure> {
        let rows = files::rows(self.format, &self.path)?;
        let digest = rows::compare(rows, &mut answer)?;
        let answered = answer.answered(digest.rows(), digest.end(), None);
        let told = Told { answered: Some(answered), ..answer.told() };
        let noted = Told { only_notes: Some(self.evidence.notes.clone()), ..told.clone() };
        let standing = files::standing(self.format, &self.path).unwrap_or_default();
        if standing == StandingJson::text(&noted)? {
            return Ok(told);
        }
        Err(Failure::Finding("the rows are right, and what the file says of them is not".to_owned()))
    }
}
