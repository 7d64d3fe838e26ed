//! Rows of a file, compared with those that the log gives.

use arrow_array::{ArrayRef, RecordBatch};
use arrow_cast::cast;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, Schema};

use super::files::FileRows;
use crate::asking::streamed::Streamed;
use crate::failure::Failure;
use crate::output::{RowsDigest, type_name};
use crate::terminal::printable;

/// Returns the digest of the rows that the log gives, once those of the file are seen to be the same. Layouts may
/// differ: other programs write the same values otherwise.
///
/// # Errors
/// `Finding`: the first difference.
pub(super) fn compare(file: FileRows, answer: &mut Streamed<'_>) -> Result<RowsDigest, Failure> {
    let (in_file, of_log) = (columns(&file.schema), columns(answer.schema()));
    if in_file != of_log {
        return Err(different("the columns are", &in_file, &of_log));
    }
    let mut digest = RowsDigest::of(answer.schema());
    let mut batches = file.batches;
    let mut row = 1;
    let mut rest = None;
    while let Some(given) = answer.next()? {
        digest.add(&given)?;
        let mut given = given;
        while given.num_rows() > 0 {
            let Some(read) = next(&mut rest, &mut batches)? else {
                return Err(different(&format!("row {row} is"), "nothing", &shown_row(&given, 0)));
            };
            let count = read.num_rows().min(given.num_rows());
            same_rows(&read.slice(0, count), &given.slice(0, count), row)?;
            row += count as u64;
            rest = (count < read.num_rows()).then(|| read.slice(count, read.num_rows() - count));
            given = given.slice(count, given.num_rows() - count);
        }
    }
    match next(&mut rest, &mut batches)? {
        Some(more) => Err(different(&format!("row {row} is"), &shown_row(&more, 0), "nothing")),
        None => Ok(digest),
    }
}

fn columns(schema: &Schema) -> String {
    let columns =
        schema.fields().iter().map(|field| format!("{} {}", field.name(), type_name(field.data_type())));
    columns.collect::<Vec<_>>().join(", ")
}

/// The next rows of the file that are not empty: what is left of a batch, or the next one.
fn next(
    rest: &mut Option<RecordBatch>,
    batches: &mut impl Iterator<Item = Result<RecordBatch, ArrowError>>,
) -> Result<Option<RecordBatch>, Failure> {
    if rest.is_some() {
        return Ok(rest.take());
    }
    let next = batches.find(|batch| batch.as_ref().map_or(true, |batch| batch.num_rows() > 0));
    next.transpose().map_err(|error| Failure::Finding(format!("the file cannot be read to its end: {error}")))
}

/// `first` is the number of the first row, beginning with 1.
fn same_rows(read: &RecordBatch, given: &RecordBatch, first: u64) -> Result<(), Failure> {
    let mut earliest: Option<(usize, usize)> = None;
    for (place, (read, given)) in read.columns().iter().zip(given.columns()).enumerate() {
        let until = earliest.map_or(given.len(), |(row, _)| row);
        if let Some(row) = first_difference(&read.slice(0, until), &given.slice(0, until))? {
            earliest = Some((row, place));
        }
    }
    let Some((row, place)) = earliest else { return Ok(()) };
    let name = printable(given.schema_ref().field(place).name()).into_owned();
    let what = format!("row {}, column {name} is", first + row as u64);
    Err(different(&what, &shown_value(read.column(place), row), &shown_value(given.column(place), row)))
}

fn first_difference(read: &ArrayRef, given: &ArrayRef) -> Result<Option<usize>, Failure> {
    let unreadable = |error: ArrowError| Failure::Finding(format!("the file has other types: {error}"));
    let read = cast(read, given.data_type()).map_err(unreadable)?;
    if &read == given {
        return Ok(None);
    }
    Ok((0..given.len()).find(|&row| read.slice(row, 1) != given.slice(row, 1)))
}

fn different(what: &str, in_file: &str, of_log: &str) -> Failure {
    Failure::Finding(format!(
        "{what} not what the log gives\n  in the file  {in_file}\n  of the log   {of_log}"
    ))
}

fn shown_row(batch: &RecordBatch, row: usize) -> String {
    let values: Vec<String> = batch.columns().iter().map(|column| shown_value(column, row)).collect();
    values.join(", ")
}

fn shown_value(column: &ArrayRef, row: usize) -> String {
    let options = FormatOptions::new().with_null("null");
    let text = ArrayFormatter::try_new(column, &options).map(|formatter| formatter.value(row).to_string());
    printable(&text.unwrap_or_else(|error| error.to_string())).into_owned()
}
