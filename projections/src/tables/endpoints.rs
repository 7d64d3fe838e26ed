//! `prometheus_endpoints`, `axons`: what hotkeys announced on the subnet, and why each came and left.

use std::net::{Ipv4Addr, Ipv6Addr};

use annals_log::{Account, StateChange};

use crate::cell::{Cell, CellType};
use crate::change::Change;
use crate::rows::{NewRow, Rows};
use crate::schema::{Column, TableSchema};
use crate::ss58::ss58_of;
use crate::tables::{FROM_BLOCK, NETUID, State, TO_BLOCK, Table};

/// A table of one kind of endpoints.
///
/// `came_by` and `left_by` are as [`crate::cause::Explanations::why`] decides. Where a row takes the place of another of the
/// same hotkey, one left by what the other came by.
pub(super) struct Endpoints {
    schema: &'static TableSchema,
    /// Whose endpoint a difference is about, if it is about one of this kind, and what it is now.
    of: fn(&StateChange) -> Option<Announced<'_>>,
}

/// Of a hotkey: the cells from `ip` on up to `came_by`, `None` where there is nothing any more.
type Announced<'a> = (&'a Account, Option<Vec<Cell>>);

const HOTKEY: Column = Column::of("hotkey", CellType::Text);
const IP: Column = Column::nullable("ip", CellType::Text);
const IP_NUMBER: Column = Column::of("ip_number", CellType::Text);
const IP_TYPE: Column = Column::of("ip_type", CellType::UInt);
const PORT: Column = Column::of("port", CellType::UInt);
const VERSION: Column = Column::of("version", CellType::UInt);
const ANNOUNCED_AT_BLOCK: Column = Column::of("announced_at_block", CellType::UInt);
const CAME_BY: Column = Column::of("came_by", CellType::Text);
const LEFT_BY: Column = Column::nullable("left_by", CellType::Text);

pub(super) const PROMETHEUS: Endpoints = Endpoints {
    schema: &TableSchema {
        name: "prometheus_endpoints",
        about: "Where each hotkey announced its metrics on the subnet, as last recorded of the chain",
        version: 1,
        columns: &[
            NETUID,
            HOTKEY,
            IP,
            IP_NUMBER,
            IP_TYPE,
            PORT,
            VERSION,
            ANNOUNCED_AT_BLOCK,
            CAME_BY,
            FROM_BLOCK,
        ],
        ending: &[LEFT_BY, TO_BLOCK],
        key_columns: 2,
        keeps_history: true,
    },
    of: |change| match change {
        StateChange::Prometheus(hotkey, info) => {
            let values = info.as_ref().map(|info| {
                let address = address_cells(info.ip, info.ip_type);
                let rest = [u64::from(info.port).into(), u64::from(info.version).into(), info.block.into()];
                address.into_iter().chain(rest).collect()
            });
            Some((hotkey, values))
        }
        _ => None,
    },
};

pub(super) const AXONS: Endpoints = Endpoints {
    schema: &TableSchema {
        name: "axons",
        about: "Where each hotkey announced its axon on the subnet, as last recorded of the chain",
        version: 1,
        columns: &[
            NETUID,
            HOTKEY,
            IP,
            IP_NUMBER,
            IP_TYPE,
            PORT,
            VERSION,
            ANNOUNCED_AT_BLOCK,
            Column::of("protocol", CellType::UInt),
            Column::of("placeholder1", CellType::UInt),
            Column::of("placeholder2", CellType::UInt),
            CAME_BY,
            FROM_BLOCK,
        ],
        ending: &[LEFT_BY, TO_BLOCK],
        key_columns: 2,
        keeps_history: true,
    },
    of: |change| match change {
        StateChange::Axon(hotkey, info) => {
            let values = info.as_ref().map(|info| {
                let address = address_cells(info.ip, info.ip_type);
                let rest = [u64::from(info.port).into(), u64::from(info.version).into(), info.block.into()];
                let bytes = [info.protocol, info.placeholder1, info.placeholder2];
                let bytes = bytes.map(|byte| u64::from(byte).into());
                address.into_iter().chain(rest).chain(bytes).collect()
            });
            Some((hotkey, values))
        }
        _ => None,
    },
};

impl Table for Endpoints {
    fn schema(&self) -> &'static TableSchema {
        self.schema
    }

    fn apply(&mut self, change: &Change, _: &State, rows: &mut Rows) {
        let Some(state) = change.state() else { return };
        for difference in &state.differences {
            let Some((hotkey, values)) = (self.of)(&difference.change) else { continue };
            let by = Cell::from(difference.by.as_str());
            let key = vec![i64::from(state.netuid).into(), ss58_of(hotkey).into()];
            let moment = [by, state.height.into()];
            rows.end_with(moment.to_vec());
            match values {
                Some(values) => {
                    rows.set_with_origin(NewRow { key, values, log_index: change.index }, &moment);
                }
                None => rows.remove(&key),
            }
        }
    }
}

/// From `ip` to `ip_type`. The pallet has the address as an integer; what is none of its type has no text.
fn address_cells(ip: u128, ip_type: u8) -> [Cell; 3] {
    let text = match ip_type {
        4 => u32::try_from(ip).ok().map(|ip| Ipv4Addr::from(ip).to_string()),
        6 => Some(Ipv6Addr::from(ip).to_string()),
        _ => None,
    };
    [Cell::of(text), ip.to_string().into(), u64::from(ip_type).into()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_as_people_write_it_and_as_the_integer_that_it_is() {
        let shown = |ip, ip_type| address_cells(ip, ip_type);
        assert_eq!(shown(0x0102_03ff, 4), ["1.2.3.255".into(), "16909311".into(), 4_u64.into()]);
        assert_eq!(shown(1 << 32, 4), [Cell::Null, "4294967296".into(), 4_u64.into()]);
        assert_eq!(shown(1, 6), ["::1".into(), "1".into(), 6_u64.into()]);
        assert_eq!(shown(1, 0), [Cell::Null, "1".into(), 0_u64.into()]);
        assert_eq!(shown(u128::MAX, 6)[1], u128::MAX.to_string().into());
    }
}
