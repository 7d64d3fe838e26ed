//! Rows as text for programs: JSON and CSV, batch by batch.

use std::sync::Arc;

use annals_queries::Answer;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_json::writer::{JsonArray, JsonFormat, LineDelimited, WriterBuilder, make_encoder};
use arrow_json::{EncoderOptions, Writer};
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};

use super::columns;
use super::error::internal;
use super::floats::Floats;
use super::format::Format;
use crate::failure::Failure;

/// JSON on its way: keys in the order of the columns, nulls written, times as RFC 3339, floats without a number as
/// texts.
pub(super) struct JsonText<F: JsonFormat>(Writer<Vec<u8>, F>);

/// CSV on its way. Lists, structs and maps are in it as JSON.
pub(super) struct CsvText;

/// An array of objects.
///
/// # Errors
/// `Usage`: JSON cannot hold a column.
pub(crate) fn json(answer: &Answer) -> Result<String, Failure> {
    columns::check(&answer.schema, Format::Json)?;
    written::<JsonArray>(answer)
}

/// An object a line.
///
/// # Errors
/// Those of [`json`].
pub(crate) fn ndjson(answer: &Answer) -> Result<String, Failure> {
    columns::check(&answer.schema, Format::Ndjson)?;
    written::<LineDelimited>(answer)
}

fn written<F: JsonFormat + Default>(answer: &Answer) -> Result<String, Failure> {
    let mut json = JsonText::<F>::begin();
    let mut text = String::new();
    for batch in &answer.batches {
        text += &json.rows(batch)?;
    }
    Ok(text + &json.end()?)
}

impl<F: JsonFormat + Default> JsonText<F> {
    pub(super) fn begin() -> Self {
        let builder = WriterBuilder::new().with_explicit_nulls(true).with_encoder_factory(Arc::new(Floats));
        Self(builder.build::<_, F>(Vec::new()))
    }

    pub(super) fn rows(&mut self, batch: &RecordBatch) -> Result<String, Failure> {
        self.0.write(batch).map_err(internal)?;
        Ok(text(std::mem::take(self.0.get_mut())))
    }

    pub(super) fn end(mut self) -> Result<String, Failure> {
        self.0.finish().map_err(internal)?;
        Ok(text(self.0.into_inner()))
    }
}

impl CsvText {
    pub(super) fn header(schema: &SchemaRef) -> Result<String, Failure> {
        csv(&flat(&RecordBatch::new_empty(schema.clone()))?, true)
    }

    pub(super) fn rows(batch: &RecordBatch) -> Result<String, Failure> {
        csv(&flat(batch)?, false)
    }
}

fn csv(batch: &RecordBatch, with_header: bool) -> Result<String, Failure> {
    let mut writer = arrow_csv::WriterBuilder::new().with_header(with_header).build(Vec::new());
    writer.write(batch).map_err(internal)?;
    Ok(text(writer.into_inner()))
}

/// The batch with texts of JSON where a column has values inside of values.
fn flat(batch: &RecordBatch) -> Result<RecordBatch, Failure> {
    let schema = batch.schema();
    let mut fields: Vec<FieldRef> = Vec::new();
    let mut columns = Vec::new();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        if field.data_type().is_nested() {
            fields.push(Field::new(field.name(), DataType::Utf8, true).into());
            columns.push(in_json(field, column)?);
        } else {
            fields.push(Arc::clone(field));
            columns.push(Arc::clone(column));
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(internal)
}

fn in_json(field: &FieldRef, column: &ArrayRef) -> Result<ArrayRef, Failure> {
    let options = EncoderOptions::default().with_explicit_nulls(true).with_encoder_factory(Arc::new(Floats));
    let mut encoder = make_encoder(field, column, &options).map_err(internal)?;
    let texts = (0..column.len()).map(|row| {
        (!encoder.is_null(row)).then(|| {
            let mut bytes = Vec::new();
            encoder.encode(row, &mut bytes);
            text(bytes)
        })
    });
    Ok(Arc::new(texts.collect::<StringArray>()))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("texts of Arrow are UTF-8, and so is what stands between them")
}
