//! `wandb_history`: what runs logged, step by step.

use annals_log::json::{self, Value};
use annals_log::{Fact as _, Kind, ReadError, WandbHistoryRow};
use annals_projections::{Cell, CellType, Column};

use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table.
#[derive(Debug)]
pub(super) struct WandbHistory;

impl FactTable for WandbHistory {
    fn name(&self) -> &'static str {
        "wandb_history"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::of("log_index", CellType::UInt),
            Column::of("recorded_at", CellType::Time),
            Column::of("source", CellType::Text),
            Column::of("run_id", CellType::Text),
            Column::nullable("step", CellType::UInt),
            Column::nullable("logged_at", CellType::Time),
            Column::nullable("row", CellType::Text),
        ];
        COLUMNS
    }

    fn pushable(&self) -> Pushable {
        Pushable { index: "log_index", source: "source", ..Pushable::default() }
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        Some(&[WandbHistoryRow::KIND])
    }

    fn walk(&self) -> Box<dyn Walk> {
        Box::new(Self)
    }
}

impl Walk for WandbHistory {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let mut row: Option<Option<String>> = None;
        rows.push(|column| {
            if let Some(cell) = entry.cell_of_run(column) {
                return Ok(cell);
            }
            Ok(match column {
                "step" => Cell::of(entry.fact()?.and_then(|row: WandbHistoryRow| row.step)),
                _ => {
                    if row.is_none() {
                        // What is not UTF-8 is shown as far as it is; `raw` gives the bytes.
                        let bytes = entry.attached(0)?;
                        row = Some(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
                    }
                    let text = row.as_ref().and_then(Option::as_deref);
                    match column {
                        "row" => Cell::of(text),
                        "logged_at" => Cell::time(text.and_then(logged_at_ms)),
                        other => unreachable!("wandb_history has no column {other}"),
                    }
                }
            })
        })
    }
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
