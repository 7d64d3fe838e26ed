//! Rows of a history that the server has put into a Parquet file.

use std::io::BufWriter;
use std::panic::catch_unwind;

use annals_log::json::Value;
use arrow_json::LineDelimitedWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

/// The length of all rows of a file as JSON: a file that unpacks to more is refused.
const ROWS_BYTES_MAX: usize = 64 << 20;
/// Rows that are unpacked at once: few, since each may be large.
const BATCH_ROWS: usize = 64;

/// Returns the rows of a file, in its order, each as a JSON object of the columns that have a value there.
///
/// # Errors
/// Says why it cannot be read, or not to its end.
pub fn exported_rows(file: &[u8]) -> Result<Vec<Value>, String> {
    // parquet 59 panics at some damaged files.
    catch_unwind(|| read(file))
        .unwrap_or_else(|_| Err("is a Parquet file whose reader panics at it".to_owned()))
}

fn read(file: &[u8]) -> Result<Vec<Value>, String> {
    let wrong = |error: ParquetError| format!("is no Parquet file that can be read: {error}");
    let file = bytes::Bytes::copy_from_slice(file);
    let batches = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|reader| reader.with_batch_size(BATCH_ROWS).build())
        .map_err(wrong)?;
    let mut lines = Vec::new();
    for batch in batches {
        let batch = batch.map_err(|error| format!("is a Parquet file that breaks off: {error}"))?;
        let mut writer = LineDelimitedWriter::new(BufWriter::new(&mut lines));
        let written = writer.write(&batch).and_then(|()| writer.finish());
        written.map_err(|error| format!("has values that are no JSON: {error}"))?;
        drop(writer);
        if lines.len() > ROWS_BYTES_MAX {
            return Err(format!("has rows of over {ROWS_BYTES_MAX} bytes"));
        }
    }
    let text = String::from_utf8(lines).map_err(|_| "has text that is not UTF-8".to_owned())?;
    Ok(text.lines().map(|line| Value::Text(line.into())).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use parquet::arrow::ArrowWriter;

    use super::exported_rows;

    fn file() -> Vec<u8> {
        let steps: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), Some("b"), None]));
        let batch = RecordBatch::try_from_iter([("_step", steps), ("text", texts)]).unwrap();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap()
    }

    #[test]
    fn a_damaged_file_is_an_error_or_other_rows() {
        let whole = file();
        assert_eq!(exported_rows(&whole).map(|rows| rows.len()), Ok(3));
        for place in 0..whole.len() {
            for bits in [0x01, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[place] ^= bits;
                let _ = exported_rows(&damaged);
            }
            assert!(exported_rows(&whole[..place]).is_err(), "cut at {place}");
        }
    }
}
