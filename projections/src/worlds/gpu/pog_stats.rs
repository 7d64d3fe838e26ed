//! `pog_stats`: what upstream's rule makes of all results of Proof-of-GPU that a validator's database ever had.

use annals_log::told_time_ms;

use super::fold::{GpuChange, Gpus, PogResult, Results};
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, Rows, TableSchema};
use crate::worlds::table::Table;

/// The table: a row for each miner that a validator has a result of.
pub(crate) struct PogStats;

/// A miner in a validator's database.
struct Miner<'a> {
    database: &'a str,
    hotkey: &'a str,
}

/// Its results.
struct Found<'a>(&'a Results);

const COLUMNS: Columns<Miner<'_>, Found<'_>> = Columns {
    key: &[
        ColumnOf::of("database", CellType::Text, |miner| miner.database.into()),
        ColumnOf::of("hotkey", CellType::Text, |miner| miner.hotkey.into()),
    ],
    values: &[
        ColumnOf::nullable("gpu_name", CellType::Text, |found| {
            Cell::of(found.good().and_then(|good| good.gpu_name.as_deref()))
        }),
        ColumnOf::nullable("num_gpus", CellType::Int, |found| {
            Cell::of(found.good().and_then(|good| good.num_gpus))
        }),
        ColumnOf::nullable("created_at", CellType::Time, |found| {
            let text = found.good().and_then(|good| good.created_at.as_deref());
            Cell::time(text.and_then(told_time_ms))
        }),
        ColumnOf::nullable("failed_since", CellType::UInt, |found| {
            Cell::of(found.0.good().map(|(_, failed)| failed))
        }),
        ColumnOf::of("results", CellType::UInt, |found| found.0.count.into()),
    ],
    origin: &[],
};

const SCHEMA: TableSchema = TableSchema {
    name: "pog_stats",
    about: "The newest good result of each miner among the four newest that a validator's database ever had",
    version: 1,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &[],
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: true,
    follows_chain_alone: false,
    evidence: &[Evidence::Gpus],
};

impl CellSource for Miner<'_> {
    type For<'a> = Miner<'a>;
}

impl CellSource for Found<'_> {
    type For<'a> = Found<'a>;
}

impl Found<'_> {
    fn good(&self) -> Option<&PogResult> {
        self.0.good().map(|(good, _)| good)
    }
}

impl Table for PogStats {
    type World = Gpus;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, _: u64, change: &GpuChange, world: &Gpus, rows: &mut Rows) {
        let GpuChange::Results(miners) = change else { return };
        for of in miners {
            let Some(results) = world.results.get(of) else { continue };
            let miner = Miner { database: &of.0, hotkey: &of.1 };
            let last = results.newest.iter().map(|result| result.log_index).max().unwrap_or_default();
            rows.set(COLUMNS.row(&miner, &Found(results), last));
        }
    }
}
