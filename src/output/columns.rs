//! Columns that a form cannot hold.

use std::collections::HashSet;

use arrow_schema::{DataType, Field, IntervalUnit, Schema};

use super::format::Format;
use crate::failure::Failure;

/// Refuses an answer that `format` cannot hold: before its first byte, and with a way round.
///
/// # Errors
/// `Usage`: two columns of one name, which readers of objects and of files do not tell apart; or a type.
pub(super) fn check(schema: &Schema, format: Format) -> Result<(), Failure> {
    if format == Format::Table {
        return Ok(());
    }
    let mut names = HashSet::new();
    if let Some(twice) = schema.fields().iter().find(|field| !names.insert(field.name())) {
        let name = twice.name();
        return Err(Failure::Usage(format!("two columns are called {name}: name them apart, with AS")));
    }
    let refusal = schema.fields().iter().find_map(|field| refusal(field, format));
    refusal.map_or(Ok(()), |refusal| Err(Failure::Usage(refusal)))
}

fn refusal(field: &Field, format: Format) -> Option<String> {
    let name = field.name();
    let has = |sought: &dyn Fn(&DataType) -> bool| has(field.data_type(), sought);
    let of_json = matches!(format, Format::Json | Format::Ndjson | Format::Csv);
    if format != Format::Arrow && has(&|inner| matches!(inner, DataType::Union(..))) {
        return Some(format!(
            "column {name}: its values differ in type, and {format} has one type a column; \
             write ->> instead of ->, which gives texts, or cast it, as in ::text"
        ));
    }
    if of_json && has(&is_map_of_other_keys) {
        let text = format!("column {name}: keys are texts in {format}, and those of this map are not");
        return Some(text + "; take map_keys() and map_values(), or --output parquet or arrow");
    }
    if format == Format::Parquet
        && has(&|inner| matches!(inner, DataType::Struct(fields) if fields.is_empty()))
    {
        return Some(format!(
            "column {name}: a struct has fields in parquet; leave it out, or --output arrow"
        ));
    }
    let is_interval = |inner: &DataType| matches!(inner, DataType::Interval(IntervalUnit::MonthDayNano));
    if format == Format::Parquet && has(&is_interval) {
        return Some(format!(
            "column {name}: parquet has no such interval; cast it, as in ::text, or --output arrow"
        ));
    }
    None
}

fn is_map_of_other_keys(data_type: &DataType) -> bool {
    let DataType::Map(entries, _) = data_type else { return false };
    let DataType::Struct(entry) = entries.data_type() else { return true };
    !entry.first().is_some_and(|key| key.data_type().is_string())
}

/// Whether a type, or one inside of it, is what is sought.
fn has(data_type: &DataType, sought: &dyn Fn(&DataType) -> bool) -> bool {
    use DataType::{
        Dictionary, FixedSizeList, LargeList, LargeListView, List, ListView, Map, RunEndEncoded, Struct,
    };
    let inside = match data_type {
        List(inner) | LargeList(inner) | ListView(inner) | LargeListView(inner) => {
            has(inner.data_type(), sought)
        }
        FixedSizeList(inner, _) | Map(inner, _) | RunEndEncoded(_, inner) => has(inner.data_type(), sought),
        Dictionary(_, inner) => has(inner, sought),
        Struct(fields) => fields.iter().any(|field| has(field.data_type(), sought)),
        _ => false,
    };
    inside || sought(data_type)
}
