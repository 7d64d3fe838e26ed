//! `wandb_history`: what runs logged, step by step.

use annals_log::json::{self, Value};
use annals_log::{Fact as _, Kind, ReadError, WandbHistoryRow};
use annals_projections::CellType::{Text, Time, UInt};
use annals_projections::{Cell, Column};

use super::column::FactColumn;
use super::filter::EntryFilter;
use super::row::FactRow;
use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table.
#[derive(Debug)]
pub(super) struct WandbHistory;

/// The content is the text of the row.
const COLUMNS: &[FactColumn<String>] = &[
    FactColumn::LOG_INDEX,
    FactColumn::RECORDED_AT,
    FactColumn::SOURCE,
    FactColumn::RUN_ID,
    FactColumn::read("step", UInt, |row| {
        Ok(Cell::of(row.entry.fact()?.and_then(|fact: WandbHistoryRow| fact.step)))
    }),
    FactColumn::nullable("logged_at", Time, |text| Cell::time(logged_at_ms(text))),
    FactColumn::nullable("row", Text, |text| text.as_str().into()),
];

impl FactTable for WandbHistory {
    fn name(&self) -> &'static str {
        "wandb_history"
    }

    fn columns(&self) -> Vec<Column> {
        FactColumn::plain(COLUMNS)
    }

    fn pushable(&self) -> Pushable {
        FactColumn::pushable(COLUMNS)
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        Some(&[WandbHistoryRow::KIND])
    }

    fn by_entry(&self) -> bool {
        true
    }

    fn walk(&self, _: &EntryFilter) -> Box<dyn Walk> {
        Box::new(Self)
    }
}

impl Walk for WandbHistory {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let mut row = FactRow::unread(entry, text);
        rows.try_push(COLUMNS, |column| column.cell(&mut row))
    }
}

/// Returns the row as far as it is UTF-8; `raw` gives the bytes.
fn text(entry: &mut Entry<'_>) -> Result<Option<String>, ReadError> {
    let bytes = entry.attached(0)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// `_timestamp` is in seconds, a float as a rule.
fn logged_at_ms(row: &str) -> Option<i64> {
    let row = json::parse(row).ok()?;
    let Value::Number(seconds) = row.as_object()?.get("_timestamp")? else { return None };
    let ms = (seconds.to_f64() * 1000.0).round();
    // Within what dates can be: year 9999.
    #[expect(clippy::cast_possible_truncation, reason = "the bound is far below 2^53")]
    (ms.abs() < 253_402_300_800_000.0).then_some(ms as i64)
}
