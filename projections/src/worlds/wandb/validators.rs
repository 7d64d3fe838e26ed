//! `validators`: the hotkeys whose runs count.

use super::change::{Change, ValidatorsChange};
use super::world::Wandb;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, Rows, TableSchema, cells, plain};
use crate::worlds::table::Table;

/// The key is the hotkey.
const COLUMNS: Columns<&str, ValidRow> = Columns {
    key: &[ColumnOf::of("hotkey", CellType::Text, |&hotkey| hotkey.into())],
    values: &[ColumnOf::of("authority", CellType::Text, |row| row.authority.into())],
    origin: &[ColumnOf::nullable("from_block", CellType::UInt, |row| Cell::of(row.from_block))],
};

const ENDING: &[ColumnOf<ValidatorsChange>] =
    &[ColumnOf::nullable("to_block", CellType::UInt, |change| Cell::of(change.to_block))];

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
    evidence: &[],
};

/// A row lasts as long as its hotkey counts by the same authority, however its stake changes meanwhile: `neurons` has
/// every stake. Declared validators have no `from_block`, and a row that another policy ended has no `to_block`.
pub(crate) struct Validators;

/// The authority by which a hotkey counts, and since which block.
struct ValidRow {
    authority: &'static str,
    from_block: Option<u64>,
}

impl CellSource for ValidRow {
    type For<'a> = Self;
}

impl CellSource for ValidatorsChange {
    type For<'a> = Self;
}

impl Table for Validators {
    type World = Wandb;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, _: u64, change: &Change, world: &Wandb, rows: &mut Rows) {
        let Some(validators) = &change.validators else { return };
        let rules = &world.project.rules;
        let authority = if rules.are_by_chain() { "chain" } else { "declared" };
        let row = ValidRow { authority, from_block: validators.from_block };
        rows.end_with(cells(ENDING, validators));
        rows.retain(|key| matches!(key, [Cell::Text(hotkey)] if rules.is_valid(hotkey)));
        for hotkey in rules.valid_validators() {
            rows.set(COLUMNS.row(&hotkey, &row, validators.log_index));
        }
    }
}
