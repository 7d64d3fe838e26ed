//! Rows as text for programs: JSON and CSV.

use std::collections::HashSet;

use annals_queries::Answer;
use arrow_array::RecordBatch;
use arrow_json::writer::{JsonArray, JsonFormat, LineDelimited, WriterBuilder};

use super::error::internal;
use crate::failure::Failure;

/// An array of objects. Here and below: keys in the order of the columns, nulls written, times as RFC 3339.
///
/// # Errors
/// `Usage`: two columns bear one name, and who reads an object gets but one of them.
pub(crate) fn json(answer: &Answer) -> Result<String, Failure> {
    written::<JsonArray>(answer)
}

/// An object a line.
///
/// # Errors
/// As of [`json`].
pub(crate) fn ndjson(answer: &Answer) -> Result<String, Failure> {
    written::<LineDelimited>(answer)
}

pub(super) fn csv(answer: &Answer) -> Result<String, Failure> {
    let mut writer = arrow_csv::WriterBuilder::new().with_header(true).build(Vec::new());
    // The header comes with the first batch.
    let header = RecordBatch::new_empty(answer.schema.clone());
    std::iter::once(&header)
        .chain(&answer.batches)
        .try_for_each(|batch| writer.write(batch))
        .map_err(internal)?;
    Ok(text(writer.into_inner()))
}

fn written<F: JsonFormat + Default>(answer: &Answer) -> Result<String, Failure> {
    let mut names = HashSet::new();
    if let Some(twice) = answer.schema.fields().iter().find(|field| !names.insert(field.name())) {
        let name = twice.name();
        return Err(Failure::Usage(format!("two columns are called {name}: name them apart, with AS")));
    }
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, F>(Vec::new());
    answer.batches.iter().try_for_each(|batch| writer.write(batch)).map_err(internal)?;
    writer.finish().map_err(internal)?;
    Ok(text(writer.into_inner()))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("texts of Arrow are UTF-8, and so is what stands between them")
}
