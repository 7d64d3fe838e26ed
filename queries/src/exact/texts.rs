//! Numbers and times as texts, as PostgreSQL writes them: Arrow writes 33.0 for 33, and a T within a time.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{ArrayRef, AsArray as _, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, TimeUnit, TimestampNanosecondType};
use datafusion::arrow::temporal_conversions::timestamp_ns_to_datetime;
use datafusion::common::DFSchema;
use datafusion::common::exec_datafusion_err;
use datafusion::error::Result;
use datafusion::logical_expr::{
    Cast, ColumnarValue, Expr, ExprSchemable as _, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

/// Below this exponent of ten, and from the other one on, a float is written with its exponent.
const EXPONENT_MIN: i32 = -4;
const EXPONENT_MAX: i32 = 15;

static AS_TEXT: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
    Arc::new(ScalarUDF::new_from_impl(AsText(Signature::user_defined(Volatility::Immutable))))
});

/// Exchanges a cast of a float or a time to a text.
///
/// # Errors
/// The inner one is the cast, when it is of something else.
pub(super) fn written(cast: Cast, schema: &DFSchema) -> Result<std::result::Result<Expr, Cast>> {
    let is_text = matches!(cast.field.data_type(), DataType::Utf8);
    let from = cast.expr.get_type(schema)?;
    if !is_text || !(from.is_floating() || matches!(from, DataType::Timestamp(..))) {
        return Ok(Err(cast));
    }
    Ok(Ok(AS_TEXT.call(vec![*cast.expr])))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct AsText(Signature);

impl ScalarUDFImpl for AsText {
    fn name(&self) -> &'static str {
        "as_text"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types.to_vec())
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let texts = match arrays[0].data_type() {
            DataType::Float32 => {
                let floats = arrays[0].as_primitive::<datafusion::arrow::datatypes::Float32Type>();
                floats
                    .iter()
                    .map(|value| value.map(|value| float(f64::from(value), &format!("{value:e}"))))
                    .collect()
            }
            DataType::Timestamp(_, zone) => times(&arrays[0], zone.is_some())?,
            _ => {
                let floats = cast(&arrays[0], &DataType::Float64)?;
                let floats = floats.as_primitive::<Float64Type>().iter();
                floats
                    .map(|value| value.map(|value| float(value, &format!("{value:e}"))))
                    .collect::<StringArray>()
            }
        };
        Ok(ColumnarValue::Array(Arc::new(texts)))
    }
}

/// `value` as `float8out` of PostgreSQL writes it: the fewest digits that tell it from its neighbours.
fn float(value: f64, scientific: &str) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let (digits, exponent) = scientific.split_once('e').expect("a number has an exponent when asked for one");
    let exponent: i32 = exponent.parse().expect("it is a whole number");
    if (EXPONENT_MIN..EXPONENT_MAX).contains(&exponent) {
        // With a precision of its own, a number of single precision would get digits that it does not have.
        let decimals = digits.trim_start_matches('-').len().saturating_sub(2);
        let decimals = i32::try_from(decimals).unwrap_or(i32::MAX) - exponent;
        let decimals = usize::try_from(decimals).unwrap_or(0);
        return format!("{value:.decimals$}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// `2026-03-14 12:34:56.789`, with `+00` behind it for what has a time zone, which here is always UTC.
fn times(array: &ArrayRef, has_zone: bool) -> Result<StringArray> {
    let times = cast(array, &DataType::Timestamp(TimeUnit::Nanosecond, None))?;
    let written = times.as_primitive::<TimestampNanosecondType>().iter().map(|time| {
        let Some(time) = time else { return Ok(None) };
        let out_of_range = || exec_datafusion_err!("{time} ns are no time of a calendar");
        let time = timestamp_ns_to_datetime(time).ok_or_else(out_of_range)?;
        let whole = time.format("%Y-%m-%d %H:%M:%S").to_string();
        let fraction = time.format("%.9f").to_string();
        let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
        Ok(Some(format!("{whole}{fraction}{}", if has_zone { "+00" } else { "" })))
    });
    written.collect()
}

#[cfg(test)]
mod tests {
    use super::float;

    #[test]
    fn floats_have_the_fewest_digits_and_an_exponent_where_they_are_long() {
        for (value, right) in [
            (33.0, "33"),
            (-0.0, "-0"),
            (0.1, "0.1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e20, "1e+20"),
            (1.5e-7, "1.5e-07"),
            (0.0001, "0.0001"),
            (0.000_012_3, "1.23e-05"),
            (123_456_789_012_345.0, "123456789012345"),
            (1e15, "1e+15"),
            (1234.5, "1234.5"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(float(value, &format!("{value:e}")), right);
        }
        assert_eq!(float(f64::from(0.1_f32), &format!("{:e}", 0.1_f32)), "0.1");
    }
}
