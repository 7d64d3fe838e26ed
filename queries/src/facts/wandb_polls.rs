//! `wandb_polls`: every time that W&B was asked and somebody told of it, complete or not.

use annals_log::json::texts;
use annals_log::{Fact as _, Kind, ListedRun, ReadError, WandbPoll};
use annals_projections::CellType::{Text, Time, UInt};
use annals_projections::{Cell, Column};

use super::column::FactColumn;
use super::filter::EntryFilter;
use super::row::FactRow;
use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::Rows;

/// The table. A poll that lacks runs is `failed`, too: where only those are missing that `unreadable` tells of, the
/// tables have the others. A poll written by a later annals shows as a row that knows little more than its place.
#[derive(Debug)]
pub(super) struct WandbPolls;

const COLUMNS: &[FactColumn<WandbPoll>] = &[
    FactColumn::LOG_INDEX,
    FactColumn::RECORDED_AT,
    FactColumn::SOURCE,
    FactColumn::RUN_ID,
    FactColumn::nullable("scope", Text, |poll| poll.scope.as_str().into()),
    FactColumn::nullable("asked", Text, |poll| poll.asked.as_str().into()),
    FactColumn::nullable("started_at", Time, |poll| Cell::Time(poll.started_at_ms)),
    FactColumn::nullable("finished_at", Time, |poll| Cell::Time(poll.finished_at_ms)),
    FactColumn::nullable("pages", UInt, |poll| u64::from(poll.pages).into()),
    FactColumn::nullable("outcome", Text, |poll| outcome(poll).into()),
    FactColumn::nullable("error", Text, |poll| Cell::of(poll.lacks())),
    FactColumn::read("runs", UInt, runs_listed),
    FactColumn::nullable("missing", Text, |poll| texts(&poll.missing).to_json().into()),
    FactColumn::nullable("unreadable", Text, |poll| texts(&poll.unreadable).to_json().into()),
];

impl FactTable for WandbPolls {
    fn name(&self) -> &'static str {
        "wandb_polls"
    }

    fn columns(&self) -> Vec<Column> {
        FactColumn::plain(COLUMNS)
    }

    fn pushable(&self) -> Pushable {
        FactColumn::pushable(COLUMNS)
    }

    fn kinds(&self) -> Option<&'static [Kind]> {
        Some(&[WandbPoll::KIND])
    }

    fn by_entry(&self) -> bool {
        true
    }

    fn walk(&self, _: &EntryFilter) -> Box<dyn Walk> {
        Box::new(Self)
    }
}

impl Walk for WandbPolls {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let mut poll = FactRow::fact(entry);
        rows.try_push(COLUMNS, |column| column.cell(&mut poll))
    }
}

fn outcome(poll: &WandbPoll) -> &'static str {
    if poll.lacks().is_none() { "complete" } else { "failed" }
}

/// Counts the runs of a poll, complete or failed: their list is the first payload of the entry.
fn runs_listed(poll: &mut FactRow<'_, '_, WandbPoll>) -> Result<Cell, ReadError> {
    if poll.content()?.is_none() {
        return Ok(Cell::Null);
    }
    let list = poll.entry.attached(0)?.and_then(|bytes| ListedRun::decode_list(&bytes).ok());
    Ok(Cell::of(list.map(|list| list.len() as u64)))
}
