//! `wandb_polls`: every time that W&B was asked and somebody told of it, complete or not.

use annals_log::{Fact as _, Kind, ListedRun, ReadError, WandbPoll};
use annals_projections::{Cell, CellType, Column};

use super::body_json::{scope_name, texts};
use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table. A poll that lacks runs is `failed`, too: where only those are missing that `unreadable` tells of, the tables have
/// the others. A poll written by a later annals shows as a row that knows little more than its place.
#[derive(Debug)]
pub(super) struct WandbPolls;

impl FactTable for WandbPolls {
    fn name(&self) -> &'static str {
        "wandb_polls"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::of("log_index", CellType::UInt),
            Column::of("recorded_at", CellType::Time),
            Column::of("source", CellType::Text),
            Column::of("run_id", CellType::Text),
            Column::nullable("scope", CellType::Text),
            Column::nullable("asked", CellType::Text),
            Column::nullable("started_at", CellType::Time),
            Column::nullable("finished_at", CellType::Time),
            Column::nullable("pages", CellType::UInt),
            Column::nullable("outcome", CellType::Text),
            Column::nullable("error", CellType::Text),
            Column::nullable("runs", CellType::UInt),
            Column::nullable("missing", CellType::Text),
            Column::nullable("unreadable", CellType::Text),
        ];
        COLUMNS
    }

    fn pushable(&self) -> Pushable {
        Pushable { index: "log_index", source: "source", ..Pushable::default() }
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        Some(&[WandbPoll::KIND])
    }

    fn walk(&self) -> Box<dyn Walk> {
        Box::new(Self)
    }
}

impl Walk for WandbPolls {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let mut poll: Option<Option<WandbPoll>> = None;
        rows.push(|column| {
            if let Some(cell) = entry.cell_of_run(column) {
                return Ok(cell);
            }
            if poll.is_none() {
                poll = Some(entry.fact()?);
            }
            let Some(Some(poll)) = &poll else { return Ok(Cell::Null) };
            if column == "runs" {
                return Ok(Cell::of(runs_listed(entry)?));
            }
            Ok(cell(poll, column))
        })
    }
}

fn cell(poll: &WandbPoll, column: &str) -> Cell {
    let error = poll.lacks();
    match column {
        "scope" => scope_name(poll.scope).into(),
        "asked" => poll.asked.as_str().into(),
        "started_at" => Cell::Time(poll.started_at_ms),
        "finished_at" => Cell::Time(poll.finished_at_ms),
        "pages" => u64::from(poll.pages).into(),
        "outcome" => if error.is_none() { "complete" } else { "failed" }.into(),
        "error" => Cell::of(error.as_deref()),
        "missing" => texts(&poll.missing).to_json().into(),
        "unreadable" => texts(&poll.unreadable).to_json().into(),
        other => unreachable!("wandb_polls has no column {other}"),
    }
}

/// A poll's list comes first of what it has attached, whether it failed or not.
fn runs_listed(entry: &mut Entry<'_>) -> Result<Option<u64>, ReadError> {
    let list = entry.attached(0)?.and_then(|bytes| ListedRun::decode_list(&bytes).ok());
    Ok(list.map(|list| list.len() as u64))
}
