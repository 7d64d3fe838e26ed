//! The pieces of JSON that the fields of facts are made of.

use super::{Number, Object, Value, parse};
use crate::hash::Hash;

/// Makes a text.
pub fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// Makes a list of texts.
pub fn texts(texts: &[String]) -> Value {
    Value::List(texts.iter().map(|one| text(one)).collect())
}

/// Makes a whole number.
pub fn number(number: u64) -> Value {
    Value::Number(Number::from(number))
}

/// Makes an object with these members, in this order.
pub fn object<const COUNT: usize>(members: [(&str, Value); COUNT]) -> Value {
    let mut object = Object::default();
    for (key, value) in members {
        object.insert(key.into(), value);
    }
    Value::Object(object)
}

pub(in crate::event) fn or_null<T>(value: Option<T>, told: impl FnOnce(T) -> Value) -> Value {
    value.map_or(Value::Null, told)
}

pub(in crate::event) fn text_or_null(value: Option<&String>) -> Value {
    or_null(value, |value| text(value))
}

pub(in crate::event) fn list<T>(items: &[T], told: impl FnMut(&T) -> Value) -> Value {
    Value::List(items.iter().map(told).collect())
}

pub(in crate::event) fn float(value: f64) -> Value {
    Value::Number(Number::from(value))
}

/// A time, in milliseconds since 1970 UTC.
pub(in crate::event) fn time(ms: i64) -> Value {
    Value::Number(Number::from(ms))
}

/// A digest, as annals writes it.
pub(in crate::event) fn digest(digest: [u8; 32]) -> Value {
    text(&Hash(digest).to_string())
}

/// Bytes as the chain's users write them, with `0x` in front.
pub(in crate::event) fn bytes(bytes: &[u8]) -> Value {
    text(&format!("0x{}", hex::encode(bytes)))
}

/// Exact, however many digits it takes.
pub(in crate::event) fn large_number(number: u128) -> Value {
    Value::Number(Number(number.to_string().into()))
}

/// Parses JSON; a text that is not JSON stays a text.
pub(in crate::event) fn parsed(told: &str) -> Value {
    parse(told).unwrap_or_else(|_| text(told))
}
