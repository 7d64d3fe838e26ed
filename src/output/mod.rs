//! Answers as people and programs read them.

mod columns;
mod digest;
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
use crate::asking::told::Told;
use crate::failure::Failure;
use crate::terminal;

pub(crate) use digest::{RowsDigest, type_name};
use format::Format;
use forms::Form;
pub(crate) use forms::STANDING_KEY;
use manner::Manner;
pub(crate) use rows::{json, ndjson};
use standing::say_notes;
pub(crate) use standing::{ANSWERED, StandingJson, write_notes};
pub(crate) use table::table;
use text::Texts;
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
    let mut out = Texts::out();
    let (form, told) = write_rows(&mut rows, manner, &mut out)?;
    if !terminal::is_heard() {
        return Ok(());
    }
    if manner.format != Format::Table {
        say_notes(&told, manner.is_quiet);
    }
    form.end(&told, &mut out)
}

/// Writes a text as it was written before, with the notes that it had.
///
/// # Errors
/// Those of [`write`].
pub(crate) fn write_again(
    mut rows: Streamed<'_>,
    manner: &Manner,
    notes: &[String],
    out: &mut dyn Write,
) -> Result<Told, Failure> {
    let (form, told) = write_rows(&mut rows, manner, out)?;
    form.end(&Told { only_notes: Some(notes.to_vec()), ..told.clone() }, out)?;
    Ok(told)
}

/// Writes up to the last row, unless nobody takes it any more, and returns what is to follow.
fn write_rows(
    rows: &mut Streamed<'_>,
    manner: &Manner,
    out: &mut dyn Write,
) -> Result<(Box<dyn Form>, Told), Failure> {
    let mut form = begin(rows, manner, out)?;
    let mut digest = manner.gives_question().then(|| RowsDigest::of(rows.schema()));
    while let Some(batch) = rows.next()? {
        digest.as_mut().map_or(Ok(()), |digest| digest.add(&batch))?;
        form.rows(&batch, out)?;
        out.flush()?;
        if !terminal::is_heard() {
            break;
        }
    }
    let answered = digest.map(|digest| rows.answered(digest.rows(), digest.end(), manner.table()));
    Ok((form, Told { answered, ..rows.told() }))
}

fn begin(rows: &Streamed<'_>, manner: &Manner, out: &mut dyn Write) -> Result<Box<dyn Form>, Failure> {
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
