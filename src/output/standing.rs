//! What an answer stands on, beside its rows.

use std::io::Write;

use annals_log::utc_text;
use annals_queries::Answer;
use serde::Serialize;

use super::error::internal;
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

/// On standard error, where they do no harm to rows for programs.
pub(super) fn say_notes(told: &Told) {
    told.notes().iter().for_each(|note| say(note));
}

/// The number of rows, the notes, and the signed checkpoint.
pub(super) fn write_below_table(answer: &Answer, out: &mut impl Write) -> Result<(), Failure> {
    let (rows, when) = (answer.row_count(), utc_text(answer.standing.recorded_at_ms));
    writeln!(out, "{rows} row{}, as recorded up to {when}", if rows == 1 { "" } else { "s" })?;
    write_notes(&Told::of(answer).notes(), out)?;
    write!(out, "\n{}", answer.standing.checkpoint)?;
    Ok(())
}

/// For people.
pub(crate) fn write_notes(notes: &[String], out: &mut impl Write) -> Result<(), Failure> {
    Ok(notes.iter().try_for_each(|note| writeln!(out, "note: {}", printable(note)))?)
}
