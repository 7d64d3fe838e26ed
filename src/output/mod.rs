//! Answers as people and programs read them.

mod columns;
mod error;
mod floats;
pub(crate) mod format;
mod forms;
pub(crate) mod manner;
mod rows;
mod standing;
mod table;
mod text;

use std::io::Write;

use crate::asking::streamed::Streamed;
use crate::failure::Failure;
use crate::terminal::{self, Out};

use format::Format;
use forms::Form;
use manner::Manner;
pub(crate) use rows::{json, ndjson};
use standing::say_notes;
pub(crate) use standing::{StandingJson, write_notes};
pub(crate) use table::table;
pub(crate) use text::write_text;

/// Writes an answer as its rows come, and what has to be known of it: under a table, else on standard error. It ends
/// early where nobody takes it any more.
///
/// # Errors
/// `Usage`: the form cannot hold a column, and nothing was written. What was written before any other is not the whole
/// answer.
pub(crate) fn write(mut rows: Streamed<'_>, manner: &Manner) -> Result<(), Failure> {
    columns::check(rows.schema(), manner.format)?;
    // Before the first byte: what is given out is kept, or nothing is given out.
    if manner.gives_checkpoint() {
        rows.publish()?;
    }
    let mut out = terminal::out();
    let mut form = begin(&rows, manner, &mut out)?;
    while let Some(batch) = rows.next()? {
        form.rows(&batch, &mut out)?;
        out.flush()?;
        if !terminal::is_heard() {
            return Ok(());
        }
    }
    let told = rows.told();
    if manner.format != Format::Table {
        say_notes(&told, manner.is_quiet);
    }
    form.end(&told, &mut out)
}

fn begin(rows: &Streamed<'_>, manner: &Manner, out: &mut Out) -> Result<Box<dyn Form>, Failure> {
    let (schema, with_checkpoint) = (rows.schema(), manner.with_checkpoint);
    Ok(match manner.format {
        Format::Table => Box::new(table::Table::begin(schema, manner)),
        Format::Json => Box::new(forms::Json::begin(with_checkpoint, out)?),
        Format::Ndjson => Box::new(forms::Ndjson::begin(with_checkpoint)),
        Format::Csv => Box::new(forms::Csv::begin(schema, with_checkpoint, out)?),
        Format::Parquet => Box::new(forms::Parquet::begin(schema)?),
        Format::Arrow => Box::new(forms::Arrow::begin(schema, &rows.told())?),
    })
}
