//! `computedb_*`: the rows of validators' own databases, as of the last poll of each.

use std::cell::OnceCell;

use annals_log::{DbRow, SqlValue};

use super::declared::{Declared, cell, json_in};
use super::fold::{Databases, DbPolled};
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, NewRow, Rows, TableSchema};
use crate::upstream::spec_columns::{OfSpecs, gpu_name, gpu_name_of, num_gpus, num_gpus_of};
use crate::upstream::specs::{GpuSpecs, Specs};
use crate::worlds::table::Table;

/// A table of upstream's. The key is its database and its primary key; a row whose key is null or of another type than
/// declared has none here.
pub(crate) struct DbTable {
    schema: &'static TableSchema,
    columns: Columns<DbKey<'static>, DbLine<'static>>,
    /// The table's name at upstream.
    table: &'static str,
}

/// A validator's database, and the primary key of a row in it.
struct DbKey<'a> {
    database: &'a str,
    key: &'a SqlValue,
}

/// A row, and its columns of JSON, parsed when the first column asks.
struct DbLine<'a> {
    row: &'a DbRow,
    gpu_specs: OnceCell<Option<GpuSpecs>>,
    details: OnceCell<Option<Specs>>,
}

type Key = ColumnOf<DbKey<'static>>;
type Value = ColumnOf<DbLine<'static>>;

const DATABASE: Key = ColumnOf::of("database", CellType::Text, |key| key.database.into());
const ID: Key = ColumnOf::of("id", CellType::Int, |key| key.cell(Declared::Integer));

const HOTKEY: Value = ColumnOf::nullable("hotkey", CellType::Text, |line| line.text("hotkey"));
const DETAILS: Value = ColumnOf::nullable("details", CellType::Text, |line| line.text("details"));
const CREATED_AT: Value =
    ColumnOf::nullable("created_at", CellType::Time, |line| cell(line.row, "created_at", Declared::Time));
/// The text as it was written, also when it is not a time.
const CREATED_AT_TEXT: Value =
    ColumnOf::nullable("created_at_text", CellType::Text, |line| line.text("created_at"));

const POG_STATS_COLUMNS: Columns<DbKey<'_>, DbLine<'_>> = Columns {
    key: &[DATABASE, ID],
    values: &[
        HOTKEY,
        ColumnOf::nullable("gpu_name", CellType::Text, |line| line.text("gpu_name")),
        ColumnOf::nullable("num_gpus", CellType::Int, |line| cell(line.row, "num_gpus", Declared::Integer)),
        CREATED_AT,
        CREATED_AT_TEXT,
    ],
    origin: &[],
};

pub(crate) const POG_STATS: DbTable = DbTable {
    schema: &TableSchema {
        name: "computedb_pog_stats",
        about: "A validator's own results of Proof-of-GPU; those it deleted since are in the table's past",
        columns: &POG_STATS_COLUMNS.plain::<{ POG_STATS_COLUMNS.count() }>(),
        ..SCHEMA
    },
    columns: POG_STATS_COLUMNS,
    table: "pog_stats",
};

const STATS_COLUMNS: Columns<DbKey<'_>, DbLine<'_>> = Columns {
    key: &[DATABASE, ColumnOf::of("uid", CellType::Int, |key| key.cell(Declared::Integer))],
    values: &[
        HOTKEY,
        ColumnOf::nullable("gpu_name", CellType::Text, |line| gpu_name_of(line.gpu_specs())),
        ColumnOf::nullable("num_gpus", CellType::Int, |line| num_gpus_of(line.gpu_specs())),
        ColumnOf::nullable("score", CellType::Float, |line| cell(line.row, "score", Declared::Real)),
        ColumnOf::nullable("score_text", CellType::Text, |line| {
            let score = line.row.get("score").filter(|score| **score != SqlValue::Null);
            Cell::of(score.map(SqlValue::to_json))
        }),
        ColumnOf::of("allocated", CellType::Bool, |line| line.is_truthy("allocated").into()),
        ColumnOf::of("own_score", CellType::Bool, |line| line.is_truthy("own_score").into()),
        ColumnOf::nullable("reliability_score", CellType::Float, |line| {
            cell(line.row, "reliability_score", Declared::Real)
        }),
        CREATED_AT,
        CREATED_AT_TEXT,
        ColumnOf::nullable("gpu_specs", CellType::Text, |line| line.text("gpu_specs")),
    ],
    origin: &[],
};

pub(crate) const STATS: DbTable = DbTable {
    schema: &TableSchema {
        name: "computedb_stats",
        about: "What a validator holds of each uid, before it publishes it",
        columns: &STATS_COLUMNS.plain::<{ STATS_COLUMNS.count() }>(),
        ..SCHEMA
    },
    columns: STATS_COLUMNS,
    table: "stats",
};

const ALLOCATION_COLUMNS: Columns<DbKey<'_>, DbLine<'_>> =
    Columns { key: &[DATABASE, ID], values: &[HOTKEY], origin: &[] };

pub(crate) const ALLOCATION: DbTable = DbTable {
    schema: &TableSchema {
        name: "computedb_allocation",
        about: "Whose machines a validator has rented out; how to get into them is never read",
        columns: &ALLOCATION_COLUMNS.plain::<{ ALLOCATION_COLUMNS.count() }>(),
        ..SCHEMA
    },
    columns: ALLOCATION_COLUMNS,
    table: "allocation",
};

const BLACKLIST_COLUMNS: Columns<DbKey<'_>, DbLine<'_>> =
    Columns { key: &[DATABASE, ID], values: &[HOTKEY, DETAILS], origin: &[] };

pub(crate) const BLACKLIST: DbTable = DbTable {
    schema: &TableSchema {
        name: "computedb_blacklist",
        about: "Whom a validator's operator penalized",
        columns: &BLACKLIST_COLUMNS.plain::<{ BLACKLIST_COLUMNS.count() }>(),
        ..SCHEMA
    },
    columns: BLACKLIST_COLUMNS,
    table: "blacklist",
};

const RUNS_COLUMNS: Columns<DbKey<'_>, DbLine<'_>> = Columns {
    key: &[DATABASE, ColumnOf::of("hotkey", CellType::Text, |key| key.cell(Declared::Text))],
    values: &[ColumnOf::nullable("run_id", CellType::Text, |line| line.text("run_id"))],
    origin: &[],
};

pub(crate) const RUNS: DbTable = DbTable {
    schema: &TableSchema {
        name: "computedb_runs",
        about: "Which W&B run a validator resumes for a hotkey of its own",
        columns: &RUNS_COLUMNS.plain::<{ RUNS_COLUMNS.count() }>(),
        ..SCHEMA
    },
    columns: RUNS_COLUMNS,
    table: "wandb_runs",
};

const MINER_DETAILS_COLUMNS: Columns<DbKey<'_>, DbLine<'_>> = Columns {
    key: &[DATABASE, ID],
    values: &[
        HOTKEY,
        gpu_name(),
        num_gpus(),
        ColumnOf::nullable("no_specs_count", CellType::Int, |line| {
            cell(line.row, "no_specs_count", Declared::Integer)
        }),
        DETAILS,
    ],
    origin: &[],
};

pub(crate) const MINER_DETAILS: DbTable = DbTable {
    schema: &TableSchema {
        name: "computedb_miner_details",
        about: "What a validator holds of each miner's self-reported hardware",
        columns: &MINER_DETAILS_COLUMNS.plain::<{ MINER_DETAILS_COLUMNS.count() }>(),
        ..SCHEMA
    },
    columns: MINER_DETAILS_COLUMNS,
    table: "miner_details",
};

/// The part that the schemas of all these tables share.
const SCHEMA: TableSchema = TableSchema {
    name: "",
    about: "",
    version: 1,
    columns: &[],
    ending: &[],
    key_columns: 2,
    origin_columns: 0,
    keeps_history: true,
    follows_chain_alone: false,
    evidence: &[Evidence::Databases],
};

impl Table for DbTable {
    type World = Databases;

    fn schema(&self) -> &'static TableSchema {
        self.schema
    }

    fn apply(&mut self, _: u64, change: &DbPolled, _: &Databases, rows: &mut Rows) {
        for changed in change.rows.iter().filter(|changed| changed.table == self.table) {
            let key = self.columns.key_of(&DbKey { database: &changed.database, key: &changed.key });
            if key.contains(&Cell::Null) {
                continue;
            }
            match &changed.row {
                Some(row) => {
                    let values = self.columns.values_of(&DbLine::of(row));
                    rows.set(NewRow { key, values, log_index: changed.log_index });
                }
                None => rows.remove(&key),
            }
        }
    }
}

impl CellSource for DbKey<'_> {
    type For<'a> = DbKey<'a>;
}

impl DbKey<'_> {
    /// Returns the primary key in its declared type; null when it is of another type.
    fn cell(&self, declared: Declared) -> Cell {
        declared.cell(self.key).unwrap_or(Cell::Null)
    }
}

impl CellSource for DbLine<'_> {
    type For<'a> = DbLine<'a>;
}

impl<'a> DbLine<'a> {
    fn of(row: &'a DbRow) -> Self {
        Self { row, gpu_specs: OnceCell::new(), details: OnceCell::new() }
    }

    fn text(&self, column: &str) -> Cell {
        cell(self.row, column, Declared::Text)
    }

    /// Whether a column is true to Python. A column that an older upstream does not have counts as null.
    fn is_truthy(&self, column: &str) -> bool {
        self.row.get(column).is_some_and(SqlValue::is_truthy)
    }

    fn gpu_specs(&self) -> Option<&GpuSpecs> {
        self.gpu_specs.get_or_init(|| json_in(self.row, "gpu_specs").map(GpuSpecs::of)).as_ref()
    }
}

impl OfSpecs for DbLine<'_> {
    fn specs(&self) -> Option<&Specs> {
        self.details.get_or_init(|| json_in(self.row, "details").as_ref().map(Specs::of)).as_ref()
    }
}
