//! `runtime_versions`: which runtime executed which blocks.

use annals_log::Hash;

use super::fold::{Chain, ChainChange, InForce};
use super::told::Runtime;
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, Rows, TableSchema};
use crate::worlds::table::Table;

const COLUMNS: Columns<InForce, RuntimeRow<'_>> = Columns {
    key: &[ColumnOf::of("from_block", CellType::UInt, |in_force| in_force.from_block.into())],
    values: &[
        ColumnOf::nullable("spec_name", CellType::Text, |row| {
            Cell::of(row.told.map(|told| told.spec_name.as_str()))
        }),
        ColumnOf::of("spec_version", CellType::UInt, |row| u64::from(row.in_force.id.0).into()),
        ColumnOf::nullable("transaction_version", CellType::UInt, |row| {
            Cell::of(row.told.map(|told| u64::from(told.transaction_version)))
        }),
        ColumnOf::nullable("metadata_version", CellType::UInt, |row| {
            Cell::of(row.told.map(|told| u64::from(told.metadata_version)))
        }),
        ColumnOf::of("metadata_sha256", CellType::Text, |row| Hash(row.in_force.id.1).to_string().into()),
        ColumnOf::nullable("to_block", CellType::UInt, |row| Cell::of(row.to_block)),
    ],
    origin: &[],
};

const SCHEMA: TableSchema = TableSchema {
    name: "runtime_versions",
    about: "The runtimes of the recorded blocks, each from the first that it executed to the next one's",
    version: 1,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &[],
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: true,
    follows_chain_alone: true,
    evidence: &[Evidence::Chain],
};

/// When the block at which a row begins is taken back, the row goes, and the one before it has no end again.
pub(crate) struct RuntimeVersions;

/// A runtime, up to the one that came after it.
struct RuntimeRow<'a> {
    in_force: &'a InForce,
    /// What is known of it. A log of another recorder may have blocks of a runtime that no entry tells of.
    told: Option<&'a Runtime>,
    to_block: Option<u64>,
}

impl CellSource for InForce {
    type For<'a> = Self;
}

impl CellSource for RuntimeRow<'_> {
    type For<'a> = RuntimeRow<'a>;
}

impl Table for RuntimeVersions {
    type World = Chain;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, _: u64, change: &ChainChange, world: &Chain, rows: &mut Rows) {
        if !matches!(change, ChainChange::Runtime) {
            return;
        }
        let runtimes = world.runtimes_in_force();
        let last = runtimes.last().map(|last| COLUMNS.key_of(last));
        rows.retain(|key| last.as_ref().is_some_and(|last| key <= last.as_slice()));
        let to_blocks = runtimes.iter().skip(1).map(|next| Some(next.from_block)).chain([None]);
        for (in_force, to_block) in runtimes.iter().zip(to_blocks) {
            let row = RuntimeRow { in_force, told: world.runtime(&in_force.id), to_block };
            rows.set(COLUMNS.row(in_force, &row, in_force.log_index));
        }
    }
}
