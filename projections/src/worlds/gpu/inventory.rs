//! `gpu_inventory`: what machines say of their GPUs.

use annals_log::GpuInventory;

use super::fold::{GpuChange, Gpus};
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, Rows, TableSchema};
use crate::worlds::table::Table;

/// The table: a GPU is named by the worker that tells of it and by its label there.
pub(crate) struct GpuInventoryTable;

/// What was told of a GPU.
struct Told<'a>(&'a GpuInventory);

const COLUMNS: Columns<Told<'_>, Told<'_>> = Columns {
    key: &[
        ColumnOf::of("worker", CellType::Text, |told| told.0.worker.as_str().into()),
        ColumnOf::of("gpu", CellType::Text, |told| told.0.label.as_str().into()),
    ],
    values: &[
        ColumnOf::of("hotkey", CellType::Text, |told| told.0.hotkey.address().into()),
        ColumnOf::nullable("gpu_name", CellType::Text, |told| Cell::of(told.0.name.as_deref())),
        ColumnOf::nullable("uuid", CellType::Text, |told| Cell::of(told.0.uuid.as_deref())),
        ColumnOf::nullable("serial", CellType::Text, |told| Cell::of(told.0.serial.as_deref())),
        ColumnOf::nullable("pci", CellType::Text, |told| Cell::of(told.0.pci.as_deref())),
        ColumnOf::nullable("memory_bytes", CellType::UInt, |told| Cell::of(told.0.memory_bytes)),
        ColumnOf::nullable("driver", CellType::Text, |told| Cell::of(told.0.driver.as_deref())),
        ColumnOf::nullable("confidential", CellType::Text, |told| Cell::of(told.0.confidential.as_deref())),
        ColumnOf::of("told", CellType::Text, |told| told.0.told.as_str().into()),
    ],
    origin: &[],
};

const SCHEMA: TableSchema = TableSchema {
    name: "gpu_inventory",
    about: "What machines say of their GPUs, in their own words: nobody checked it",
    version: 1,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &[],
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: true,
    follows_chain_alone: false,
    evidence: &[Evidence::Gpus],
};

impl CellSource for Told<'_> {
    type For<'a> = Told<'a>;
}

impl Table for GpuInventoryTable {
    type World = Gpus;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, _: u64, change: &GpuChange, _: &Gpus, rows: &mut Rows) {
        if let GpuChange::Told { inventory, log_index } = change {
            let told = Told(inventory);
            rows.set(COLUMNS.row(&told, &told, *log_index));
        }
    }
}
