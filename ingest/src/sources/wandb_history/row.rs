//! A row of a history, read once.

use annals_log::json::{self, Number, Object, Text, Value};

/// A row, as the server sent it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) text: Text,
    /// None where it is no JSON object.
    members: Object,
    /// `_step`; `None` when it is no whole number from 0 on.
    pub(super) step: Option<u64>,
}

impl Row {
    /// The server sends each row as a text that is JSON.
    pub(super) fn read(row: Value) -> Self {
        let text = match row {
            Value::Text(text) => text,
            other => other.to_json().into(),
        };
        let members = match json::parse(&text.to_json_source()) {
            Ok(Value::Object(members)) => members,
            _ => Object::default(),
        };
        let step = number_of(&members, "_step").and_then(|step| step.as_str().parse().ok());
        Self { text, members, step }
    }

    /// Rows by their steps; one without stays behind the one it came behind.
    pub(super) fn in_order(rows: impl IntoIterator<Item = Value>) -> Vec<Self> {
        let mut last = 0;
        let keyed = rows.into_iter().map(Self::read).map(|row| {
            last = row.step.unwrap_or(last);
            (last, row)
        });
        let mut keyed: Vec<(u64, Self)> = keyed.collect();
        keyed.sort_by_key(|(step, _)| *step);
        keyed.into_iter().map(|(_, row)| row).collect()
    }

    pub(super) fn observed_at_ms(&self) -> Option<i64> {
        observed_at_ms(&self.members)
    }
}

/// `_timestamp` of a row, in whole milliseconds; `None` when it is none that a clock could show.
pub(in crate::sources) fn observed_at_ms(row: &Object) -> Option<i64> {
    let ms = (number_of(row, "_timestamp")?.to_f64() * 1000.0).floor();
    // Up to the year 9999; every such number is an integer that i64 holds.
    (ms.abs() < 253_402_300_800_000.0).then(|| format!("{ms:.0}").parse().expect("it is a whole number"))
}

fn number_of<'a>(row: &'a Object, key: &str) -> Option<&'a Number> {
    match row.get(key)? {
        Value::Number(number) => Some(number),
        _ => None,
    }
}
