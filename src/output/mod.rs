//! Answers as people and programs read them.

mod error;
mod rows;
mod standing;
mod table;

use std::io::Write;
use std::sync::Arc;

use annals_queries::Answer;
use arrow_array::RecordBatch;
use arrow_ipc::writer::StreamWriter;
use clap::ValueEnum;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde::Deserialize;

use crate::failure::Failure;
use crate::terminal::{self, printable_lines};

use error::internal;
pub(crate) use rows::{json, ndjson};
use standing::say_notes;
pub(crate) use standing::{StandingJson, notes, write_notes};
pub(crate) use table::table;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// For reading, and for pasting: Markdown
    Table,
    /// An array of objects
    Json,
    /// An object a line
    Ndjson,
    /// With a header; null and the empty text look the same
    Csv,
    /// A Parquet file, the checkpoint in its metadata
    Parquet,
    /// An Arrow IPC stream, the checkpoint in its metadata
    Arrow,
}

impl Format {
    /// A table where somebody looks, lines where a program does.
    ///
    /// # Errors
    /// `Usage`: the bytes of that form are not for a terminal.
    pub(crate) fn for_reader(given: Option<Self>) -> Result<Self, Failure> {
        let format = given.unwrap_or(if terminal::is_watched() { Self::Table } else { Self::Ndjson });
        if matches!(format, Self::Parquet | Self::Arrow) && terminal::is_watched() {
            let text =
                "these bytes are not for a terminal: send them to a file, as in `annals query ... > rows`";
            return Err(Failure::Usage(text.to_owned()));
        }
        Ok(format)
    }

    /// Whether the checkpoint is in it, asked for or not.
    pub(crate) fn has_checkpoint(self) -> bool {
        matches!(self, Self::Table | Self::Parquet | Self::Arrow)
    }
}

/// Writes an answer to standard output, with what has to be known of it.
pub(crate) fn write(answer: &Answer, format: Format, with_checkpoint: bool) -> Result<(), Failure> {
    if format != Format::Table {
        say_notes(answer);
    }
    let mut out = terminal::out();
    match format {
        Format::Table => {
            writeln!(out, "{}", table(answer)?)?;
            standing::write_below_table(answer, &mut out)?;
        }
        Format::Json if with_checkpoint => {
            let (rows, standing) = (json(answer)?, StandingJson::text(answer)?);
            write_text(&format!("{{\"rows\":{rows},\"checkpoint\":{standing}}}\n"), &mut out)?;
        }
        Format::Json => write_text(&(json(answer)? + "\n"), &mut out)?,
        Format::Ndjson => {
            write_text(&ndjson(answer)?, &mut out)?;
            if with_checkpoint {
                write_text(&format!("{{\"checkpoint\":{}}}\n", StandingJson::text(answer)?), &mut out)?;
            }
        }
        Format::Csv => {
            write_text(&rows::csv(answer)?, &mut out)?;
            if with_checkpoint {
                let lines = notes(answer).into_iter().map(|note| format!("note: {note}"));
                let note = answer.standing.checkpoint.as_str().lines().map(str::to_owned);
                lines.chain(note).try_for_each(|line| writeln!(out, "# {line}"))?;
            }
        }
        Format::Parquet => out.write_all(&parquet(answer)?)?,
        Format::Arrow => out.write_all(&arrow(answer)?)?,
    }
    Ok(())
}

/// Byte for byte, but on a terminal.
pub(crate) fn write_text(text: &str, out: &mut impl Write) -> Result<(), Failure> {
    let shown = if terminal::is_watched() { printable_lines(text) } else { text.into() };
    Ok(out.write_all(shown.as_bytes())?)
}

/// What files of rows have in their metadata: the checkpoint as it was signed, and all that has to be known of the
/// answer.
fn metadata(answer: &Answer) -> Result<[(String, String); 2], Failure> {
    let checkpoint = answer.standing.checkpoint.as_str().to_owned();
    let standing = StandingJson::text(answer)?;
    Ok([("annals.checkpoint".to_owned(), checkpoint), ("annals.standing".to_owned(), standing)])
}

fn parquet(answer: &Answer) -> Result<Vec<u8>, Failure> {
    let metadata = metadata(answer)?.into_iter().map(|(key, value)| KeyValue::new(key, value));
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(metadata.collect()))
        .set_created_by(concat!("annals ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let schema = Arc::clone(&answer.schema);
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties)).map_err(internal)?;
    answer.batches.iter().try_for_each(|batch| writer.write(batch)).map_err(internal)?;
    writer.into_inner().map_err(internal)
}

fn arrow(answer: &Answer) -> Result<Vec<u8>, Failure> {
    let mut known = answer.schema.metadata().clone();
    known.extend(metadata(answer)?);
    let schema = Arc::new(answer.schema.as_ref().clone().with_metadata(known));
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).map_err(internal)?;
    for batch in &answer.batches {
        let batch = RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec()).map_err(internal)?;
        writer.write(&batch).map_err(internal)?;
    }
    writer.into_inner().map_err(internal)
}
