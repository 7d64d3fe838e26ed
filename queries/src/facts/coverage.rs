//! `coverage`: when each source was looked at and with what outcome, and when nobody looked at all.

use std::collections::BTreeMap;

use annals_log::{
    CoveredTime, EventView, Fact as _, LOG_SOURCE, LogIndex, ReadError, RecorderStarted, RecorderStopped,
    WandbHistoryRow,
};
use annals_projections::CellType::{Text, Time, UInt};
use annals_projections::{Cell, Column};

use super::{Entry, FactTable, Pushable, Walk};
use crate::rows::{RowColumn, Rows};

/// The table. A time that no row covers is one of which nothing is known: never one in which nothing happened.
///
/// - `ok`, `failed`: a poll, from its first answer to its last, `failed` also when it lacks single runs; of a
///   validator's database (`scope` is its name) the moment at which it was as it was read, `failed` also when that is
///   not all of it.
/// - `missing`: steps of a run's history that no row has, though later ones are there: from the row before to the row
///   behind them.
/// - `failed`, `refused`: a time in which a node of the chain gave nothing: it could not be reached or was wrong, or it
///   answered without what was asked for.
/// - `not_running`: no recorder held the log (source `log`). Without `to_at`, up to now.
/// - `not_final`: behind the last entry of a session that has no end: the recorder runs, or was cut off.
#[derive(Debug)]
pub(super) struct Coverage;

/// One row.
struct Covered<'a> {
    source: &'a str,
    scope: Option<&'a str>,
    /// What was asked for concerns this run alone.
    run_id: Option<&'a str>,
    from_ms: i64,
    to_ms: Option<i64>,
    outcome: &'static str,
    index: LogIndex,
    detail: Option<&'a str>,
}

/// What the last entry was, and the last row of each run's history, by source and run.
#[derive(Default)]
struct CoverageWalk {
    last: Option<Last>,
    last_rows: BTreeMap<(String, String), LastRow>,
}

#[derive(Clone, Copy)]
struct LastRow {
    step: u64,
    at_ms: i64,
}

#[derive(Clone, Copy)]
struct Last {
    index: LogIndex,
    recorded_at_ms: i64,
    ends: Ends,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// A session, in order.
    Session,
    /// Nothing.
    Nothing,
}

impl<'a> Covered<'a> {
    const COLUMNS: &'a [RowColumn<Self>] = &[
        RowColumn::of("source", Text, |covered| covered.source.into()),
        RowColumn::nullable("scope", Text, |covered| Cell::of(covered.scope)),
        RowColumn::nullable("run_id", Text, |covered| Cell::of(covered.run_id)),
        RowColumn::of("from_at", Time, |covered| Cell::Time(covered.from_ms)),
        RowColumn::nullable("to_at", Time, |covered| Cell::time(covered.to_ms)),
        RowColumn::of("outcome", Text, |covered| covered.outcome.into()),
        RowColumn::of("log_index", UInt, |covered| covered.index.0.into()),
        RowColumn::nullable("detail", Text, |covered| Cell::of(covered.detail)),
    ];
}

impl FactTable for Coverage {
    fn name(&self) -> &'static str {
        "coverage"
    }

    fn columns(&self) -> Vec<Column> {
        RowColumn::plain(Covered::COLUMNS)
    }

    fn pushable(&self) -> Pushable {
        // A session's end may be any entry before: none can be left out.
        Pushable::default()
    }

    fn walk(&self) -> Box<dyn Walk> {
        Box::<CoverageWalk>::default()
    }
}

impl Walk for CoverageWalk {
    fn take(&mut self, entry: &mut Entry<'_>, rows: &mut Rows) -> Result<(), ReadError> {
        let (index, recorded_at_ms) = (entry.index, entry.envelope.recorded_at_ms);
        if entry.envelope.kind == RecorderStarted::KIND {
            // The first one stands right behind `log_opened`, in the same session.
            if let Some(last) = self.last.filter(|last| last.index > LogIndex(0)) {
                put(rows, &gap(last, index, recorded_at_ms));
            }
        }
        if let Some(WandbHistoryRow { step: Some(step), .. }) = entry.fact()? {
            self.take_row(step, entry, rows);
        }
        if let Some(row) = entry.envelope.kind.row()
            && row.covers()
        {
            let body = entry.body()?;
            for covered in row.covered(&EventView::of(&entry.envelope, &body)) {
                put(rows, &row_of(&covered, entry));
            }
        }
        let is_end = entry.envelope.kind == RecorderStopped::KIND;
        let ends = if is_end { Ends::Session } else { Ends::Nothing };
        self.last = Some(Last { index, recorded_at_ms, ends });
        Ok(())
    }

    fn end(&mut self, rows: &mut Rows) {
        let Some(last) = self.last else { return };
        let (outcome, detail) = match last.ends {
            Ends::Session => ("not_running", "the recorder stopped, and has not been started since"),
            Ends::Nothing => {
                ("not_final", "the recorder still runs, or was cut off here: nothing more is known")
            }
        };
        put(
            rows,
            &Covered {
                source: LOG_SOURCE,
                scope: None,
                run_id: None,
                from_ms: last.recorded_at_ms,
                to_ms: None,
                outcome,
                index: last.index,
                detail: Some(detail),
            },
        );
    }
}

impl CoverageWalk {
    /// Steps count one by one in all that upstream logs, so one that is passed over is a row that is not had.
    fn take_row(&mut self, step: u64, entry: &Entry<'_>, rows: &mut Rows) {
        let key = (entry.envelope.source.to_owned(), entry.envelope.native_id.to_owned());
        let at_ms = entry.envelope.observed_at_ms.unwrap_or(entry.envelope.fetched_at_ms);
        let before = self.last_rows.insert(key, LastRow { step, at_ms });
        let first_missing = before.map_or(0, |before| before.step.saturating_add(1));
        if step <= first_missing {
            return;
        }
        let detail = format!("steps {first_missing} to {} are not in the history", step - 1);
        put(
            rows,
            &Covered {
                source: entry.envelope.source,
                scope: Some("history"),
                run_id: Some(entry.envelope.native_id),
                from_ms: before.map_or(at_ms, |before| before.at_ms),
                to_ms: Some(at_ms),
                outcome: "missing",
                index: entry.index,
                detail: Some(&detail),
            },
        );
    }
}

fn gap(last: Last, index: LogIndex, started_ms: i64) -> Covered<'static> {
    let cut_off = "the session before was cut off: it ended at some time in between";
    Covered {
        source: LOG_SOURCE,
        scope: None,
        run_id: None,
        from_ms: last.recorded_at_ms,
        to_ms: Some(started_ms),
        outcome: "not_running",
        index,
        detail: (last.ends == Ends::Nothing).then_some(cut_off),
    }
}

/// The row of a time that an entry covers by itself.
fn row_of<'a>(covered: &'a CoveredTime, entry: &Entry<'a>) -> Covered<'a> {
    Covered {
        source: entry.envelope.source,
        scope: covered.scope.as_deref(),
        run_id: covered.run_id.as_deref(),
        from_ms: covered.from_ms,
        to_ms: Some(covered.to_ms),
        outcome: covered.outcome,
        index: entry.index,
        detail: covered.detail.as_deref(),
    }
}

fn put(rows: &mut Rows, covered: &Covered<'_>) {
    rows.push(Covered::COLUMNS, covered);
}
