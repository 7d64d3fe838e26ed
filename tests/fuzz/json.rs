//! JSON texts, beside `serde_json`, which is stricter: what it takes has to be taken, with the same meaning.

use annals_log::json::{Parser, Value, parse};

use crate::golden::fixture;

/// `serde_json` reads so deep, and Python so many digits.
const DEPTH_MAX: usize = 120;
const DIGITS_MAX: usize = 4_300;

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let odd = [
        r#"[NaN,-Infinity,1e999,-0,9007199254740993,"\ud800\u0000é",{"a":1,"a":[]}]"#,
        " \t\r\n{} ",
        "\"\u{1}\"",
    ];
    let recorded = std::fs::read_to_string(fixture("wandb-requests/recorded-requests.json")).unwrap();
    let public = std::fs::read_to_string(fixture("golden/public.json")).unwrap();
    let beginnings = [recorded, public].map(|text| text.chars().take(4_000).collect::<String>());
    let tie = std::fs::read_to_string(fixture("golden-tie/case.cassette")).unwrap();
    let lines = tie.lines().map(str::to_owned);
    odd.map(str::to_owned).into_iter().chain(beginnings).chain(lines).map(String::into_bytes).collect()
}

pub(crate) fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let read = parse(text);
    let mut parser = Parser::of(text);
    let skipped = parser.skip().and_then(|raw| parser.end().map(|()| raw));
    assert_eq!(skipped.is_ok(), read.is_ok(), "to skip a value is to read it: {skipped:?}");
    if let Err(error) = &read {
        assert!(error.at <= text.len());
    }
    if let Ok(value) = &read {
        let written = value.to_json();
        let again = parse(&written).expect("what is written can be read");
        assert_eq!(again.to_json(), written);
    }
    let strict =
        (!has_long_number(text)).then(|| serde_json::from_str::<serde_json::Value>(text).ok()).flatten();
    if let Some(strict) = strict.filter(|strict| depth_of(strict) < DEPTH_MAX) {
        assert!(is_same(&read.expect("what is JSON is read"), &strict), "read with another meaning");
    }
}

fn has_long_number(text: &str) -> bool {
    text.as_bytes()
        .chunk_by(|a, b| a.is_ascii_digit() && b.is_ascii_digit())
        .any(|run| run.len() > DIGITS_MAX)
}

fn depth_of(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
        serde_json::Value::Object(members) => 1 + members.values().map(depth_of).max().unwrap_or(0),
        _ => 0,
    }
}

fn is_same(ours: &Value, strict: &serde_json::Value) -> bool {
    match (ours, strict) {
        (Value::Null, serde_json::Value::Null) => true,
        (Value::Bool(ours), serde_json::Value::Bool(strict)) => ours == strict,
        (Value::Number(ours), serde_json::Value::Number(strict)) => Some(ours.to_f64()) == strict.as_f64(),
        (Value::Text(ours), serde_json::Value::String(strict)) => ours.as_str() == Some(strict),
        (Value::List(ours), serde_json::Value::Array(strict)) => {
            ours.len() == strict.len() && ours.iter().zip(strict).all(|(ours, strict)| is_same(ours, strict))
        }
        (Value::Object(ours), serde_json::Value::Object(strict)) => {
            ours.iter().count() == strict.len()
                && strict.iter().all(|(key, strict)| ours.get(key).is_some_and(|ours| is_same(ours, strict)))
        }
        _ => false,
    }
}
