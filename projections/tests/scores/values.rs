//! Access to JSON of the vectors.

use annals_log::json::{self, Object, Value};

/// Puts numbers in place of the objects that stand for those that JSON cannot carry.
pub(super) fn plain(value: Value) -> Value {
    match value {
        Value::List(items) => Value::List(items.into_iter().map(plain).collect()),
        Value::Object(object) => match (object.get("$float"), object.get("$int")) {
            (Some(Value::Text(number)), _) | (_, Some(Value::Text(number))) => {
                json::parse(number.as_str().unwrap()).unwrap()
            }
            _ => Value::Object(object.into_iter().map(|(key, value)| (key, plain(value))).collect()),
        },
        other => other,
    }
}

pub(super) fn object<'a>(of: &'a Object, key: &str) -> &'a Object {
    of.get(key).and_then(Value::as_object).unwrap_or_else(|| panic!("no object {key}"))
}

pub(super) fn list<'a>(of: &'a Object, key: &str) -> &'a [Value] {
    let Some(Value::List(items)) = of.get(key) else { panic!("no list {key}") };
    items
}

pub(super) fn text<'a>(of: &'a Object, key: &str) -> &'a str {
    optional_text(of, key).unwrap_or_else(|| panic!("no text {key}"))
}

pub(super) fn optional_text<'a>(of: &'a Object, key: &str) -> Option<&'a str> {
    of.get(key)?.as_text()?.as_str()
}

pub(super) fn float(of: &Object, key: &str) -> f64 {
    optional_float(of, key).unwrap_or_else(|| panic!("no number {key}"))
}

pub(super) fn optional_float(of: &Object, key: &str) -> Option<f64> {
    Some(of.get(key)?.as_number()?.to_f64())
}

pub(super) fn integer(of: &Object, key: &str) -> i64 {
    of.get(key).and_then(Value::as_number).unwrap().as_str().parse().unwrap()
}

pub(super) fn flag(of: &Object, key: &str) -> bool {
    of.get(key) == Some(&Value::Bool(true))
}

/// The texts of a list; upstream asks it for texts alone.
pub(super) fn texts(items: &[Value]) -> Vec<String> {
    items.iter().filter_map(|item| Some(item.as_text()?.as_str()?.to_owned())).collect()
}

/// Whether two values are the same: numbers to the bit of their double, integers beyond it by their digits.
pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let (left, right) = (one.to_f64(), other.to_f64());
            one == other
                || (left.to_bits() == right.to_bits() && left.is_finite())
                || (left.is_nan() && right.is_nan())
        }
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has = |key: &json::Text, value: &Value| {
                other.iter().any(|(name, other)| name == key && is_same(value, other))
            };
            one.len() == other.len() && one.iter().all(|(key, value)| has(key, value))
        }
        _ => one == other,
    }
}
