//! The rows of an answer, read back.

use annals_queries::Answer;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize as _, Deserializer};
use serde_json::Value;

use crate::failure::Failure;
use crate::output::json;

/// Returns the rows of an answer as what they tell.
///
/// # Errors
/// `Internal`: the answer has other columns.
pub(super) fn rows_of<T: DeserializeOwned>(answer: &Answer) -> Result<Vec<T>, Failure> {
    serde_json::from_str(&json(answer)?).map_err(|error| {
        Failure::Internal(format!("an answer has not the columns that were asked for: {error}"))
    })
}

/// Reads a float, which is a text where JSON has no number for it.
pub(super) fn float<'de, D: Deserializer<'de>>(json: D) -> Result<Option<f64>, D::Error> {
    match Value::deserialize(json)? {
        Value::Null => Ok(None),
        Value::String(text) => text.parse().map(Some).map_err(D::Error::custom),
        value => value.as_f64().map(Some).ok_or_else(|| D::Error::custom("it is no number")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::float;

    #[test]
    fn a_float_without_a_number_in_json_is_read_back() {
        assert_eq!(float(json!(1.5)).unwrap(), Some(1.5));
        assert_eq!(float(json!(2)).unwrap(), Some(2.0));
        assert_eq!(float(json!(null)).unwrap(), None);
        assert_eq!(float(json!("-Infinity")).unwrap(), Some(f64::NEG_INFINITY));
        assert!(float(json!("NaN")).unwrap().unwrap().is_nan());
        assert!(float(json!("high")).is_err() && float(json!(true)).is_err());
    }
}
