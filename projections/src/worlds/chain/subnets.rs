//! `subnets`: a subnet's settings.

use annals_log::{Account, StateChange, Subnet};

use super::columns::{OfReading, from_block, netuid, to_block};
use super::fold::{Chain, ChainChange, StateRead};
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, Rows, TableSchema, cells, plain};
use crate::worlds::table::Table;

const COLUMNS: Columns<StateRead, SubnetRow<'_>> = Columns {
    key: &[netuid()],
    values: &[
        ColumnOf::nullable("tempo", CellType::UInt, |row| Cell::of(row.subnet.tempo.map(u64::from))),
        ColumnOf::nullable("owner", CellType::Text, |row| {
            Cell::of(row.subnet.owner.as_ref().map(Account::address))
        }),
        ColumnOf::of("neuron_count", CellType::UInt, |row| u64::from(row.subnet.neuron_count).into()),
    ],
    origin: &[from_block()],
};

const ENDING: &[ColumnOf<StateRead>] = &[to_block()];

const SCHEMA: TableSchema = TableSchema {
    name: "subnets",
    about: "Tempo, owner and number of neurons of the subnet, as last recorded of the chain",
    version: 1,
    columns: &COLUMNS.plain::<{ COLUMNS.count() }>(),
    ending: &plain::<_, { ENDING.len() }>(ENDING),
    key_columns: COLUMNS.key.len(),
    origin_columns: COLUMNS.origin.len(),
    keeps_history: true,
    follows_chain_alone: true,
    evidence: &[Evidence::Chain],
};

pub(crate) struct Subnets;

/// A subnet's settings in a reading of its state.
struct SubnetRow<'a> {
    subnet: &'a Subnet,
    state: &'a StateRead,
}

impl CellSource for SubnetRow<'_> {
    type For<'a> = SubnetRow<'a>;
}

impl OfReading for SubnetRow<'_> {
    fn reading(&self) -> &StateRead {
        self.state
    }
}

impl Table for Subnets {
    type World = Chain;

    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, index: u64, change: &ChainChange, _: &Chain, rows: &mut Rows) {
        let ChainChange::State(state) = change else { return };
        rows.end_with(cells(ENDING, state));
        for difference in &state.differences {
            let StateChange::Subnet(subnet) = &difference.change else { continue };
            let row = subnet.as_ref().map(|subnet| SubnetRow { subnet, state });
            COLUMNS.put(rows, state, row.as_ref(), index);
        }
    }
}
