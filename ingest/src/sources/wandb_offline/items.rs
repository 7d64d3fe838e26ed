//! Items of a config or a row: a value, and the path of keys to its place.

use annals_log::json::{self, Number, Object, Value};
use prost::Message as _;

use super::record::{Item, Typed};

/// Deeper paths of keys are refused; what W&B writes has a few steps.
const PATH_STEPS_MAX: usize = 64;

/// Reads an item: the keys that lead to its place, from the top, and its value.
///
/// # Errors
/// Says why it is none.
pub(super) fn read(bytes: &[u8]) -> Result<(Vec<String>, Value), String> {
    let item = Item::decode(bytes).map_err(|error| error.to_string())?;
    let path = path_of(&item)?;
    match value_of(item) {
        Ok(value) => Ok((path, value)),
        Err(error) => Err(format!("the value of key {} is no JSON: {error}", path.join("."))),
    }
}

/// The same of an item without a value.
///
/// # Errors
/// Says why it is none.
pub(super) fn read_path(bytes: &[u8]) -> Result<Vec<String>, String> {
    Item::decode(bytes).map_err(|error| error.to_string()).and_then(|item| path_of(&item))
}

fn path_of(item: &Item) -> Result<Vec<String>, String> {
    match item.nested_key.len() {
        0 => Ok(vec![item.key.clone()]),
        1..=PATH_STEPS_MAX => Ok(item.nested_key.clone()),
        steps => Err(format!("a key has {steps} steps")),
    }
}

/// Sets the value at `path`; what stands in the way and is no object gives way.
pub(super) fn set(object: &mut Object, path: &[String], value: Value) {
    let Some((last, above)) = path.split_last() else { return };
    let mut object = object;
    for step in above {
        let entry = object.entry(step.as_str().into());
        if entry.as_object().is_none() {
            *entry = Value::Object(Object::default());
        }
        let Value::Object(inner) = entry else { unreachable!("it was made one") };
        object = inner;
    }
    object.insert(last.as_str().into(), value);
}

/// Takes out what lies at `path`, if anything does.
pub(super) fn remove(object: &mut Object, path: &[String]) {
    match path {
        [] => {}
        [last] => drop(object.remove(last)),
        [step, below @ ..] => {
            if let Some(Value::Object(inner)) = object.get_mut(step) {
                remove(inner, below);
            }
        }
    }
}

fn value_of(item: Item) -> Result<Value, json::JsonError> {
    match item.typed {
        Some(Typed::None(_)) => Ok(Value::Null),
        Some(Typed::Boolean(value)) => Ok(Value::Bool(value)),
        Some(Typed::Integer(value)) => Ok(Value::Number(Number::from(value))),
        Some(Typed::Number(value)) => Ok(Value::Number(Number::from(value))),
        Some(Typed::Text(value)) => Ok(Value::Text(value.as_str().into())),
        Some(Typed::Json(json)) => json::parse(&json),
        None => json::parse(&item.value_json),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(path: &[&str], value_json: &str) -> Item {
        let nested_key = path.iter().map(|step| (*step).to_owned()).collect();
        Item { nested_key, value_json: value_json.into(), ..Item::default() }
    }

    fn apply(object: &mut Object, item: &Item) -> Result<(), String> {
        let (path, value) = read(&item.encode_to_vec())?;
        set(object, &path, value);
        Ok(())
    }

    #[test]
    fn values_go_down_their_path_and_out_again() {
        let mut object = Object::default();
        for (path, value) in
            [(&["a"][..], "1"), (&["b", "c"], "[2]"), (&["b", "d"], "null"), (&["a", "e"], "1.50")]
        {
            apply(&mut object, &item(path, value)).unwrap();
        }
        assert_eq!(object.to_json(), r#"{"a":{"e":1.50},"b":{"c":[2],"d":null}}"#);
        remove(&mut object, &["b".into(), "c".into()]);
        remove(&mut object, &["x".into(), "y".into()]);
        assert_eq!(object.to_json(), r#"{"a":{"e":1.50},"b":{"d":null}}"#);
    }

    #[test]
    fn typed_values_are_what_their_text_would_be() {
        let typed = [
            (Typed::None(0), "null"),
            (Typed::Boolean(true), "true"),
            (Typed::Integer(-7), "-7"),
            (Typed::Number(0.1), "0.1"),
            (Typed::Number(f64::NEG_INFINITY), "-Infinity"),
            (Typed::Text("\"".into()), r#""\"""#),
            (Typed::Json("{\"a\": 1.0}".into()), r#"{"a":1.0}"#),
        ];
        for (value, expected) in typed {
            let item = Item { key: "k".into(), typed: Some(value), ..Item::default() };
            assert_eq!(value_of(item).unwrap().to_json(), expected);
        }
    }

    #[test]
    fn what_is_no_value_or_no_path_is_refused_and_changes_nothing() {
        let mut object = Object::default();
        let smuggled = apply(&mut object, &item(&["a"], r#"1},"hotkey":{"value":2"#)).unwrap_err();
        assert_eq!(smuggled, "the value of key a is no JSON: at byte 1: more follows behind the value");
        assert_eq!(apply(&mut object, &item(&["a"; 65], "1")).unwrap_err(), "a key has 65 steps");
        assert!(object.is_empty());
    }
}
