//! Whole numbers as SQL sees them. Tables keep numbers that are never negative without a sign; whoever asks subtracts
//! them, and an unsigned difference wraps. Hence every such column is a `bigint` here.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array as _, ArrayRef, AsArray as _, Int64Array, RecordBatch, RecordBatchOptions,
};
use datafusion::arrow::buffer::ScalarBuffer;
use datafusion::arrow::compute::max;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, UInt64Type};
use datafusion::common::exec_err;
use datafusion::error::Result;

/// The schema that SQL sees.
pub(crate) fn schema(schema: &SchemaRef) -> SchemaRef {
    let signed = |field: &Arc<Field>| match field.data_type() {
        DataType::UInt64 => Arc::new(field.as_ref().clone().with_data_type(DataType::Int64)),
        _ => Arc::clone(field),
    };
    let fields: Fields = schema.fields().iter().map(signed).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// The rows that SQL sees.
///
/// # Errors
/// A number that is larger than any `bigint`.
pub(crate) fn rows(batch: &RecordBatch) -> Result<RecordBatch> {
    let fields = batch.schema_ref().fields();
    let columns = batch.columns().iter().zip(fields).map(|(column, field)| signed(column, field.name()));
    let columns = columns.collect::<Result<Vec<ArrayRef>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(schema(batch.schema_ref()), columns, &options)?)
}

fn signed(column: &ArrayRef, name: &str) -> Result<ArrayRef> {
    let Some(numbers) = column.as_primitive_opt::<UInt64Type>() else { return Ok(Arc::clone(column)) };
    match max(numbers) {
        Some(largest) if i64::try_from(largest).is_err() => {
            exec_err!(
                "{name} is {largest} in a row, which is larger than any bigint: leave the row out, or the column"
            )
        }
        _ => {
            // The bytes are the same.
            let values = ScalarBuffer::new(numbers.values().inner().clone(), 0, numbers.len());
            Ok(Arc::new(Int64Array::new(values, numbers.nulls().cloned())))
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::UInt64Array;
    use datafusion::arrow::datatypes::Int64Type;

    use super::*;

    fn batch(numbers: Vec<Option<u64>>) -> RecordBatch {
        let numbers: ArrayRef = Arc::new(UInt64Array::from(numbers));
        RecordBatch::try_from_iter_with_nullable([("n", numbers, true)]).unwrap()
    }

    #[test]
    fn numbers_get_a_sign_or_an_error() {
        let there = rows(&batch(vec![Some(0), None, Some(i64::MAX as u64)])).unwrap();
        let numbers: Vec<_> = there.column(0).as_primitive::<Int64Type>().iter().collect();
        assert_eq!(numbers, [Some(0), None, Some(i64::MAX)]);
        let error = rows(&batch(vec![Some(1 << 63)])).unwrap_err().to_string();
        assert!(error.contains("n is 9223372036854775808"), "{error}");
    }
}
