//! A row of an SQLite table as a line of JSON, in one form only.

use std::fmt::Write as _;

use crate::event::json::{self, Number, Text, Value};
use crate::hash::Hash;

/// A value of SQLite. Any of them may stand in any column, whatever that was declared as.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlValue {
    /// `NULL`.
    Null,
    /// `INTEGER`.
    Integer(i64),
    /// `REAL`: infinite perhaps, never `NaN`, which SQLite stores as null.
    Real(f64),
    /// `TEXT`.
    Text(String),
    /// `TEXT` whose bytes are no UTF-8.
    OddText(Vec<u8>),
    /// `BLOB`.
    Blob(Vec<u8>),
    /// `TEXT` or `BLOB` of so many bytes, of which nothing but the digest was kept.
    Long {
        /// Its length.
        bytes: u64,
        /// Of the bytes.
        sha256: Hash,
    },
}

/// The columns that were read of a row, in the order in which they were, and what stands in each.
///
/// As a line it is a JSON object without white space: null; an integer in decimal; a real with a point or an exponent,
/// in as few digits as tell it from every other, infinity as `1e999`; a text as a text. What JSON has no form for is an
/// object of its own: `{"odd_text":"<hex>"}`, `{"blob":"<hex>"}`, `{"bytes":70000,"sha256":"<hex>"}`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DbRow(Vec<(String, SqlValue)>);

/// Why a line is no row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DbRowError {
    /// It is no JSON.
    #[error("it is no JSON: {0}")]
    Json(#[from] json::JsonError),
    /// It is JSON, but no object of values of SQLite, or not in the one form in which those are written.
    #[error("it is JSON, but not the one form in which a row is written")]
    NotCanonical,
}

impl DbRow {
    /// A row of these columns.
    pub fn of(columns: Vec<(String, SqlValue)>) -> Self {
        Self(columns)
    }

    /// Reads a line, without its end.
    ///
    /// # Errors
    /// [`DbRowError`]: another line is no row.
    pub fn read(line: &str) -> Result<Self, DbRowError> {
        let Value::Object(members) = json::parse(line)? else { return Err(DbRowError::NotCanonical) };
        let column = |(name, value): (Text, Value)| Some((name.into_string().ok()?, SqlValue::of(value)?));
        let row = members.into_iter().map(column).collect::<Option<_>>().map(Self);
        row.filter(|row| row.to_line() == line).ok_or(DbRowError::NotCanonical)
    }

    /// The line, without an end.
    pub fn to_line(&self) -> String {
        let mut line = String::from("{");
        for (place, (name, value)) in self.0.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            let name = Value::Text(name.as_str().into()).to_json();
            let _ = write!(line, "{comma}{name}:{}", value.to_json());
        }
        line.push('}');
        line
    }

    /// What stands in a column; `None` when the table has no such column.
    pub fn get(&self, column: &str) -> Option<&SqlValue> {
        self.0.iter().find(|(name, _)| name == column).map(|(_, value)| value)
    }

    /// Columns and what stands in them, in order.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &SqlValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl SqlValue {
    /// As in a line of [`DbRow`].
    pub fn to_json(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Integer(value) => value.to_string(),
            Self::Real(f64::INFINITY) => "1e999".to_owned(),
            Self::Real(f64::NEG_INFINITY) => "-1e999".to_owned(),
            Self::Real(value) => Number::from(*value).into_string(),
            Self::Text(text) => Value::Text(text.as_str().into()).to_json(),
            Self::OddText(bytes) => format!(r#"{{"odd_text":"{}"}}"#, hex::encode(bytes)),
            Self::Blob(bytes) => format!(r#"{{"blob":"{}"}}"#, hex::encode(bytes)),
            Self::Long { bytes, sha256 } => format!(r#"{{"bytes":{bytes},"sha256":"{sha256}"}}"#),
        }
    }

    /// From JSON as [`Self::to_json`] writes it; `None` for any other.
    pub fn from_json(text: &str) -> Option<Self> {
        Self::of(json::parse(text).ok()?).filter(|value| value.to_json() == text)
    }

    /// `None` for what stands for no value. Not everything that it takes is the one form.
    fn of(value: Value) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Number(number) if number.is_integer() => Self::Integer(number.as_str().parse().ok()?),
            Value::Number(number) => Some(number.to_f64()).filter(|value| !value.is_nan()).map(Self::Real)?,
            Value::Text(text) => Self::Text(text.into_string().ok()?),
            Value::Object(object) => {
                let text = |key| object.get(key).and_then(Value::as_text).and_then(Text::as_str);
                if let Some(digits) = text("odd_text") {
                    Self::OddText(hex::decode(digits).ok()?)
                } else if let Some(digits) = text("blob") {
                    Self::Blob(hex::decode(digits).ok()?)
                } else {
                    let Some(Value::Number(bytes)) = object.get("bytes") else { return None };
                    let mut sha256 = Hash([0; 32]);
                    hex::decode_to_slice(text("sha256")?, &mut sha256.0).ok()?;
                    Self::Long { bytes: bytes.as_str().parse().ok()?, sha256 }
                }
            }
            Value::Bool(_) | Value::List(_) => return None,
        })
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What `if value:` decides in Python.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Integer(value) => *value != 0,
            Self::Real(value) => *value != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::OddText(bytes) | Self::Blob(bytes) => !bytes.is_empty(),
            Self::Long { bytes, .. } => *bytes > 0,
        }
    }

    /// As SQLite's `typeof`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Integer(_) => "integer",
            Self::Real(_) => "real",
            Self::Text(_) => "text",
            Self::OddText(_) => "text that is no UTF-8",
            Self::Blob(_) => "blob",
            Self::Long { .. } => "text or blob that is too long to keep",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: Vec<SqlValue>) -> DbRow {
        DbRow((0..).zip(values).map(|(place, value)| (format!("c{place}"), value)).collect())
    }

    #[test]
    fn the_five_types_stay_apart_in_a_line() {
        let values = vec![
            SqlValue::Null,
            SqlValue::Integer(8),
            SqlValue::Real(8.0),
            SqlValue::Text("8".into()),
            SqlValue::Blob(b"8".to_vec()),
            SqlValue::OddText(vec![0xff]),
            SqlValue::Long { bytes: 70_000, sha256: Hash([3; 32]) },
        ];
        let line = row(values.clone()).to_line();
        assert!(line.starts_with(
            r#"{"c0":null,"c1":8,"c2":8.0,"c3":"8","c4":{"blob":"38"},"c5":{"odd_text":"ff"},"c6":{"bytes":70000,"#
        ));
        assert_eq!(DbRow::read(&line), Ok(row(values)));
    }

    #[test]
    fn numbers_are_exact_and_texts_whole() {
        let reals = [0.1, -0.0, 1e300, 5e-324, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, 1e16];
        let texts = ["", "a\0b\nc\u{1f600}", "{\"gpu_name\": \"x\"}", "\u{2028}\u{7f}"];
        let values: Vec<_> = [i64::MIN, i64::MAX, 0, 1 << 53]
            .map(SqlValue::Integer)
            .into_iter()
            .chain(reals.map(SqlValue::Real))
            .chain(texts.map(|text| SqlValue::Text(text.into())))
            .collect();
        let line = row(values.clone()).to_line();
        let read = DbRow::read(&line).unwrap();
        assert_eq!(read, row(values));
        assert!(!line.contains('\n'));
        let is_negative_zero = |value| matches!(value, &SqlValue::Real(value) if value.is_sign_negative());
        assert!(is_negative_zero(read.get("c5").unwrap()), "{line}");
    }

    #[test]
    fn a_line_in_another_form_is_refused() {
        for line in [
            r#"{"a": 1}"#,
            r#"{"a":1,"a":1}"#,
            r#"{"a":01}"#,
            r#"{"a":-0}"#,
            r#"{"a":1.00}"#,
            r#"{"a":9223372036854775808}"#,
            r#"{"a":true}"#,
            r#"{"a":[1]}"#,
            r#"{"a":{"blob":"FF"}}"#,
            r#"{"a":{"blob":"ff","x":1}}"#,
            r#"{"a":{}}"#,
            r#"{"a":NaN}"#,
            r#"{"a":"\u0061"}"#,
            "[1]",
            "",
        ] {
            assert!(DbRow::read(line).is_err(), "{line}");
        }
    }
}
