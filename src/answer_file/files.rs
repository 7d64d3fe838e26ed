//! Answers in Parquet files and Arrow streams.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_schema::{ArrowError, SchemaRef};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::Evidence;
use crate::failure::Failure;
use crate::output::STANDING_KEY;
use crate::output::format::Format;

/// So much of a file tells its form.
pub(super) const MAGIC_BYTES: u64 = 8;

/// Rows of a file, and the schema of all of them.
pub(super) struct FileRows {
    pub(super) schema: SchemaRef,
    pub(super) batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>,
}

/// Returns the form of the file that begins with these bytes, if it is not a text.
pub(super) fn format(first: &[u8]) -> Option<Format> {
    if first.starts_with(b"PAR1") {
        Some(Format::Parquet)
    } else if first.starts_with(&[0xff; 4]) {
        Some(Format::Arrow)
    } else {
        None
    }
}

/// Returns what a file tells beside its rows; `None` where it tells nothing, or cannot be read.
pub(super) fn evidence(format: Format, path: &Path) -> Option<Evidence> {
    serde_json::from_str(&standing(format, path)?).ok()
}

/// The same as the text that it is.
pub(super) fn standing(format: Format, path: &Path) -> Option<String> {
    let file = File::open(path).ok()?;
    if format == Format::Parquet {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).ok()?;
        let pairs = builder.metadata().file_metadata().key_value_metadata()?;
        return pairs.iter().find(|pair| pair.key == STANDING_KEY)?.value.clone();
    }
    let mut file = BufReader::new(file);
    let mut rows = StreamReader::try_new(&mut file, None).ok()?;
    let before = rows.schema().metadata().get(STANDING_KEY).cloned();
    rows.by_ref().find(Result::is_err);
    drop(rows);
    let behind = StreamReader::try_new(&mut file, None).ok();
    behind.and_then(|last| last.schema().metadata().get(STANDING_KEY).cloned()).or(before)
}

/// Opens the rows of a file.
pub(super) fn rows(format: Format, path: &Path) -> Result<FileRows, Failure> {
    let file = File::open(path).map_err(|error| Failure::input(path, &error))?;
    let unreadable = |error: &dyn std::fmt::Display| Failure::Finding(error.to_string()).at(path);
    if format == Format::Parquet {
        let rows = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| {
            Ok(FileRows { schema: builder.schema().clone(), batches: Box::new(builder.build()?) })
        });
        return rows.map_err(|error| unreadable(&error));
    }
    let rows = StreamReader::try_new(BufReader::new(file), None);
    let rows = rows.map_err(|error| unreadable(&error))?;
    Ok(FileRows { schema: rows.schema(), batches: Box::new(rows) })
}
