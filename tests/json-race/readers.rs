//! The parsers: ours, and those that others keep.

use annals_log::json;
use jiter::JsonValue;
use simd_json::prelude::Writable as _;

/// A parser in the race.
pub(crate) struct Reader {
    pub(crate) name: &'static str,
    /// Reads a text into the parser's own value and drops that; `false` for what it refuses.
    pub(crate) read: fn(&str) -> bool,
    /// The same value, written as JSON without white space; `None` for what it refuses.
    pub(crate) written: fn(&str) -> Option<String>,
}

/// Ours first; each of the others as it is fastest: values that borrow of the text where it has such.
pub(crate) const READERS: [Reader; 6] = [
    Reader {
        name: "annals",
        read: |text| json::parse(text).is_ok(),
        written: |text| Some(json::parse(text).ok()?.to_json()),
    },
    Reader {
        name: "serde_json",
        read: |text| serde_json::from_str::<serde_json::Value>(text).is_ok(),
        written: |text| Some(serde_json::from_str::<serde_json::Value>(text).ok()?.to_string()),
    },
    // It reads in place, so a text that is needed afterwards has to be copied first.
    Reader {
        name: "simd-json",
        read: |text| simd_json::to_borrowed_value(&mut text.to_owned().into_bytes()).is_ok(),
        written: |text| Some(simd_json::to_borrowed_value(&mut text.to_owned().into_bytes()).ok()?.encode()),
    },
    Reader {
        name: "sonic-rs",
        read: |text| sonic_rs::from_str::<sonic_rs::Value>(text).is_ok(),
        written: |text| sonic_rs::to_string(&sonic_rs::from_str::<sonic_rs::Value>(text).ok()?).ok(),
    },
    Reader {
        name: "sonic-rs, raw numbers",
        read: |text| sonic_raw(text).is_some(),
        written: |text| sonic_rs::to_string(&sonic_raw(text)?).ok(),
    },
    Reader {
        name: "jiter",
        read: |text| JsonValue::parse(text.as_bytes(), true).is_ok(),
        written: |text| {
            let mut out = String::new();
            write_jiter(&JsonValue::parse(text.as_bytes(), true).ok()?, &mut out);
            Some(out)
        },
    },
];

/// With numbers kept as they were written.
fn sonic_raw(text: &str) -> Option<sonic_rs::Value> {
    let mut reader = sonic_rs::Deserializer::from_str(text).use_rawnumber();
    let value = reader.deserialize().ok()?;
    reader.end().ok().map(|()| value)
}

/// jiter has no writing of its own.
fn write_jiter(value: &JsonValue<'_>, out: &mut String) {
    match value {
        JsonValue::Null => out.push_str("null"),
        JsonValue::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        JsonValue::Int(number) => out.push_str(&number.to_string()),
        JsonValue::BigInt(number) => out.push_str(&number.to_string()),
        JsonValue::Float(number) => out.push_str(&json::Number::from(*number).into_string()),
        JsonValue::Str(text) => out.push_str(&quoted(text)),
        JsonValue::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                out.push(if place > 0 { ',' } else { '[' });
                write_jiter(item, out);
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        JsonValue::Object(members) => {
            for (place, (key, member)) in members.iter().enumerate() {
                out.push(if place > 0 { ',' } else { '{' });
                out.push_str(&quoted(key));
                out.push(':');
                write_jiter(member, out);
            }
            out.push_str(if members.is_empty() { "{}" } else { "}" });
        }
    }
}

fn quoted(text: &str) -> String {
    json::Value::Text(text.into()).to_json()
}
