//! Values of TOML as JSON.

use annals_log::json::{Number, Object, Value};
use toml::value::Table;

use super::persons;

/// A table as an object. Every text in it that begins with `//` becomes the address of that hotkey.
///
/// # Errors
/// In words: JSON has no such value, or a text names no hotkey.
pub(super) fn object(table: &Table) -> Result<Object, String> {
    table.iter().map(|(key, told)| Ok((key.as_str().into(), value(told)?))).collect()
}

fn value(told: &toml::Value) -> Result<Value, String> {
    Ok(match told {
        toml::Value::String(text) if persons::is_development(text) => {
            Value::Text(persons::address_of(text)?.into())
        }
        toml::Value::String(text) => Value::Text(text.as_str().into()),
        toml::Value::Integer(number) => Value::Number(Number::from(*number)),
        toml::Value::Float(number) => float(*number)?,
        toml::Value::Boolean(is_so) => Value::Bool(*is_so),
        toml::Value::Datetime(time) => {
            return Err(format!("{time} is a time: JSON has texts, as \"{time}\""));
        }
        toml::Value::Array(items) => Value::List(items.iter().map(value).collect::<Result<_, _>>()?),
        toml::Value::Table(table) => Value::Object(object(table)?),
    })
}

/// A number as a float.
///
/// # Errors
/// In words: it is infinite, or none.
pub(super) fn float(number: f64) -> Result<Value, String> {
    if number.is_finite() {
        Ok(Value::Number(Number::from(number)))
    } else {
        Err(format!("{number} is no number that JSON has"))
    }
}

/// A list of texts.
pub(super) fn texts(texts: Vec<String>) -> Value {
    Value::List(texts.into_iter().map(|text| Value::Text(text.into())).collect())
}
