//! Rows as text for programs: JSON and CSV, batch by batch.

use std::collections::HashSet;

use annals_queries::Answer;
use arrow_array::RecordBatch;
use arrow_json::Writer;
use arrow_json::writer::{JsonArray, JsonFormat, LineDelimited, WriterBuilder};
use arrow_schema::{Schema, SchemaRef};

use super::error::internal;
use crate::failure::Failure;

/// JSON on its way: keys in the order of the columns, nulls written, times as RFC 3339.
pub(super) struct JsonText<F: JsonFormat>(Writer<Vec<u8>, F>);

/// CSV on its way.
pub(super) struct CsvText;

/// An array of objects.
///
/// # Errors
/// As of [`JsonText::begin`].
pub(crate) fn json(answer: &Answer) -> Result<String, Failure> {
    written::<JsonArray>(answer)
}

/// An object a line.
///
/// # Errors
/// As of [`JsonText::begin`].
pub(crate) fn ndjson(answer: &Answer) -> Result<String, Failure> {
    written::<LineDelimited>(answer)
}

fn written<F: JsonFormat + Default>(answer: &Answer) -> Result<String, Failure> {
    let mut json = JsonText::<F>::begin(&answer.schema)?;
    let mut text = String::new();
    for batch in &answer.batches {
        text += &json.rows(batch)?;
    }
    Ok(text + &json.end()?)
}

impl<F: JsonFormat + Default> JsonText<F> {
    /// # Errors
    /// `Usage`: two columns bear one name, and who reads an object gets but one of them.
    pub(super) fn begin(schema: &Schema) -> Result<Self, Failure> {
        let mut names = HashSet::new();
        if let Some(twice) = schema.fields().iter().find(|field| !names.insert(field.name())) {
            let name = twice.name();
            return Err(Failure::Usage(format!("two columns are called {name}: name them apart, with AS")));
        }
        Ok(Self(WriterBuilder::new().with_explicit_nulls(true).build::<_, F>(Vec::new())))
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
        csv(&RecordBatch::new_empty(schema.clone()), true)
    }

    pub(super) fn rows(batch: &RecordBatch) -> Result<String, Failure> {
        csv(batch, false)
    }
}

fn csv(batch: &RecordBatch, with_header: bool) -> Result<String, Failure> {
    let mut writer = arrow_csv::WriterBuilder::new().with_header(with_header).build(Vec::new());
    writer.write(batch).map_err(internal)?;
    Ok(text(writer.into_inner()))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("texts of Arrow are UTF-8, and so is what stands between them")
}
