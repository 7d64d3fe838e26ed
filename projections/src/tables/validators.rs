//! `validators`: whose runs count.

use annals_log::Validators as Authority;

use crate::cell::{Cell, CellType};
use crate::change::Change;
use crate::rows::{NewRow, Rows};
use crate::schema::{Column, TableSchema};
use crate::tables::{State, TO_BLOCK, Table};

const SCHEMA: TableSchema = TableSchema {
    name: "validators",
    about: "Hotkeys whose runs count: declared ones, or those that the chain has above the permit stake",
    version: 2,
    columns: &[
        Column::of("hotkey", CellType::Text),
        Column::of("authority", CellType::Text),
        Column::nullable("from_block", CellType::UInt),
    ],
    ending: &[TO_BLOCK],
    key_columns: 1,
    keeps_history: true,
};

/// A row stands as long as its hotkey counts by the same authority, however its stake changes meanwhile: `neurons` has
/// every stake. Of declared ones there is no block; and none at which a row ended by another policy.
pub(super) struct Validators;

impl Table for Validators {
    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, change: &Change, state: &State, rows: &mut Rows) {
        if !change.is_policy && !change.moves_validators {
            return;
        }
        let (project, chain) = (&state.project, &state.chain);
        let (authority, from_block) = match project.rules.policy.validators {
            Authority::Declared(_) => ("declared", None),
            Authority::Chain { .. } => ("chain", chain.state_at()),
        };
        rows.end_with(vec![Cell::of(change.state().map(|state| state.height))]);
        rows.retain(|key| matches!(key, [Cell::Text(hotkey)] if project.rules.is_valid(hotkey)));
        for hotkey in project.rules.valid_validators() {
            let (key, values) = (vec![hotkey.into()], vec![authority.into()]);
            let log_index = if change.is_policy { project.policy_index } else { change.index };
            rows.set_with_origin(NewRow { key, values, log_index }, &[Cell::of(from_block)]);
        }
    }
}
