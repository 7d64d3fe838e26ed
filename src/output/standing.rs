//! What an answer stands on, beside its rows.

use std::io::Write;

use annals_log::utc_text;
use indicatif::HumanCount;
use serde::Serialize;

use super::error::internal;
use super::manner::Under;
use crate::asking::told::{Answered, Told};
use crate::failure::Failure;
use crate::terminal::{printable, say};

/// The line that has the question and the digest begins so.
pub(crate) const ANSWERED: &str = "answer: ";

/// For programs.
#[derive(Serialize)]
pub(crate) struct StandingJson<'a> {
    origin: &'a str,
    size: u64,
    /// In base64, as in the note.
    root: String,
    recorded_at: String,
    /// The checkpoint as it was signed.
    signed_note: &'a str,
    /// Folded under another policy than the log's.
    what_if: bool,
    /// Of a log that was made for tests.
    fixture: bool,
    notes: Vec<String>,
    /// The question and the digest of its rows, where the answer is to be evidence.
    #[serde(flatten)]
    answered: Option<&'a Answered>,
}

/// The same without the checkpoint, which stands beneath.
#[derive(Serialize)]
struct AnsweredJson<'a> {
    notes: Vec<String>,
    #[serde(flatten)]
    answered: &'a Answered,
}

impl<'a> StandingJson<'a> {
    /// Returns it as text.
    pub(crate) fn text(told: &'a Told) -> Result<String, Failure> {
        serde_json::to_string(&Self::of(told)).map_err(internal)
    }

    fn of(told: &'a Told) -> Self {
        let standing = &told.standing;
        let claim = standing.checkpoint.claim();
        Self {
            origin: &claim.origin,
            size: claim.size.0,
            root: claim.root.to_base64(),
            recorded_at: utc_text(standing.recorded_at_ms),
            signed_note: standing.checkpoint.as_str(),
            what_if: standing.what_if,
            fixture: standing.fixture,
            notes: told.notes(),
            answered: told.answered.as_ref(),
        }
    }
}

/// On standard error, where they do no harm to rows for programs. Who wants it quiet is told only that rows lack.
pub(super) fn say_notes(told: &Told, is_quiet: bool) {
    let notes = if is_quiet { told.cut().into_iter().collect() } else { told.notes() };
    notes.iter().for_each(|note| say(note));
}

/// The number of rows, the notes, and what of the checkpoint is wanted.
pub(super) fn write_under(
    under: Under,
    rows: usize,
    told: &Told,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    if under == Under::Rows {
        return Ok(());
    }
    let when = utc_text(told.standing.recorded_at_ms);
    writeln!(out, "{}, as recorded up to {when}", counted(rows, "row"))?;
    if under == Under::Checkpoint {
        write!(out, "{}", evidence_lines(told)?)?;
    } else {
        write_notes(&told.notes(), out)?;
        let claim = told.standing.checkpoint.claim();
        writeln!(out, "checkpoint: size {}, root {}", claim.size.0, claim.root.to_base64())?;
    }
    Ok(())
}

/// The notes, the question with the digest of its rows, and the checkpoint as it was signed, which has several lines.
pub(super) fn evidence_lines(told: &Told) -> Result<String, Failure> {
    let mut lines = String::new();
    for note in told.notes() {
        lines += &format!("note: {}\n", printable(&note));
    }
    if let Some(answered) = &told.answered {
        let json =
            serde_json::to_string(&AnsweredJson { notes: told.notes(), answered }).map_err(internal)?;
        lines += &format!("{ANSWERED}{json}\n");
    }
    Ok(lines + told.standing.checkpoint.as_str())
}

/// A number, and what is counted, in the plural if need be.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{} {what}{}", HumanCount(count as u64), if count == 1 { "" } else { "s" })
}

/// For people.
pub(crate) fn write_notes(notes: &[String], out: &mut (impl Write + ?Sized)) -> Result<(), Failure> {
    Ok(notes.iter().try_for_each(|note| writeln!(out, "note: {}", printable(note)))?)
}
