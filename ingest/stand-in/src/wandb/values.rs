//! JSON values that are made, and the numbers in them.

use annals_log::json::{Object, Value};

/// A value that becomes a part of an answer.
pub(super) trait IntoValue {
    fn into_value(self) -> Value;
}

impl IntoValue for &str {
    fn into_value(self) -> Value {
        Value::Text(self.into())
    }
}

impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::Text(self.into())
    }
}

impl IntoValue for bool {
    fn into_value(self) -> Value {
        Value::Bool(self)
    }
}

impl IntoValue for u64 {
    fn into_value(self) -> Value {
        Value::Number(self.into())
    }
}

impl IntoValue for usize {
    fn into_value(self) -> Value {
        Value::Number((self as u64).into())
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }
}

/// Makes an object of these members, in this order.
pub(super) fn object<const N: usize>(members: [(&str, Value); N]) -> Object {
    members.into_iter().map(|(key, value)| (key.into(), value)).collect()
}

/// Returns a number that is written as a whole one.
pub(super) fn whole(value: &Value) -> Option<i128> {
    value.as_number()?.as_str().parse().ok()
}

/// Returns a whole number of 0 or more.
pub(super) fn count(value: &Value) -> Option<u64> {
    whole(value)?.try_into().ok()
}

/// Returns the first step that a number means, which may lie below all steps.
pub(super) fn step(number: Option<i128>) -> Option<u64> {
    number?.max(0).try_into().ok()
}
