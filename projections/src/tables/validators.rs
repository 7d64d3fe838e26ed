//! `validators`: whose runs count.

use annals_log::Validators as Authority;

use crate::change::Change;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, Rows, TableSchema, cells, plain};
use crate::tables::{State, Table};

/// The key is the hotkey.
const COLUMNS: Columns<&str, ValidRow> = Columns {
    key: &[ColumnOf::of("hotkey", CellType::Text, |&hotkey| hotkey.into())],
    values: &[ColumnOf::of("authority", CellType::Text, |row| row.authority.into())],
    origin: &[ColumnOf::nullable("from_block", CellType::UInt, |row| Cell::of(row.from_block))],
};

const ENDING: &[ColumnOf<Change>] = &[ColumnOf::nullable("to_block", CellType::UInt, |change| {
    Cell::of(change.state().map(|state| state.height))
})];

const SCHEMA: TableSchema = TableSchema {
    name: "validators",
    about: "Hotkeys whose runs count: declared ones, or those that the chain has above the permit stake",
    version: 2,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &plain::<_, { ENDING.len() }>(ENDING),
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: true,
    follows_chain_alone: true,
};

/// A row stands as long as its hotkey counts by the same authority, however its stake changes meanwhile: `neurons` has
/// every stake. Declared validators have no block, and a row that another policy ended has no block of its end.
pub(super) struct Validators;

/// Who says that a hotkey counts, and since which block.
struct ValidRow {
    authority: &'static str,
    from_block: Option<u64>,
}

impl CellSource for ValidRow {
    type For<'a> = Self;
}

impl CellSource for Change {
    type For<'a> = Self;
}

impl Table for Validators {
    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, change: &Change, state: &State, rows: &mut Rows) {
        if !change.is_policy && !change.moves_validators {
            return;
        }
        let (project, chain) = (&state.project, &state.chain);
        let row = match project.rules.policy.validators {
            Authority::Declared(_) => ValidRow { authority: "declared", from_block: None },
            Authority::Chain { .. } => ValidRow { authority: "chain", from_block: chain.state_at() },
        };
        rows.end_with(cells(ENDING, change));
        rows.retain(|key| matches!(key, [Cell::Text(hotkey)] if project.rules.is_valid(hotkey)));
        let log_index = if change.is_policy { project.policy_index } else { change.index };
        for hotkey in project.rules.valid_validators() {
            rows.set(COLUMNS.row(&hotkey, &row, log_index));
        }
    }
}
