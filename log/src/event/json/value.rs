//! A JSON value, with nothing lost that Python would keep.

use compact_str::CompactString;

use super::Text;
use super::members::{IntoMembers, Members};

/// What `json.loads` would give.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `None`.
    Null,
    /// `True`, `False`.
    Bool(bool),
    /// `int` or `float`.
    Number(Number),
    /// `str`.
    Text(Text),
    /// `list`.
    List(Vec<Value>),
    /// `dict`.
    Object(Object),
}

/// A number as it was written. Equality is of the writing, not of the value: `1` and `1.0` differ here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number(pub(super) CompactString);

/// Members in the order of their first appearance, each key once, with its last value: a Python `dict`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Object(Members<Value>);

impl Value {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// What `if value:` decides.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(number) => number.to_f64() != 0.0,
            Self::Text(text) => !text.as_bytes().is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Object(object) => !object.is_empty(),
        }
    }

    /// As JSON without white space; numbers as they were written.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    fn write_json(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => out.push_str(&number.0),
            Self::Text(text) => text.write_json(out),
            Self::List(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    separate(place, out);
                    item.write_json(out);
                }
                out.push(']');
            }
            Self::Object(object) => object.write_json(out),
        }
    }
}

fn separate(place: usize, out: &mut String) {
    if place > 0 {
        out.push(',');
    }
}

impl Number {
    /// The digits, as written: also `NaN`, `Infinity`, `-Infinity`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same as a string.
    pub fn into_string(self) -> String {
        self.0.into()
    }

    /// Whether Python reads an `int`, of any length, and no `float`.
    pub fn is_integer(&self) -> bool {
        self.0.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    }

    /// The nearest double, as Python's `float()`; infinite when too large.
    pub fn to_f64(&self) -> f64 {
        self.0.parse().expect("the grammar of JSON numbers is within that of Rust's floats")
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(CompactString::from(value.to_string()))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self(CompactString::from(value.to_string()))
    }
}

/// With as many digits as tell it from every other double.
impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self(match value {
            f64::INFINITY => CompactString::const_new("Infinity"),
            f64::NEG_INFINITY => CompactString::const_new("-Infinity"),
            value => CompactString::from(format!("{value:?}")),
        })
    }
}

impl Object {
    /// As JSON without white space; numbers as they were written.
    pub fn to_json(&self) -> String {
        /// About what a key and its value take, so that the text is not moved often while it grows.
        const MEMBER_BYTES: usize = 32;
        let mut out = String::with_capacity(MEMBER_BYTES * self.len());
        self.write_json(&mut out);
        out
    }

    fn write_json(&self, out: &mut String) {
        out.push('{');
        for (place, (key, value)) in self.iter().enumerate() {
            separate(place, out);
            key.write_json(out);
            out.push(':');
            value.write_json(out);
        }
        out.push('}');
    }

    /// How many keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// Members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Value)> {
        self.0.iter()
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key.as_bytes())
    }

    /// The value of `key`, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.0.get_mut(key.as_bytes())
    }

    /// Sets `key`: in its place when there is one, else behind all others.
    pub fn insert(&mut self, key: Text, value: Value) {
        *self.0.entry(key, Value::Null) = value;
    }

    /// The value of `key`, which is null and behind all others when it was not there.
    pub fn entry(&mut self, key: Text) -> &mut Value {
        self.0.entry(key, Value::Null)
    }

    /// Takes `key` out; the others keep their order.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key.as_bytes())
    }
}

/// The last value of a key that comes again is put in the place of the first.
impl FromIterator<(Text, Value)> for Object {
    fn from_iter<I: IntoIterator<Item = (Text, Value)>>(members: I) -> Self {
        Self(Members::of(members.into_iter().collect()))
    }
}

impl IntoIterator for Object {
    type Item = (Text, Value);
    type IntoIter = IntoMembers<Value>;

    fn into_iter(self) -> IntoMembers<Value> {
        self.0.into_iter()
    }
}
