//! `validators`: whose runs count.

use crate::cell::CellType;
use crate::change::Change;
use crate::rows::{NewRow, Rows};
use crate::schema::{Column, TableSchema};
use crate::tables::{State, Table};

const SCHEMA: TableSchema = TableSchema {
    name: "validators",
    about: "Hotkeys whose runs count; empty while the policy leaves it to a chain that is not recorded",
    version: 1,
    columns: &[Column::of("hotkey", CellType::Text), Column::of("authority", CellType::Text)],
    key_columns: 1,
    keeps_history: true,
};

pub(super) struct Validators;

impl Table for Validators {
    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, change: &Change, state: &State, rows: &mut Rows) {
        if change.is_policy {
            let declared = state.project.rules.valid_validators().map(|hotkey| NewRow {
                key: vec![hotkey.into()],
                values: vec!["declared".into()],
                log_index: state.project.policy_index,
            });
            rows.set_under(&[], declared.collect());
        }
    }
}
