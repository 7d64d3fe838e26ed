//! What a row of a validator's database says that upstream would stumble over, or that no table shows.

use annals_log::json;
use annals_log::{Anomaly, ComputeDbRow, DbRow, DbRowPlace, Fact as _, Kind, ReadError, SqlValue};

use super::declared::{Declared, columns_of};
use crate::odd_entry::{Found, OddEntry};

pub(super) const ODD_KINDS: &[(Kind, u16)] = &[(ComputeDbRow::KIND, ComputeDbRow::SCHEMA)];

/// Lists what is odd in a row of a database.
///
/// # Errors
/// A fault of the log.
pub(super) fn odd_in(entry: &mut OddEntry<'_>) -> Result<Found, ReadError> {
    let envelope = entry.envelope;
    let row = match ComputeDbRow::read(envelope.schema, entry.body) {
        Some(told) if told.is_gone => return Ok(Ok(Vec::new())),
        Some(_) if !envelope.attached.is_empty() => {
            let line = (entry.attached)(envelope.attached.len() - 1)?;
            std::str::from_utf8(&line).ok().and_then(|line| DbRow::read(line).ok())
        }
        _ => None,
    };
    Ok(row.map(|row| of_row(envelope.native_id, &row)).ok_or_else(Anomaly::undecodable))
}

fn of_row(native_id: &str, row: &DbRow) -> Vec<Anomaly> {
    let Some(place) = DbRowPlace::read(native_id) else { return Vec::new() };
    let columns = columns_of(place.table);
    let mut found = Vec::new();
    if let [(key, declared), ..] = columns
        && (place.key == SqlValue::Null || declared.cell(&place.key).is_none())
    {
        let detail = format!("it is {}: the row is in no table", place.key.type_name());
        found.push(Anomaly::new("key_unreadable", *key, detail));
    }
    for (column, declared) in columns.iter().skip(1) {
        let value = row.get(column).unwrap_or(&SqlValue::Null);
        found.extend(of_value(column, *declared, value));
        if *value != SqlValue::Null {
            found.extend(of_json(place.table, column, value));
        }
    }
    found
}

fn of_value(column: &str, declared: Declared, value: &SqlValue) -> Option<Anomaly> {
    if declared.cell(value).is_some() {
        return None;
    }
    let (kind, what) = match (declared, value) {
        (Declared::Time, SqlValue::Text(_)) => ("created_at_unreadable", "it is no time"),
        (Declared::Real, SqlValue::Text(_)) if column == "score" => {
            ("score_not_a_number", "unless Python makes a float of it, upstream retrieves no stats at all")
        }
        _ => ("not_as_declared", "the table has null"),
    };
    Some(Anomaly::new(kind, column, format!("{}, declared {}: {what}", value.type_name(), declared.as_str())))
}

/// Columns whose text is JSON to upstream.
fn of_json(table: &str, column: &str, value: &SqlValue) -> Option<Anomaly> {
    let what = match (table, column) {
        ("stats", "gpu_specs") => "upstream takes it for no specs",
        ("miner_details", "details") => "upstream retrieves no details from this row on",
        _ => return None,
    };
    let text = value.as_text().filter(|text| !text.is_empty())?;
    let error = json::parse(text).err()?;
    Some(Anomaly::new("not_json", column, format!("{error}: {what}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(native_id: &str, columns: &[(&str, SqlValue)]) -> Vec<(&'static str, String)> {
        let columns = columns.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let found = of_row(native_id, &DbRow::of(columns));
        found.into_iter().map(|anomaly| (anomaly.kind, anomaly.place)).collect()
    }

    #[test]
    fn what_is_not_as_declared_is_named_and_what_is_missing_is_not() {
        let text = |text: &str| SqlValue::Text(text.into());
        let found = kinds(
            "database pog_stats 7",
            &[
                ("id", SqlValue::Integer(7)),
                ("hotkey", SqlValue::Blob(vec![1])),
                ("num_gpus", SqlValue::Real(1.5)),
                ("created_at", text("yesterday")),
            ],
        );
        let expected = [
            ("not_as_declared", "hotkey"),
            ("not_as_declared", "num_gpus"),
            ("created_at_unreadable", "created_at"),
        ];
        assert_eq!(found, expected.map(|(kind, place)| (kind, place.to_owned())));
        assert_eq!(
            kinds("database stats 7", &[("uid", SqlValue::Integer(7)), ("own_score", text("no"))]),
            []
        );
    }

    #[test]
    fn what_upstream_stumbles_over_is_named() {
        let text = |text: &str| SqlValue::Text(text.into());
        let stats = [("score", text("abc")), ("gpu_specs", text("not json"))];
        let expected = [("not_json", "gpu_specs".to_owned()), ("score_not_a_number", "score".to_owned())];
        assert_eq!(kinds("database stats 7", &stats), expected);
        assert_eq!(kinds("database stats 7", &[("gpu_specs", text(""))]), []);
        let expected = [("key_unreadable", "hotkey".to_owned())];
        assert_eq!(kinds("database wandb_runs null", &[("run_id", text("a"))]), expected);
    }
}
