//! `stats`: for each uid the entry that upstream picks, and how it was picked.

use crate::cell::{Cell, CellType};
use crate::change::Change;
use crate::count::Dominant;
use crate::python::Scalar;
use crate::rows::{NewRow, Rows};
use crate::schema::{Column, TableSchema};
use crate::tables::{State, Table};

const SCHEMA: TableSchema = TableSchema {
    name: "stats",
    about: "The entry that upstream picks for each uid, with its votes and the rule that decided",
    version: 2,
    columns: &[
        Column::nullable("uid", CellType::Int),
        Column::of("uid_text", CellType::Text),
        Column::of("uid_key", CellType::Text),
        Column::nullable("hotkey", CellType::Text),
        Column::nullable("gpu_name", CellType::Text),
        Column::nullable("num_gpus", CellType::Int),
        Column::nullable("score", CellType::Float),
        Column::nullable("score_text", CellType::Text),
        Column::of("allocated", CellType::Bool),
        Column::nullable("reliability_score", CellType::Float),
        Column::nullable("written_at", CellType::Text),
        Column::nullable("created_at", CellType::Time),
        Column::of("run_id", CellType::Text),
        Column::nullable("validator", CellType::Text),
        Column::of("votes", CellType::UInt),
        Column::of("entries", CellType::UInt),
        Column::of("candidates", CellType::UInt),
        Column::of("rule", CellType::Text),
        Column::of("order_tie", CellType::Bool),
        Column::of("entry", CellType::Text),
    ],
    ending: &[],
    key_columns: 2,
    keeps_history: true,
};

pub(super) struct Stats;

impl Table for Stats {
    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, _: &Change, state: &State, rows: &mut Rows) {
        for (uid_text, dominant) in state.count.changes(&state.project) {
            let key = vec![Cell::of(uid_text.parse::<i64>().ok()), uid_text.into()];
            match dominant {
                Some(dominant) => {
                    let (values, log_index) = (values(&dominant), dominant.seen.run.log_index);
                    rows.set(NewRow { key, values, log_index });
                }
                None => rows.remove(&key),
            }
        }
    }
}

fn values(dominant: &Dominant) -> Vec<Cell> {
    let (entry, run) = (&dominant.entry, &dominant.seen.run);
    let mut values = vec![dominant.uid_key.as_str().into()];
    values.extend(entry.cells());
    values.extend([
        entry.is_allocated.into(),
        Cell::of(entry.reliability_score.as_ref().and_then(Scalar::to_f64)),
        Cell::of(entry.written_at.as_deref()),
    ]);
    values.extend(run.order().cells());
    values.extend([
        run.hotkey(),
        (dominant.votes as u64).into(),
        (dominant.entries as u64).into(),
        (dominant.candidates as u64).into(),
        dominant.rule.as_str().into(),
        dominant.is_order_tie.into(),
        entry.json.as_deref().expect("an entry of the validator's own score is kept").into(),
    ]);
    values
}
