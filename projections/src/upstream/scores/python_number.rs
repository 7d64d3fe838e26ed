//! What Python makes of a score: divided, multiplied, and put into a tensor of `f32`.

use annals_log::json::{Number, Text, Value};

use super::exception::SyncException;

/// An error that upstream swallows: the score of the uid is 0 then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PythonError;

/// How many times `* 100` repeats a text or a list.
const TIMES: usize = 100;

/// `score / 100`.
///
/// # Errors
/// It is not a number, or the quotient is beyond all doubles.
pub(crate) fn over_100(score: &Value) -> Result<Value, PythonError> {
    let quotient = match score {
        Value::Bool(value) => f64::from(u8::from(*value)) / 100.0,
        // The quotient of integers is the double nearest to the exact one, which is the decimal two places on.
        Value::Number(number) if number.is_integer() => {
            let quotient: f64 = format!("{}e-2", number.as_str()).parse().map_err(|_| PythonError)?;
            if quotient.is_infinite() {
                return Err(PythonError);
            }
            // An integer zero has no sign, however it was written.
            quotient + 0.0
        }
        Value::Number(number) => number.to_f64() / 100.0,
        Value::Null | Value::Text(_) | Value::List(_) | Value::Object(_) => return Err(PythonError),
    };
    Ok(Value::Number(quotient.into()))
}

/// `score * 100`: texts and lists are repeated.
///
/// # Errors
/// Python cannot multiply it.
pub(crate) fn times_100(score: &Value) -> Result<Value, PythonError> {
    Ok(match score {
        Value::Bool(value) => integer(if *value { 100 } else { 0 }),
        Value::Number(number) if number.is_integer() => hundredfold(number),
        Value::Number(number) => Value::Number((number.to_f64() * 100.0).into()),
        Value::Text(text) => Value::Text(repeated(text)),
        Value::List(items) => Value::List(std::iter::repeat_n(items, TIMES).flatten().cloned().collect()),
        Value::Null | Value::Object(_) => return Err(PythonError),
    })
}

/// Returns the element that the score becomes in a tensor of `f32`.
///
/// # Errors
/// `Type`, `Runtime`.
pub(crate) fn tensor_element(score: &Value) -> Result<f32, SyncException> {
    match score {
        Value::Bool(value) => Ok(f32::from(u8::from(*value))),
        Value::Number(number) if number.is_integer() => {
            let integer: i64 = number.as_str().parse().map_err(|_| SyncException::Runtime)?;
            Ok(integer as f32)
        }
        Value::Number(number) => {
            let value = number.to_f64();
            if value.is_finite() && value.abs() > f64::from(f32::MAX) {
                return Err(SyncException::Runtime);
            }
            Ok(nearest_f32(value))
        }
        Value::Null | Value::Text(_) | Value::List(_) | Value::Object(_) => Err(SyncException::Type),
    }
}

/// Returns the `f32` nearest to a double.
#[expect(clippy::cast_possible_truncation, reason = "upstream's own floats are that short")]
pub(crate) fn nearest_f32(value: f64) -> f32 {
    value as f32
}

/// `float(score)`.
///
/// # Errors
/// It is not a number, or an integer beyond all doubles.
pub(crate) fn float(score: &Value) -> Result<f64, PythonError> {
    match score {
        Value::Bool(value) => Ok(f64::from(u8::from(*value))),
        Value::Number(number) => {
            let value = number.to_f64();
            if number.is_integer() && value.is_infinite() { Err(PythonError) } else { Ok(value) }
        }
        Value::Null | Value::Text(_) | Value::List(_) | Value::Object(_) => Err(PythonError),
    }
}

pub(crate) fn integer(value: i64) -> Value {
    Value::Number(value.into())
}

/// Returns an integer of any length a hundred times over: two more digits.
fn hundredfold(number: &Number) -> Value {
    let digits = number.as_str();
    let digits = if matches!(digits, "0" | "-0") { "0".to_owned() } else { format!("{digits}00") };
    annals_log::json::parse(&digits).expect("an integer with two more digits is an integer")
}

fn repeated(text: &Text) -> Text {
    match text.as_str() {
        Some(text) => text.repeat(TIMES).as_str().into(),
        None => text.to_lossy().repeat(TIMES).as_str().into(),
    }
}

#[cfg(test)]
mod tests {
    use annals_log::json;

    use super::*;

    fn value(text: &str) -> Value {
        json::parse(text).unwrap()
    }

    #[test]
    fn integers_of_any_length_are_exact() {
        assert_eq!(times_100(&value("9007199254740993")), Ok(value("900719925474099300")));
        assert_eq!((times_100(&value("-0")), times_100(&value("true"))), (Ok(value("0")), Ok(value("100"))));
        assert_eq!(over_100(&value("-0")).map(|zero| zero.to_json()), Ok("0.0".to_owned()));
        assert_eq!(over_100(&value("9007199254740993")), Ok(Value::Number(90_071_992_547_409.94.into())));
        assert_eq!(over_100(&value(&format!("1{}", "0".repeat(400)))), Err(PythonError));
    }

    #[test]
    fn what_is_no_number_is_repeated_or_raises() {
        assert_eq!(times_100(&value("null")), Err(PythonError));
        assert_eq!(times_100(&value("\"5\"")), Ok(Value::Text("5".repeat(100).as_str().into())));
        assert_eq!(over_100(&value("\"5\"")), Err(PythonError));
        assert_eq!(tensor_element(&value("[1]")), Err(SyncException::Type));
    }

    #[test]
    fn a_tensor_takes_what_is_within_its_float() {
        assert_eq!(tensor_element(&value("1e39")), Err(SyncException::Runtime));
        assert_eq!(tensor_element(&value("Infinity")), Ok(f32::INFINITY));
        assert_eq!(tensor_element(&value("9223372036854775808")), Err(SyncException::Runtime));
        assert_eq!(tensor_element(&value("0.1")), Ok(0.1));
    }
}
