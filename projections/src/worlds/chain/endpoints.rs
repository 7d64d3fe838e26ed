//! `prometheus_endpoints`, `axons`: what hotkeys announced on the subnet, and why each came and left.

use annals_log::{Account, AxonInfo, PrometheusInfo, StateChange, announced_ip};

use super::cause::By;
use super::columns::{OfReading, from_block, netuid, to_block};
use super::fold::{Chain, ChainChange, StateRead};
use crate::evidence::Evidence;
use crate::rows::{Cell, CellSource, CellType, ColumnOf, Columns, Rows, TableSchema, cells, plain};
use crate::worlds::table::Table;

/// A table of one kind of endpoints.
///
/// [`super::cause::Explanations::why`] decides `came_by` and `left_by`. Where a row takes the place of another of the
/// same hotkey, the earlier one left by what the later one came by.
pub(crate) struct Endpoints {
    schema: &'static TableSchema,
    columns: Columns<HotkeyKey<'static>, EndpointRow<'static>>,
    /// `None` for a difference that is about something else.
    of: fn(&StateChange) -> Option<Announced<'_>>,
}

/// A hotkey and its endpoint; no endpoint once it is withdrawn.
type Announced<'a> = (&'a Account, Option<AxonInfo>);

/// A hotkey in a reading of its subnet's state.
struct HotkeyKey<'a> {
    state: &'a StateRead,
    hotkey: &'a Account,
}

/// An endpoint, and the moment at which it came.
struct EndpointRow<'a> {
    /// An axon has all that a Prometheus endpoint has.
    info: AxonInfo,
    moment: Moment<'a>,
}

/// The reading at which an endpoint came or left, and why.
#[derive(Clone, Copy)]
struct Moment<'a> {
    by: By,
    state: &'a StateRead,
}

const KEY: &[ColumnOf<HotkeyKey<'_>>] =
    &[netuid(), ColumnOf::of("hotkey", CellType::Text, |key| key.hotkey.address().into())];

const IP: ColumnOf<EndpointRow<'_>> =
    ColumnOf::nullable("ip", CellType::Text, |row| Cell::of(ip_text(row.info.ip, row.info.ip_type)));
/// The pallet has the address as an integer.
const IP_NUMBER: ColumnOf<EndpointRow<'_>> =
    ColumnOf::of("ip_number", CellType::Text, |row| row.info.ip.to_string().into());
const IP_TYPE: ColumnOf<EndpointRow<'_>> =
    ColumnOf::of("ip_type", CellType::UInt, |row| u64::from(row.info.ip_type).into());
const PORT: ColumnOf<EndpointRow<'_>> =
    ColumnOf::of("port", CellType::UInt, |row| u64::from(row.info.port).into());
const VERSION: ColumnOf<EndpointRow<'_>> =
    ColumnOf::of("version", CellType::UInt, |row| u64::from(row.info.version).into());
const ANNOUNCED_AT_BLOCK: ColumnOf<EndpointRow<'_>> =
    ColumnOf::of("announced_at_block", CellType::UInt, |row| row.info.block.into());
const CAME_BY: ColumnOf<EndpointRow<'_>> =
    ColumnOf::of("came_by", CellType::Text, |row| row.moment.by.as_str().into());

const PROMETHEUS_COLUMNS: Columns<HotkeyKey<'_>, EndpointRow<'_>> = Columns {
    key: KEY,
    values: &[IP, IP_NUMBER, IP_TYPE, PORT, VERSION, ANNOUNCED_AT_BLOCK],
    origin: &[CAME_BY, from_block()],
};

const AXON_COLUMNS: Columns<HotkeyKey<'_>, EndpointRow<'_>> = Columns {
    key: KEY,
    values: &[
        IP,
        IP_NUMBER,
        IP_TYPE,
        PORT,
        VERSION,
        ANNOUNCED_AT_BLOCK,
        ColumnOf::of("protocol", CellType::UInt, |row| u64::from(row.info.protocol).into()),
        ColumnOf::of("placeholder1", CellType::UInt, |row| u64::from(row.info.placeholder1).into()),
        ColumnOf::of("placeholder2", CellType::UInt, |row| u64::from(row.info.placeholder2).into()),
    ],
    origin: &[CAME_BY, from_block()],
};

const ENDING: &[ColumnOf<Moment<'_>>] =
    &[ColumnOf::nullable("left_by", CellType::Text, |moment| moment.by.as_str().into()), to_block()];

pub(crate) const PROMETHEUS: Endpoints = Endpoints {
    schema: &TableSchema {
        name: "prometheus_endpoints",
        about: "Where each hotkey announced its metrics on the subnet, as last recorded of the chain",
        version: 1,
        columns: &PROMETHEUS_COLUMNS.plain::<{ PROMETHEUS_COLUMNS.count() }>(),
        ending: &plain::<_, { ENDING.len() }>(ENDING),
        key_columns: KEY.len(),
        origin_columns: PROMETHEUS_COLUMNS.origin.len(),
        keeps_history: true,
        follows_chain_alone: true,
        evidence: &[Evidence::Chain],
    },
    columns: PROMETHEUS_COLUMNS,
    of: |change| match change {
        StateChange::Prometheus(hotkey, info) => Some((hotkey, info.as_ref().map(as_axon))),
        _ => None,
    },
};

pub(crate) const AXONS: Endpoints = Endpoints {
    schema: &TableSchema {
        name: "axons",
        about: "Where each hotkey announced its axon on the subnet, as last recorded of the chain",
        version: 1,
        columns: &AXON_COLUMNS.plain::<{ AXON_COLUMNS.count() }>(),
        ending: &plain::<_, { ENDING.len() }>(ENDING),
        key_columns: KEY.len(),
        origin_columns: AXON_COLUMNS.origin.len(),
        keeps_history: true,
        follows_chain_alone: true,
        evidence: &[Evidence::Chain],
    },
    columns: AXON_COLUMNS,
    of: |change| match change {
        StateChange::Axon(hotkey, info) => Some((hotkey, info.clone())),
        _ => None,
    },
};

impl Table for Endpoints {
    type World = Chain;

    fn schema(&self) -> &'static TableSchema {
        self.schema
    }

    fn apply(&mut self, index: u64, change: &ChainChange, _: &Chain, rows: &mut Rows) {
        let ChainChange::State(state) = change else { return };
        for difference in &state.differences {
            let Some((hotkey, info)) = (self.of)(&difference.change) else { continue };
            let (key, moment) = (HotkeyKey { state, hotkey }, Moment { by: difference.by, state });
            rows.end_with(cells(ENDING, &moment));
            let row = info.map(|info| EndpointRow { info, moment });
            self.columns.put(rows, &key, row.as_ref(), index);
        }
    }
}

impl CellSource for HotkeyKey<'_> {
    type For<'a> = HotkeyKey<'a>;
}

impl OfReading for HotkeyKey<'_> {
    fn reading(&self) -> &StateRead {
        self.state
    }
}

impl CellSource for EndpointRow<'_> {
    type For<'a> = EndpointRow<'a>;
}

impl OfReading for EndpointRow<'_> {
    fn reading(&self) -> &StateRead {
        self.moment.state
    }
}

impl CellSource for Moment<'_> {
    type For<'a> = Moment<'a>;
}

impl OfReading for Moment<'_> {
    fn reading(&self) -> &StateRead {
        self.state
    }
}

/// No column shows the three fields that a Prometheus endpoint has not.
fn as_axon(info: &PrometheusInfo) -> AxonInfo {
    let PrometheusInfo { block, version, ip, port, ip_type } = *info;
    AxonInfo { block, version, ip, port, ip_type, protocol: 0, placeholder1: 0, placeholder2: 0 }
}

/// The address as people write it; `None` where the integer is no address of this type.
fn ip_text(ip: u128, ip_type: u8) -> Option<String> {
    announced_ip(ip, ip_type).map(|ip| ip.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_as_people_write_it() {
        assert_eq!(ip_text(0x0102_03ff, 4).as_deref(), Some("1.2.3.255"));
        assert_eq!(ip_text(1, 6).as_deref(), Some("::1"));
    }

    #[test]
    fn an_integer_that_is_no_address_of_its_type_has_no_text() {
        assert_eq!(ip_text(1 << 32, 4), None);
        assert_eq!(ip_text(1, 0), None);
    }
}
