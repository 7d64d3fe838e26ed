//! `runtime_versions`: which runtime executed which blocks.

use annals_log::Hash;

use crate::cell::{Cell, CellType};
use crate::chain::{Chain, ChainChange, InForce};
use crate::change::Change;
use crate::rows::{NewRow, Rows};
use crate::schema::{Column, TableSchema};
use crate::tables::{State, Table};

const SCHEMA: TableSchema = TableSchema {
    name: "runtime_versions",
    about: "The runtimes of the recorded blocks, each from the first that it executed to the next one's",
    version: 1,
    columns: &[
        Column::of("from_block", CellType::UInt),
        Column::nullable("spec_name", CellType::Text),
        Column::of("spec_version", CellType::UInt),
        Column::nullable("transaction_version", CellType::UInt),
        Column::nullable("metadata_version", CellType::UInt),
        Column::of("metadata_sha256", CellType::Text),
        Column::nullable("to_block", CellType::UInt),
    ],
    ending: &[],
    key_columns: 1,
    keeps_history: true,
};

/// A row is taken back with the block that it begins at, and the one before is open again.
pub(super) struct RuntimeVersions;

impl Table for RuntimeVersions {
    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, change: &Change, state: &State, rows: &mut Rows) {
        if !matches!(change.chain, Some(ChainChange::Runtime)) {
            return;
        }
        let in_force = state.chain.runtimes_in_force();
        let last = in_force.last().map(|runtime| Cell::UInt(runtime.from_block));
        rows.retain(|key| last.as_ref().is_some_and(|last| key <= std::slice::from_ref(last)));
        let to_blocks = in_force.iter().skip(1).map(|next| Some(next.from_block)).chain([None]);
        in_force.iter().zip(to_blocks).for_each(|(runtime, to)| rows.set(row(runtime, to, &state.chain)));
    }
}

fn row(in_force: &InForce, to_block: Option<u64>, chain: &Chain) -> NewRow {
    let (spec_version, metadata) = in_force.id;
    // A log that was not recorded by the book may have blocks of a runtime that it does not tell of.
    let told = chain.runtime(&in_force.id);
    NewRow {
        key: vec![in_force.from_block.into()],
        values: vec![
            Cell::of(told.map(|told| told.spec_name.as_str())),
            u64::from(spec_version).into(),
            Cell::of(told.map(|told| u64::from(told.transaction_version))),
            Cell::of(told.map(|told| u64::from(told.metadata_version))),
            Hash(metadata).to_string().into(),
            Cell::of(to_block),
        ],
        log_index: in_force.log_index,
    }
}
