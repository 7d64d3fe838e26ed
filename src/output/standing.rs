//! What an answer stands on, beside its rows.

use std::io::Write;

use annals_log::utc_text;
use indicatif::HumanCount;
use serde::Serialize;

use super::error::internal;
use super::manner::Under;
use crate::asking::told::Told;
use crate::failure::Failure;
use crate::terminal::{printable, say};

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
    out: &mut impl Write,
) -> Result<(), Failure> {
    if under == Under::Rows {
        return Ok(());
    }
    let when = utc_text(told.standing.recorded_at_ms);
    writeln!(out, "{}, as recorded up to {when}", counted(rows, "row"))?;
    write_notes(&told.notes(), out)?;
    let checkpoint = &told.standing.checkpoint;
    if under == Under::Checkpoint {
        write!(out, "\n{checkpoint}")?;
    } else {
        let claim = checkpoint.claim();
        writeln!(out, "checkpoint: size {}, root {}", claim.size.0, claim.root.to_base64())?;
    }
    Ok(())
}

/// A number, and what is counted, in the plural if need be.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{} {what}{}", HumanCount(count as u64), if count == 1 { "" } else { "s" })
}

/// For people.
pub(crate) fn write_notes(notes: &[String], out: &mut impl Write) -> Result<(), Failure> {
    Ok(notes.iter().try_for_each(|note| writeln!(out, "note: {}", printable(note)))?)
}
