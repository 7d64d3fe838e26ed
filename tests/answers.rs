//! The rows of an answer, as JSON values and as texts.

use annals_log::json::Value;
use annals_queries::Answer;
use datafusion::arrow::array::{Array, AsArray as _};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, UInt64Type};
use datafusion::arrow::util::display::array_value_to_string;

/// Every row, its values in the order of the columns.
pub(crate) fn values(answer: &Answer) -> Vec<Vec<Value>> {
    let rows = answer.batches.iter().flat_map(|batch| {
        (0..batch.num_rows()).map(|row| batch.columns().iter().map(|column| value(column, row)).collect())
    });
    rows.collect()
}

/// Every row as texts: null is `NULL`, the empty text `(empty)`.
pub(crate) fn texts(answer: &Answer) -> Vec<Vec<String>> {
    let text = |column: &dyn Array, row: usize| match array_value_to_string(column, row).unwrap() {
        _ if column.is_null(row) => "NULL".to_owned(),
        text if text.is_empty() => "(empty)".to_owned(),
        text => text,
    };
    let rows = answer.batches.iter().flat_map(|batch| {
        (0..batch.num_rows()).map(move |row| batch.columns().iter().map(|column| text(column, row)).collect())
    });
    rows.collect()
}

fn value(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Boolean => Value::Bool(column.as_boolean().value(row)),
        DataType::Utf8 => Value::Text(column.as_string::<i32>().value(row).into()),
        DataType::Int64 => Value::Number(column.as_primitive::<Int64Type>().value(row).into()),
        DataType::UInt64 => {
            let value = i64::try_from(column.as_primitive::<UInt64Type>().value(row)).unwrap();
            Value::Number(value.into())
        }
        DataType::Float64 => Value::Number(column.as_primitive::<Float64Type>().value(row).into()),
        other => panic!("a column of {other}"),
    }
}
