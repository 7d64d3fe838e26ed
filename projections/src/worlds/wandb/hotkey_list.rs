//! A list of hotkeys in a run's config, as upstream's `list.extend` takes it.

use annals_log::json::{Text, Value};
use bincode::{Decode, Encode};

use crate::upstream::python::Exception;

/// A field such as `allocated_hotkeys`, as upstream reads a value of any type.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct HotkeyList {
    /// The items in order, duplicates included: the characters of a text, the keys of a dict.
    pub(crate) items: Vec<ListItem>,
    /// The value as JSON when it is not a list.
    pub(crate) not_a_list: Option<String>,
    /// What `extend` raises for a value that is true and not iterable. Upstream catches it and skips the run.
    pub(crate) exception: Option<Exception>,
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum ListItem {
    /// A text, which should be a hotkey.
    Hotkey(String),
    /// The JSON of anything else.
    Other(String),
}

impl HotkeyList {
    pub(crate) fn of(value: &Value) -> Self {
        let (items, exception) = match value {
            Value::List(items) => (items.iter().map(ListItem::of).collect(), None),
            Value::Text(text) => (characters(text), None),
            Value::Object(object) => (object.iter().map(|(key, _)| ListItem::of_text(key)).collect(), None),
            _ if value.is_truthy() => (Vec::new(), Some(Exception::Type)),
            _ => (Vec::new(), None),
        };
        let not_a_list = (!matches!(value, Value::List(_))).then(|| value.to_json());
        Self { items, not_a_list, exception }
    }
}

impl ListItem {
    fn of(value: &Value) -> Self {
        match value {
            Value::Text(text) => Self::of_text(text),
            other => Self::Other(other.to_json()),
        }
    }

    fn of_text(text: &Text) -> Self {
        match text.as_str() {
            Some(text) => Self::Hotkey(text.to_owned()),
            None => Self::Other(Value::Text(text.clone()).to_json()),
        }
    }

    pub(crate) fn hotkey(&self) -> Option<&str> {
        match self {
            Self::Hotkey(hotkey) => Some(hotkey),
            Self::Other(_) => None,
        }
    }

    pub(crate) fn to_json(&self) -> String {
        match self {
            Self::Hotkey(hotkey) => Value::Text(hotkey.as_str().into()).to_json(),
            Self::Other(json) => json.clone(),
        }
    }
}

/// Returns the code points of a text, a lone surrogate as its JSON escape.
fn characters(text: &Text) -> Vec<ListItem> {
    match text.as_str() {
        Some(text) => text.chars().map(|character| ListItem::Hotkey(character.to_string())).collect(),
        None => text.code_points().map(|point| ListItem::of_text(&point)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use annals_log::json;

    use super::*;

    fn extended(text: &str) -> (Vec<String>, Option<Exception>) {
        let list = HotkeyList::of(&json::parse(text).unwrap());
        (list.items.iter().map(ListItem::to_json).collect(), list.exception)
    }

    #[test]
    fn whatever_python_can_walk_through_extends_the_list() {
        let items = |items: &[&str]| (items.iter().map(|&item| item.to_owned()).collect::<Vec<_>>(), None);
        assert_eq!(extended(r#"["5F","5F",7,null]"#), items(&[r#""5F""#, r#""5F""#, "7", "null"]));
        assert_eq!(extended(r#""5F\ud800""#), items(&[r#""5""#, r#""F""#, r#""\ud800""#]));
        assert_eq!(extended(r#"{"5F":1}"#), items(&[r#""5F""#]));
        for nothing in ["null", "0", "false", "[]", r#""""#, "{}"] {
            assert_eq!(extended(nothing), items(&[]), "{nothing}");
        }
        for raises in ["1", "true", "1.5"] {
            assert_eq!(extended(raises), (Vec::new(), Some(Exception::Type)), "{raises}");
        }
    }
}
