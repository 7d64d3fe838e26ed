//! The forms of an answer for programs, each written while the rows come.

use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::writer::StreamWriter;
use arrow_json::writer::{JsonArray, LineDelimited};
use arrow_schema::{Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::error::internal;
use super::rows::{CsvText, JsonText};
use super::standing::{StandingJson, evidence_lines};
use crate::asking::told::Told;
use crate::failure::Failure;
use crate::terminal::SharedOut;

/// The most rows that are made into one text.
const TEXT_ROWS_MAX: usize = 1024;
/// The size of a row group as it is in the file, which is held until it is whole.
const ROW_GROUP_BYTES_MAX: usize = 16 << 20;
/// The size at which a column's page is packed. The next is in the making meanwhile, and the allocator gives back only
/// after a while what both took.
const PAGE_BYTES: usize = 256 << 10;

/// The key of the metadata that says all of an answer.
pub(crate) const STANDING_KEY: &str = "annals.standing";

/// One form of an answer, which is written as it comes. Those that are no text go to standard output in any case.
pub(super) trait Form {
    /// Writes rows.
    fn rows(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<(), Failure>;

    /// Writes what follows the last row.
    fn end(self: Box<Self>, told: &Told, out: &mut dyn Write) -> Result<(), Failure>;
}

pub(super) struct Json {
    text: JsonText<JsonArray>,
    with_checkpoint: bool,
}

pub(super) struct Ndjson {
    text: JsonText<LineDelimited>,
    with_checkpoint: bool,
}

pub(super) struct Csv {
    with_checkpoint: bool,
}

/// Row groups of about 16 MiB, so that a file of any length takes no more memory.
pub(super) struct Parquet(ArrowWriter<SharedOut>);

pub(super) struct Arrow {
    /// With what was known before the first row.
    schema: SchemaRef,
    writer: StreamWriter<SharedOut>,
}

impl Json {
    pub(super) fn begin(with_checkpoint: bool, out: &mut dyn Write) -> Result<Self, Failure> {
        if with_checkpoint {
            write_text("{\"rows\":", out)?;
        }
        Ok(Self { text: JsonText::begin(), with_checkpoint })
    }
}

impl Form for Json {
    fn rows(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<(), Failure> {
        pieces(batch).try_for_each(|piece| write_text(&self.text.rows(&piece)?, out))
    }

    fn end(self: Box<Self>, told: &Told, out: &mut dyn Write) -> Result<(), Failure> {
        write_text(&self.text.end()?, out)?;
        if self.with_checkpoint {
            write_text(&format!(",\"checkpoint\":{}}}", StandingJson::text(told)?), out)?;
        }
        write_text("\n", out)
    }
}

impl Ndjson {
    pub(super) fn begin(with_checkpoint: bool) -> Self {
        Self { text: JsonText::begin(), with_checkpoint }
    }
}

impl Form for Ndjson {
    fn rows(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<(), Failure> {
        pieces(batch).try_for_each(|piece| write_text(&self.text.rows(&piece)?, out))
    }

    fn end(self: Box<Self>, told: &Told, out: &mut dyn Write) -> Result<(), Failure> {
        write_text(&self.text.end()?, out)?;
        if self.with_checkpoint {
            write_text(&format!("{{\"checkpoint\":{}}}\n", StandingJson::text(told)?), out)?;
        }
        Ok(())
    }
}

impl Csv {
    pub(super) fn begin(
        schema: &SchemaRef,
        with_checkpoint: bool,
        out: &mut dyn Write,
    ) -> Result<Self, Failure> {
        write_text(&CsvText::header(schema)?, out)?;
        Ok(Self { with_checkpoint })
    }
}

impl Form for Csv {
    fn rows(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> Result<(), Failure> {
        pieces(batch).try_for_each(|piece| write_text(&CsvText::rows(&piece)?, out))
    }

    fn end(self: Box<Self>, told: &Told, out: &mut dyn Write) -> Result<(), Failure> {
        if self.with_checkpoint {
            for line in evidence_lines(told)?.lines() {
                writeln!(out, "# {line}")?;
            }
        }
        Ok(())
    }
}

impl Parquet {
    pub(super) fn begin(schema: &SchemaRef) -> Result<Self, Failure> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_bytes(Some(ROW_GROUP_BYTES_MAX))
            .set_data_page_size_limit(PAGE_BYTES)
            .set_dictionary_page_size_limit(PAGE_BYTES)
            .set_created_by(concat!("annals ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = ArrowWriter::try_new(SharedOut, Arc::clone(schema), Some(properties));
        Ok(Self(writer.map_err(internal)?))
    }
}

impl Form for Parquet {
    fn rows(&mut self, batch: &RecordBatch, _: &mut dyn Write) -> Result<(), Failure> {
        self.0.write(batch).map_err(internal)
    }

    fn end(mut self: Box<Self>, told: &Told, _: &mut dyn Write) -> Result<(), Failure> {
        for (key, value) in metadata(told)? {
            self.0.append_key_value_metadata(KeyValue::new(key, value));
        }
        self.0.close().map_err(internal)?;
        Ok(())
    }
}

impl Arrow {
    /// The metadata of a stream stands before its rows. What is known only behind the last of them is the metadata of
    /// a second stream, without columns.
    pub(super) fn begin(schema: &SchemaRef, told: &Told) -> Result<Self, Failure> {
        let mut known = schema.metadata().clone();
        known.extend(metadata(told)?);
        let schema = Arc::new(schema.as_ref().clone().with_metadata(known));
        let writer = StreamWriter::try_new(SharedOut, &schema).map_err(internal)?;
        Ok(Self { schema, writer })
    }
}

impl Form for Arrow {
    fn rows(&mut self, batch: &RecordBatch, _: &mut dyn Write) -> Result<(), Failure> {
        let batch =
            RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec()).map_err(internal)?;
        self.writer.write(&batch).map_err(internal)
    }

    fn end(mut self: Box<Self>, told: &Told, _: &mut dyn Write) -> Result<(), Failure> {
        self.writer.finish().map_err(internal)?;
        // The format has no place for metadata behind rows, and readers end at the end of the first stream.
        let last = Schema::empty().with_metadata(metadata(told)?.into());
        StreamWriter::try_new(SharedOut, &last).and_then(|mut writer| writer.finish()).map_err(internal)
    }
}

fn write_text(text: &str, out: &mut dyn Write) -> Result<(), Failure> {
    Ok(out.write_all(text.as_bytes())?)
}

fn pieces(batch: &RecordBatch) -> impl Iterator<Item = RecordBatch> {
    let starts = (0..batch.num_rows()).step_by(TEXT_ROWS_MAX);
    starts.map(|start| batch.slice(start, TEXT_ROWS_MAX.min(batch.num_rows() - start)))
}

/// What files of rows have in their metadata: the checkpoint as it was signed, and all that has to be known of the
/// answer.
fn metadata(told: &Told) -> Result<[(String, String); 2], Failure> {
    let checkpoint = told.standing.checkpoint.as_str().to_owned();
    let standing = StandingJson::text(told)?;
    Ok([("annals.checkpoint".to_owned(), checkpoint), (STANDING_KEY.to_owned(), standing)])
}
