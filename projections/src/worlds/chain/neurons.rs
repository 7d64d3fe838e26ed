//! `neurons`: who has each uid, with permit, emission and stake.

use annals_log::{Account, Neuron, StateChange};

use super::columns::{OfReading, from_block, netuid, to_block};
use super::fold::{Chain, ChainChange, StateRead};
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, Rows, TableSchema, cells, plain};
use crate::worlds::table::Table;

const COLUMNS: Columns<UidKey<'_>, NeuronRow<'_>> = Columns {
    key: &[netuid(), ColumnOf::of("uid", CellType::Int, |key| i64::from(key.uid).into())],
    values: &[
        ColumnOf::of("hotkey", CellType::Text, |row| row.neuron.hotkey.address().into()),
        ColumnOf::nullable("coldkey", CellType::Text, |row| {
            Cell::of(row.neuron.coldkey.as_ref().map(Account::address))
        }),
        ColumnOf::nullable("uid_of_hotkey", CellType::Int, |row| {
            Cell::of(row.neuron.uid_of_hotkey.map(i64::from))
        }),
        ColumnOf::nullable("registered_at_block", CellType::UInt, |row| {
            Cell::of(row.neuron.registered_at_block)
        }),
        ColumnOf::nullable("validator_permit", CellType::Bool, |row| Cell::of(row.neuron.validator_permit)),
        ColumnOf::nullable("last_update", CellType::UInt, |row| Cell::of(row.neuron.last_update)),
        ColumnOf::nullable("incentive", CellType::UInt, |row| Cell::of(row.neuron.incentive.map(u64::from))),
        ColumnOf::nullable("dividends", CellType::UInt, |row| Cell::of(row.neuron.dividends.map(u64::from))),
        ColumnOf::nullable("emission_rao", CellType::UInt, |row| Cell::of(row.neuron.emission_rao)),
        ColumnOf::nullable("stake_rao", CellType::UInt, |row| Cell::of(row.neuron.stake_rao)),
        ColumnOf::of("stake_source", CellType::Text, |row| row.state.stake_source.as_str().into()),
    ],
    origin: &[from_block()],
};

const ENDING: &[ColumnOf<StateRead>] = &[to_block()];

const SCHEMA: TableSchema = TableSchema {
    name: "neurons",
    about: "Who has each uid of the subnet, with permit, emission and stake, as last recorded of the chain",
    version: 1,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &plain::<_, { ENDING.len() }>(ENDING),
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: true,
    follows_chain_alone: true,
    evidence: &[Evidence::Chain],
};

pub(crate) struct Neurons;

/// A uid in a reading of its subnet's state.
struct UidKey<'a> {
    state: &'a StateRead,
    uid: u16,
}

/// The neuron that has a uid in that reading.
struct NeuronRow<'a> {
    neuron: &'a Neuron,
    state: &'a StateRead,
}

impl CellSource for UidKey<'_> {
    type For<'a> = UidKey<'a>;
}

impl OfReading for UidKey<'_> {
    fn reading(&self) -> &StateRead {
        self.state
    }
}

impl CellSource for NeuronRow<'_> {
    type For<'a> = NeuronRow<'a>;
}

impl OfReading for NeuronRow<'_> {
    fn reading(&self) -> &StateRead {
        self.state
    }
}

impl Table for Neurons {
    type World = Chain;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, index: u64, change: &ChainChange, _: &Chain, rows: &mut Rows) {
        let ChainChange::State(state) = change else { return };
        rows.end_with(cells(ENDING, state));
        for difference in &state.differences {
            let StateChange::Neuron(uid, neuron) = &difference.change else { continue };
            let key = UidKey { state, uid: *uid };
            let row = neuron.as_ref().map(|neuron| NeuronRow { neuron, state });
            COLUMNS.put(rows, &key, row.as_ref(), index);
        }
    }
}
