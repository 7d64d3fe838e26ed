//! `subnets`: a subnet's settings.

use annals_log::StateChange;

use crate::cell::{Cell, CellType};
use crate::change::Change;
use crate::rows::{NewRow, Rows};
use crate::schema::{Column, TableSchema};
use crate::ss58::ss58_of;
use crate::tables::{FROM_BLOCK, NETUID, State, TO_BLOCK, Table};

const SCHEMA: TableSchema = TableSchema {
    name: "subnets",
    about: "Tempo, owner and number of neurons of the subnet, as last recorded of the chain",
    version: 1,
    columns: &[
        NETUID,
        Column::nullable("tempo", CellType::UInt),
        Column::nullable("owner", CellType::Text),
        Column::of("neuron_count", CellType::UInt),
        FROM_BLOCK,
    ],
    ending: &[TO_BLOCK],
    key_columns: 1,
    keeps_history: true,
};

pub(super) struct Subnets;

impl Table for Subnets {
    fn schema(&self) -> &'static TableSchema {
        &SCHEMA
    }

    fn apply(&mut self, change: &Change, _: &State, rows: &mut Rows) {
        let Some(state) = change.state() else { return };
        rows.end_with(vec![state.height.into()]);
        for difference in &state.differences {
            let StateChange::Subnet(subnet) = &difference.change else { continue };
            let key = vec![i64::from(state.netuid).into()];
            match subnet {
                Some(subnet) => {
                    let values = vec![
                        Cell::of(subnet.tempo.map(u64::from)),
                        Cell::of(subnet.owner.as_ref().map(ss58_of)),
                        u64::from(subnet.neuron_count).into(),
                    ];
                    let row = NewRow { key, values, log_index: change.index };
                    rows.set_with_origin(row, &[state.height.into()]);
                }
                None => rows.remove(&key),
            }
        }
    }
}
