//! What an answer stands on, beside its rows.

use std::io::Write;

use annals_log::utc_text;
use annals_queries::Answer;
use serde::Serialize;

use super::error::internal;
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
    /// Of an answer, as text.
    pub(crate) fn text(answer: &'a Answer) -> Result<String, Failure> {
        serde_json::to_string(&Self::of(answer)).map_err(internal)
    }

    fn of(answer: &'a Answer) -> Self {
        let standing = &answer.standing;
        let claim = standing.checkpoint.claim();
        Self {
            origin: &claim.origin,
            size: claim.size.0,
            root: claim.root.to_base64(),
            recorded_at: utc_text(standing.recorded_at_ms),
            signed_note: standing.checkpoint.as_str(),
            what_if: standing.what_if,
            fixture: standing.fixture,
            notes: notes(answer),
        }
    }
}

/// A sentence for everything without which the rows would be misread.
pub(crate) fn notes(answer: &Answer) -> Vec<String> {
    let mut notes = answer.notes.clone();
    if let Some(rows) = answer.cut_at {
        notes.push(format!("cut: there are more rows than these {rows}"));
    }
    if !answer.volatile.is_empty() {
        let used = answer.volatile.join(", ");
        notes.push(format!("{used} gives something else every time: nobody can get this answer again"));
    }
    if answer.standing.what_if {
        notes.push("what if: folded under another policy than the log's; nobody signed these tables".into());
    }
    if answer.standing.fixture {
        notes.push(
            "fixture: this log was made for tests, with a clock and a key that everybody may set".into(),
        );
    }
    notes
}

/// On standard error, where they do no harm to rows for programs.
pub(crate) fn say_notes(answer: &Answer) {
    notes(answer).iter().for_each(|note| say(note));
}

/// The number of rows, the notes, and the signed checkpoint.
pub(super) fn write_below_table(answer: &Answer, out: &mut impl Write) -> Result<(), Failure> {
    let (rows, when) = (answer.row_count(), utc_text(answer.standing.recorded_at_ms));
    writeln!(out, "{rows} row{}, as recorded up to {when}", if rows == 1 { "" } else { "s" })?;
    write_notes(&notes(answer), out)?;
    write!(out, "\n{}", answer.standing.checkpoint)?;
    Ok(())
}

/// For people.
pub(crate) fn write_notes(notes: &[String], out: &mut impl Write) -> Result<(), Failure> {
    Ok(notes.iter().try_for_each(|note| writeln!(out, "note: {}", printable(note)))?)
}
