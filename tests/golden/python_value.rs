//! Equality of what Python wrote and what annals tells.

use annals_log::json::{Number, Object, Value};

/// As `json.dumps` tells values apart: an `int` is no `float`, a `dict` has no order.
pub(crate) fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => is_same_number(one, other),
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => is_same_object(one, other),
        _ => one == other,
    }
}

fn is_same_number(one: &Number, other: &Number) -> bool {
    match (one.is_integer(), other.is_integer()) {
        (true, true) => one.as_str() == other.as_str(),
        (false, false) => one.to_f64().to_bits() == other.to_f64().to_bits(),
        _ => false,
    }
}

fn is_same_object(one: &Object, other: &Object) -> bool {
    one.len() == other.len()
        && one.iter().all(|(key, value)| {
            other.iter().any(|(other_key, other_value)| key == other_key && is_same(value, other_value))
        })
}
