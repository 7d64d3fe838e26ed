//! Upstream's `retrieve_stats`: the rows of `stats` as what a validator publishes of them.

use annals_log::json::{self, Number, Object, Parser, Value};
use annals_log::{DbRow, SqlValue};

/// By uid, in the order of the rows, what upstream makes of each. Where one of them would end its call with an
/// exception, it has nothing of any: so has this.
pub fn retrieve_stats<'a>(rows: impl IntoIterator<Item = &'a DbRow>) -> Object {
    let entry = |row: &DbRow| Some((key_of(row.get("uid")?), entry_of(row)?));
    let entries: Option<Vec<_>> = rows.into_iter().map(entry).collect();
    entries.into_iter().flatten().map(|(uid, entry)| (uid.as_str().into(), entry)).collect()
}

/// A key of a dict, once it is JSON.
fn key_of(uid: &SqlValue) -> String {
    uid.as_text().map_or_else(|| uid.to_json(), str::to_owned)
}

/// `None` where upstream's call ends.
fn entry_of(row: &DbRow) -> Option<Value> {
    let column = |name| row.get(name).unwrap_or(&SqlValue::Null);
    let score = match column("score") {
        score if score.is_truthy() => float(score)?,
        _ => 0.0,
    };
    let members = [
        ("uid", told(column("uid"))),
        ("hotkey", told(column("hotkey"))),
        ("gpu_specs", specs(column("gpu_specs"))),
        ("score", Value::Number(score.into())),
        ("allocated", Value::Bool(column("allocated").is_truthy())),
        ("own_score", Value::Bool(column("own_score").is_truthy())),
        ("reliability_score", told(column("reliability_score"))),
        ("created_at", told(column("created_at"))),
    ];
    Some(Value::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect()))
}

/// What is no JSON is `None`, which upstream tells of in its own log alone.
fn specs(specs: &SqlValue) -> Value {
    let text = match specs {
        SqlValue::Text(text) => text.as_str(),
        SqlValue::Blob(bytes) => std::str::from_utf8(bytes).unwrap_or_default(),
        _ => "",
    };
    // A strict reader: control characters in a text are no JSON.
    let mut walk = Parser::of(text);
    let is_strict = walk.value().is_ok() && !walk.has_raw_controls();
    json::parse(text).ok().filter(|_| is_strict).unwrap_or(Value::Null)
}

/// Bytes, which no validator can publish, as the text that they may be.
fn told(value: &SqlValue) -> Value {
    match value {
        SqlValue::Null | SqlValue::Long { .. } => Value::Null,
        SqlValue::Integer(value) => Value::Number((*value).into()),
        SqlValue::Real(value) => Value::Number(Number::from(*value)),
        SqlValue::Text(text) => Value::Text(text.as_str().into()),
        SqlValue::OddText(bytes) | SqlValue::Blob(bytes) => {
            Value::Text(String::from_utf8_lossy(bytes).as_ref().into())
        }
    }
}

/// `float(value)`; `None` for a `ValueError`.
fn float(value: &SqlValue) -> Option<f64> {
    match value {
        SqlValue::Integer(value) => Some(*value as f64),
        SqlValue::Real(value) => Some(*value),
        SqlValue::Text(text) => float_of(text),
        SqlValue::Blob(bytes) => float_of(std::str::from_utf8(bytes).ok()?),
        SqlValue::Null | SqlValue::OddText(_) | SqlValue::Long { .. } => None,
    }
}

/// As Python reads it: white space around it, and single underscores between digits.
fn float_of(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let joins = |at: usize| at > 0 && is_digit(bytes.get(at - 1)) && is_digit(bytes.get(at + 1));
    let are_between_digits = (0..bytes.len()).filter(|&at| bytes[at] == b'_').all(joins);
    if are_between_digits { text.replace('_', "").parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retrieved(score: SqlValue, specs: &str) -> String {
        let columns =
            [("uid", SqlValue::Integer(7)), ("score", score), ("gpu_specs", SqlValue::Text(specs.into()))];
        let row = DbRow::of(columns.map(|(name, value)| (name.to_owned(), value)).into());
        retrieve_stats([&row]).to_json()
    }

    fn with(specs: &str, score: &str) -> String {
        format!(
            r#"{{"7":{{"uid":7,"hotkey":null,"gpu_specs":{specs},"score":{score},"allocated":false,"own_score":false,"reliability_score":null,"created_at":null}}}}"#
        )
    }

    #[test]
    fn a_score_is_what_float_makes_of_it() {
        for (score, expected) in [("1_0.5", "10.5"), (" 7 ", "7.0"), ("inf", "Infinity"), ("", "0.0")] {
            assert_eq!(retrieved(SqlValue::Text(score.into()), ""), with("null", expected), "{score}");
        }
        assert_eq!(retrieved(SqlValue::Null, ""), with("null", "0.0"));
        assert_eq!(retrieved(SqlValue::Integer(3), ""), with("null", "3.0"));
    }

    #[test]
    fn a_score_that_is_no_number_leaves_nothing_of_all_rows() {
        for score in ["abc", "1__0", "_1", "0x10", "1e"] {
            assert_eq!(retrieved(SqlValue::Text(score.into()), ""), "{}", "{score}");
        }
    }

    #[test]
    fn specs_are_json_or_none() {
        for (specs, expected) in [
            (r#"{"gpu_name": "x", "num_gpus": 1.0}"#, r#"{"gpu_name":"x","num_gpus":1.0}"#),
            ("not json", "null"),
            ("7", "7"),
            ("{\"a\": \"\t\"}", "null"),
            (" {} ", "{}"),
        ] {
            assert_eq!(retrieved(SqlValue::Null, specs), with(expected, "0.0"), "{specs}");
        }
    }
}
