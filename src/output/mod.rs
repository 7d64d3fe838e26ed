//! Answers as people and programs read them.

mod error;
pub(crate) mod format;
mod forms;
mod rows;
mod standing;
mod table;
mod text;

use std::io::Write;

use annals_queries::Answer;

use crate::asking::streamed::Streamed;
use crate::failure::Failure;
use crate::terminal::{self, Out};

use format::Format;
use forms::Form;
pub(crate) use rows::{json, ndjson};
use standing::say_notes;
pub(crate) use standing::{StandingJson, write_notes};
pub(crate) use table::table;
pub(crate) use text::write_text;

/// Writes an answer as a table, with what it stands on below.
pub(crate) fn write_table(answer: &Answer) -> Result<(), Failure> {
    let mut out = terminal::out();
    writeln!(out, "{}", table(answer)?)?;
    standing::write_below_table(answer, &mut out)
}

/// Writes an answer in a form for programs, as its rows come, and what has to be known of it on standard error. It
/// ends early where nobody takes it any more.
///
/// # Errors
/// What was written before is not the whole answer.
pub(crate) fn write(mut rows: Streamed<'_>, format: Format, with_checkpoint: bool) -> Result<(), Failure> {
    let mut out = terminal::out();
    let mut form = begin(&rows, format, with_checkpoint, &mut out)?;
    while let Some(batch) = rows.next()? {
        form.rows(&batch, &mut out)?;
        out.flush()?;
        if !terminal::is_heard() {
            return Ok(());
        }
    }
    let told = rows.told();
    say_notes(&told);
    form.end(&told, &mut out)
}

fn begin(
    rows: &Streamed<'_>,
    format: Format,
    with_checkpoint: bool,
    out: &mut Out,
) -> Result<Box<dyn Form>, Failure> {
    let schema = rows.schema();
    Ok(match format {
        Format::Json => Box::new(forms::Json::begin(schema, with_checkpoint, out)?),
        Format::Ndjson => Box::new(forms::Ndjson::begin(schema, with_checkpoint)?),
        Format::Csv => Box::new(forms::Csv::begin(schema, with_checkpoint, out)?),
        Format::Parquet => Box::new(forms::Parquet::begin(schema)?),
        Format::Arrow => Box::new(forms::Arrow::begin(schema, &rows.told())?),
        Format::Table => unreachable!("a table is as wide as its widest rows, so they are collected"),
    })
}
