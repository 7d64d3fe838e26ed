//! Answers in Parquet files and Arrow streams.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::root_as_message;
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
    guarded(|| if format == Format::Parquet { standing_in_parquet(file) } else { standing_in_arrow(file) })?
}

fn standing_in_parquet(file: File) -> Option<String> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).ok()?;
    let pairs = builder.metadata().file_metadata().key_value_metadata()?;
    pairs.iter().find(|pair| pair.key == STANDING_KEY)?.value.clone()
}

/// What stands behind the rows, else before them.
fn standing_in_arrow(file: File) -> Option<String> {
    let file = bounded(file).ok()?;
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
    let opened =
        guarded(|| if format == Format::Parquet { rows_of_parquet(file) } else { rows_of_arrow(file) });
    opened.unwrap_or_else(|| Err(damaged())).map_err(|error| Failure::Finding(error.to_string()).at(path))
}

fn rows_of_parquet(file: File) -> Result<FileRows, ArrowError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let (schema, batches) = (builder.schema().clone(), builder.build()?);
    Ok(FileRows { schema, batches: Box::new(Guarded(batches)) })
}

fn rows_of_arrow(file: File) -> Result<FileRows, ArrowError> {
    let batches = StreamReader::try_new(BufReader::new(bounded(file)?), None)?;
    Ok(FileRows { schema: batches.schema(), batches: Box::new(Guarded(batches)) })
}

/// Sees that no message of a stream claims to be longer than its file: the reader takes the memory before it reads.
fn bounded(mut file: File) -> Result<File, ArrowError> {
    let length = file.metadata()?.len();
    let mut messages = BufReader::new(&file);
    loop {
        let mut prefix = Vec::new();
        messages.by_ref().take(8).read_to_end(&mut prefix)?;
        // A mark that a message follows, and the length of what says what it is.
        let Some(length_bytes) = prefix.get(4..) else { break };
        let Ok(length_bytes) = <[u8; 4]>::try_from(length_bytes) else { break };
        let metadata_bytes = u32::from_le_bytes(length_bytes);
        let mut metadata = Vec::new();
        messages.by_ref().take(metadata_bytes.into()).read_to_end(&mut metadata)?;
        if metadata.is_empty() {
            continue;
        }
        let message = root_as_message(&metadata).map_err(|_| damaged())?;
        let body_bytes = u64::try_from(message.bodyLength()).ok().filter(|&bytes| bytes <= length);
        let body_bytes = body_bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(damaged)?;
        messages.seek_relative(body_bytes)?;
    }
    file.rewind()?;
    Ok(file)
}

/// Rows whose reader may panic.
struct Guarded<B>(B);

impl<B: Iterator<Item = Result<RecordBatch, ArrowError>>> Iterator for Guarded<B> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        guarded(|| self.0.next()).unwrap_or_else(|| Some(Err(damaged())))
    }
}

/// Reads; `None` where the library that reads panics, as parquet 59 and arrow-ipc 59 do at some damaged files.
fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    let told = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let read = panic::catch_unwind(AssertUnwindSafe(read));
    panic::set_hook(told);
    read.ok()
}

fn damaged() -> ArrowError {
    ArrowError::ParseError("the file is damaged".to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use arrow_ipc::writer::StreamWriter;
    use parquet::arrow::ArrowWriter;

    use super::{Format, evidence, format, rows};

    fn batch() -> RecordBatch {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), Some("b"), None]));
        RecordBatch::try_from_iter([("n", numbers), ("t", texts)]).unwrap()
    }

    fn parquet() -> Vec<u8> {
        let mut writer = ArrowWriter::try_new(Vec::new(), batch().schema(), None).unwrap();
        writer.write(&batch()).unwrap();
        writer.into_inner().unwrap()
    }

    fn arrow() -> Vec<u8> {
        let mut writer = StreamWriter::try_new(Vec::new(), &batch().schema()).unwrap();
        writer.write(&batch()).unwrap();
        writer.into_inner().unwrap()
    }

    /// Reads all of a file, whatever comes of it.
    fn read(bytes: &[u8], as_format: Format) -> Option<usize> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let _ = evidence(as_format, file.path());
        let rows = rows(as_format, file.path()).ok()?;
        // Behind an error nothing is asked for.
        rows.batches.map(|batch| batch.ok().map(|batch| batch.num_rows())).sum()
    }

    #[test]
    fn a_damaged_file_is_an_error_or_other_rows_and_never_more() {
        for (bytes, as_format) in [(parquet(), Format::Parquet), (arrow(), Format::Arrow)] {
            assert_eq!(format(&bytes), Some(as_format));
            assert_eq!(read(&bytes, as_format), Some(3));
            for place in 0..bytes.len() {
                let mut damaged = bytes.clone();
                damaged[place] ^= [0x01, 0x80, 0xff][place % 3];
                read(&damaged, as_format);
                if place % 8 == 0 {
                    read(&bytes[..place], as_format);
                }
            }
        }
    }
}
