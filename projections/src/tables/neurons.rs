//! `neurons`: who has each uid, with what the chain says of it.

use annals_log::{Neuron, StateChange};

use crate::cell::{Cell, CellType};
use crate::chain::StateRead;
use crate::change::Change;
use crate::rows::{NewRow, Rows};
use crate::schema::{Column, TableSchema};
use crate::ss58::ss58_of;
use crate::tables::{FROM_BLOCK, NETUID, State, TO_BLOCK, Table};

const SCHEMA: TableSchema = TableSchema {
    name: "neurons",
    about: "Who has each uid of the subnet, with permit, emission and stake, as last recorded of the chain",
    version: 1,
    columns: &[
        NETUID,
        Column::of("uid", CellType::Int),
        Column::of("hotkey", CellType::Text),
        Column::nullable("coldkey", CellType::Text),
        Column::nullable("uid_of_hotkey", CellType::Int),
        Column::nullable("registered_at_block", CellType::UInt),
        Column::nullable("validator_permit", CellType::Bool),
        Column::nullable("last_update", CellType::UInt),
        Column::nullable("incentive", CellType::UInt),
        Column::nullable("dividends", CellType::UInt),
        Column::nullable("emission_rao", CellType::UInt),
        Column::nullable("stake_rao", CellType::UInt),
        Column::of("stake_source", CellType::Text),
        FROM_BLOCK,
    ],
    ending: &[TO_BLOCK],
    key_columns: 2,
    keeps_history: true,
};

pub(super) struct Neurons;

impl Table for Neurons {
    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, change: &Change, _: &State, rows: &mut Rows) {
        let Some(state) = change.state() else { return };
        rows.end_with(vec![state.height.into()]);
        for difference in &state.differences {
            let StateChange::Neuron(uid, neuron) = &difference.change else { continue };
            let key = vec![i64::from(state.netuid).into(), i64::from(*uid).into()];
            match neuron {
                Some(neuron) => {
                    let row = NewRow { key, values: values(neuron, state), log_index: change.index };
                    rows.set_with_origin(row, &[state.height.into()]);
                }
                None => rows.remove(&key),
            }
        }
    }
}

fn values(neuron: &Neuron, state: &StateRead) -> Vec<Cell> {
    vec![
        ss58_of(&neuron.hotkey).into(),
        Cell::of(neuron.coldkey.as_ref().map(ss58_of)),
        Cell::of(neuron.uid_of_hotkey.map(i64::from)),
        Cell::of(neuron.registered_at_block),
        Cell::of(neuron.validator_permit),
        Cell::of(neuron.last_update),
        Cell::of(neuron.incentive.map(u64::from)),
        Cell::of(neuron.dividends.map(u64::from)),
        Cell::of(neuron.emission_rao),
        Cell::of(neuron.stake_rao),
        state.stake_source.as_str().into(),
    ]
}
