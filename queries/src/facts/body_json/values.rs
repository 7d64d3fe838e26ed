//! The pieces that bodies are made of.

use annals_log::json::{self, Number, Object, Value};
use annals_log::{Account, Hash};

use crate::chain_text;

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.into())
}

pub(crate) fn number(number: u64) -> Value {
    Value::Number(Number::from(number))
}

pub(crate) fn texts(texts: &[String]) -> Value {
    Value::List(texts.iter().map(|one| text(one)).collect())
}

pub(super) fn object<const COUNT: usize>(members: [(&str, Value); COUNT]) -> Value {
    let mut object = Object::default();
    members.into_iter().for_each(|(key, value)| object.insert(key.into(), value));
    Value::Object(object)
}

pub(super) fn or_null<T>(value: Option<T>, told: impl FnOnce(T) -> Value) -> Value {
    value.map_or(Value::Null, told)
}

pub(super) fn text_or_null(value: Option<&String>) -> Value {
    or_null(value, |value| text(value))
}

pub(super) fn float(value: f64) -> Value {
    Value::Number(Number::from(value))
}

pub(super) fn hex(digest: [u8; 32]) -> Value {
    text(&Hash(digest).to_string())
}

pub(super) fn time(ms: i64) -> Value {
    Value::Number(Number::from(ms))
}

/// Bytes as the chain's users write them, with `0x` in front.
pub(super) fn bytes(bytes: &[u8]) -> Value {
    text(&chain_text::hex(bytes))
}

pub(super) fn account(account: Account) -> Value {
    text(&chain_text::address(account.0))
}

/// Exact, however many digits it takes.
pub(super) fn large_number(number: u128) -> Value {
    json(&number.to_string())
}

/// What is JSON already, and a text if it is none after all.
pub(super) fn json(told: &str) -> Value {
    json::parse(told).unwrap_or_else(|_| text(told))
}
