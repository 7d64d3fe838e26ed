//! What a walk through a JSON text makes of what it meets.

use super::raw_text::RawText;
use super::{Number, Text, Value};

/// What a walk makes of what it meets: values, or nothing.
pub(super) trait Build {
    type Value;
    type Key;
    fn constant(value: Value) -> Self::Value;
    fn number(digits: &str) -> Self::Value;
    fn text(raw: &RawText<'_>) -> Self::Value;
    fn key(raw: &RawText<'_>) -> Self::Key;
    fn list(items: Vec<Self::Value>) -> Self::Value;
    fn object(members: Vec<(Self::Key, Self::Value)>) -> Self::Value;
}

pub(super) struct Values;

/// Unit values: the vectors of a skipped value never allocate.
pub(super) struct Nothing;

impl Build for Values {
    type Value = Value;
    type Key = Text;

    fn constant(value: Value) -> Value {
        value
    }

    fn number(digits: &str) -> Value {
        Value::Number(Number(digits.into()))
    }

    fn text(raw: &RawText<'_>) -> Value {
        Value::Text(raw.unescape())
    }

    fn key(raw: &RawText<'_>) -> Text {
        raw.unescape()
    }

    fn list(items: Vec<Value>) -> Value {
        Value::List(items)
    }

    fn object(members: Vec<(Text, Value)>) -> Value {
        Value::Object(members.into_iter().collect())
    }
}

impl Build for Nothing {
    type Value = ();
    type Key = ();

    fn constant(_: Value) {}
    fn number(_: &str) {}
    fn text(_: &RawText<'_>) {}
    fn key(_: &RawText<'_>) {}
    fn list(_: Vec<()>) {}
    fn object(_: Vec<((), ())>) {}
}
