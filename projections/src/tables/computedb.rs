//! `computedb_*`: the rows of validators' own databases, as of the last poll of each.

use annals_log::{DbRow, SqlValue};

use crate::cell::{Cell, CellType};
use crate::change::Change;
use crate::db_columns::{Declared, cell, columns_of, gpu_cells, json_in};
use crate::rows::{NewRow, Rows};
use crate::run::Specs;
use crate::schema::{Column, TableSchema};
use crate::tables::{State, Table};

/// A table of upstream's. The key is its database and its primary key; a row whose key is null or of another type than
/// declared has none here.
pub(super) struct DbTable {
    schema: &'static TableSchema,
    /// As upstream calls it.
    table: &'static str,
    /// Of the columns behind the key.
    values: fn(&DbRow) -> Vec<Cell>,
}

const DATABASE: Column = Column::of("database", CellType::Text);
const ID: Column = Column::of("id", CellType::Int);
const HOTKEY: Column = Column::nullable("hotkey", CellType::Text);
const GPU_NAME: Column = Column::nullable("gpu_name", CellType::Text);
const NUM_GPUS: Column = Column::nullable("num_gpus", CellType::Int);
const DETAILS: Column = Column::nullable("details", CellType::Text);
const CREATED_AT: Column = Column::nullable("created_at", CellType::Time);
/// As it was written, also what is no time.
const CREATED_AT_TEXT: Column = Column::nullable("created_at_text", CellType::Text);

pub(super) const POG_STATS: DbTable = DbTable {
    schema: &TableSchema {
        name: "computedb_pog_stats",
        about: "A validator's own results of Proof-of-GPU; those it deleted since are in the table's past",
        version: 1,
        columns: &[DATABASE, ID, HOTKEY, GPU_NAME, NUM_GPUS, CREATED_AT, CREATED_AT_TEXT],
        ending: &[],
        key_columns: 2,
        keeps_history: true,
    },
    table: "pog_stats",
    values: |row| {
        let [created_at, created_at_text] = created_at(row);
        let num_gpus = cell(row, "num_gpus", Declared::Integer);
        vec![text(row, "hotkey"), text(row, "gpu_name"), num_gpus, created_at, created_at_text]
    },
};

pub(super) const STATS: DbTable = DbTable {
    schema: &TableSchema {
        name: "computedb_stats",
        about: "What a validator holds of each uid, before it publishes it",
        version: 1,
        columns: &[
            DATABASE,
            Column::of("uid", CellType::Int),
            HOTKEY,
            GPU_NAME,
            NUM_GPUS,
            Column::nullable("score", CellType::Float),
            Column::nullable("score_text", CellType::Text),
            Column::of("allocated", CellType::Bool),
            Column::of("own_score", CellType::Bool),
            Column::nullable("reliability_score", CellType::Float),
            CREATED_AT,
            CREATED_AT_TEXT,
            Column::nullable("gpu_specs", CellType::Text),
        ],
        ending: &[],
        key_columns: 2,
        keeps_history: true,
    },
    table: "stats",
    values: |row| {
        let [gpu_name, num_gpus] = gpu_cells(row);
        let [created_at, created_at_text] = created_at(row);
        let score = row.get("score").filter(|score| **score != SqlValue::Null);
        // A column that an older upstream does not have is as null as one in which nothing stands.
        let truth = |column| row.get(column).is_some_and(SqlValue::is_truthy).into();
        vec![
            text(row, "hotkey"),
            gpu_name,
            num_gpus,
            cell(row, "score", Declared::Real),
            Cell::of(score.map(SqlValue::to_json)),
            truth("allocated"),
            truth("own_score"),
            cell(row, "reliability_score", Declared::Real),
            created_at,
            created_at_text,
            text(row, "gpu_specs"),
        ]
    },
};

pub(super) const ALLOCATION: DbTable = DbTable {
    schema: &TableSchema {
        name: "computedb_allocation",
        about: "Whose machines a validator has rented out; how to get into them is never read",
        version: 1,
        columns: &[DATABASE, ID, HOTKEY],
        ending: &[],
        key_columns: 2,
        keeps_history: true,
    },
    table: "allocation",
    values: |row| vec![text(row, "hotkey")],
};

pub(super) const BLACKLIST: DbTable = DbTable {
    schema: &TableSchema {
        name: "computedb_blacklist",
        about: "Whom a validator's operator penalized",
        version: 1,
        columns: &[DATABASE, ID, HOTKEY, DETAILS],
        ending: &[],
        key_columns: 2,
        keeps_history: true,
    },
    table: "blacklist",
    values: |row| vec![text(row, "hotkey"), text(row, "details")],
};

pub(super) const RUNS: DbTable = DbTable {
    schema: &TableSchema {
        name: "computedb_runs",
        about: "Which W&B run a validator resumes for a hotkey of its own",
        version: 1,
        columns: &[
            DATABASE,
            Column::of("hotkey", CellType::Text),
            Column::nullable("run_id", CellType::Text),
        ],
        ending: &[],
        key_columns: 2,
        keeps_history: true,
    },
    table: "wandb_runs",
    values: |row| vec![text(row, "run_id")],
};

pub(super) const MINER_DETAILS: DbTable = DbTable {
    schema: &TableSchema {
        name: "computedb_miner_details",
        about: "What a validator holds of each miner's self-reported hardware",
        version: 1,
        columns: &[
            DATABASE,
            ID,
            HOTKEY,
            GPU_NAME,
            NUM_GPUS,
            Column::nullable("no_specs_count", CellType::Int),
            DETAILS,
        ],
        ending: &[],
        key_columns: 2,
        keeps_history: true,
    },
    table: "miner_details",
    values: |row| {
        let specs = json_in(row, "details").as_ref().map(Specs::of);
        vec![
            text(row, "hotkey"),
            Cell::of(specs.as_ref().and_then(|specs| specs.gpu_name.as_deref())),
            Cell::of(specs.as_ref().and_then(|specs| specs.num_gpus)),
            cell(row, "no_specs_count", Declared::Integer),
            text(row, "details"),
        ]
    },
};

impl Table for DbTable {
    fn schema(&self) -> &'static TableSchema {
        self.schema
    }

    fn apply(&mut self, change: &Change, _: &State, rows: &mut Rows) {
        let (_, declared) = columns_of(self.table)[0];
        for changed in change.databases.iter().filter(|changed| changed.table == self.table) {
            let key = declared.cell(&changed.key).filter(|key| *key != Cell::Null);
            let Some(key) = key.map(|key| vec![changed.database.as_str().into(), key]) else { continue };
            match &changed.row {
                Some(row) => {
                    rows.set(NewRow { key, values: (self.values)(row), log_index: changed.log_index });
                }
                None => rows.remove(&key),
            }
        }
    }
}

fn text(row: &DbRow, column: &str) -> Cell {
    cell(row, column, Declared::Text)
}

/// As a time, and as it was written.
fn created_at(row: &DbRow) -> [Cell; 2] {
    [cell(row, "created_at", Declared::Time), text(row, "created_at")]
}
