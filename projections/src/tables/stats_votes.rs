//! `stats_votes`: every entry of every run's `stats`, and why it counts or not.

use std::rc::Rc;

use crate::ballot::Entry;
use crate::cell::{Cell, CellType};
use crate::change::{Cast, Change};
use crate::project::SeenRun;
use crate::python;
use crate::rows::{NewRow, Rows};
use crate::schema::{Column, TableSchema};
use crate::tables::{State, Table};

const SCHEMA: TableSchema = TableSchema {
    name: "stats_votes",
    about: "Every validator's entry on every uid; whether it counts, and why not",
    version: 2,
    columns: &[
        Column::nullable("created_at", CellType::Time),
        Column::of("run_id", CellType::Text),
        Column::of("uid_key", CellType::Text),
        Column::nullable("uid", CellType::Int),
        Column::nullable("uid_text", CellType::Text),
        Column::of("position", CellType::UInt),
        Column::nullable("validator", CellType::Text),
        Column::nullable("hotkey", CellType::Text),
        Column::nullable("gpu_name", CellType::Text),
        Column::nullable("num_gpus", CellType::Int),
        Column::nullable("score", CellType::Float),
        Column::nullable("score_text", CellType::Text),
        Column::nullable("own_score", CellType::Bool),
        Column::nullable("allocated", CellType::Bool),
        Column::of("counts", CellType::Bool),
        Column::of("reason", CellType::Text),
    ],
    ending: &[],
    key_columns: 3,
    keeps_history: true,
};

pub(super) struct StatsVotes;

impl Table for StatsVotes {
    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, change: &Change, state: &State, rows: &mut Rows) {
        let flag = state.project.rules.policy.flag;
        for run in &change.runs {
            let order = |seen: &Option<Rc<SeenRun>>| seen.as_ref().map(|seen| seen.run.order());
            let (before, after) = (order(&run.old), order(&run.new));
            for (uid_key, (old, new)) in run.votes() {
                if let (Some(before), Some(_)) = (&before, old)
                    && (new.is_none() || after.as_ref() != Some(before))
                {
                    rows.remove(&[before.cells(), vec![uid_key.into()]].concat());
                }
                if let (Some(seen), Some(after), Some(cast)) = (&run.new, &after, new) {
                    let key = [after.cells(), vec![uid_key.into()]].concat();
                    let values = values(seen, &cast, flag);
                    rows.set(NewRow { key, values, log_index: seen.run.log_index });
                }
            }
        }
    }
}

fn values(seen: &SeenRun, cast: &Cast<'_>, flag: bool) -> Vec<Cell> {
    let is_let_in = seen.standing.counts(flag);
    let uid_text = python::int(&cast.vote.uid_key);
    let mut values = vec![
        Cell::of(uid_text.as_ref().and_then(|uid| uid.parse::<i64>().ok())),
        Cell::of(uid_text),
        (cast.place as u64).into(),
        seen.run.hotkey(),
    ];
    let fields = cast.vote.entry.as_ref().map(entry_cells);
    values.extend(fields.unwrap_or_else(|| std::array::from_fn(|_| Cell::Null)));
    values.push((is_let_in && cast.verdict.counts()).into());
    let reason = if is_let_in { cast.verdict.as_str() } else { seen.standing.as_str() };
    values.push(reason.into());
    values
}

/// From the hotkey to `allocated`.
fn entry_cells(entry: &Entry) -> [Cell; 7] {
    let [hotkey, gpu_name, num_gpus, score, score_text] = entry.cells();
    [hotkey, gpu_name, num_gpus, score, score_text, entry.is_own_score.into(), entry.is_allocated.into()]
}
