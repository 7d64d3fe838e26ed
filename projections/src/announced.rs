//! Neurons and the metrics endpoints that they announce, as a snapshot knows them, for those who ask them.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use annals_log::{Account, Announcement, PrometheusInfo};
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{RecordBatch, StringArray};

use crate::snapshot::Snapshot;

/// An endpoint of metrics that stands on chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncedTarget {
    /// The hotkey and the block.
    pub announcement: Announcement,
    /// The address; `None` where what was announced is none.
    pub address: Option<SocketAddr>,
    /// The name under which it is scraped.
    pub target: String,
}

impl Snapshot {
    /// Returns the endpoints of `prometheus_endpoints`, in its order.
    pub fn announced_targets(&self) -> Vec<AnnouncedTarget> {
        let uids = self.uids();
        let Some(rows) = self.current("prometheus_endpoints") else { return Vec::new() };
        let told = |column, row| number(rows, column, row);
        let targets = (0..rows.num_rows()).filter_map(|row| {
            let netuid = u16::try_from(told("netuid", row)).ok()?;
            let (hotkey, _) = Account::of_address(text(rows, "hotkey").value(row))?;
            let info = PrometheusInfo {
                block: told("announced_at_block", row),
                version: u32::try_from(told("version", row)).ok()?,
                ip: text(rows, "ip_number").value(row).parse().ok()?,
                port: u16::try_from(told("port", row)).ok()?,
                ip_type: u8::try_from(told("ip_type", row)).ok()?,
            };
            let uid = uids.get(&(netuid, hotkey)).copied();
            let announcement = Announcement { netuid, hotkey, uid, block: info.block };
            Some(AnnouncedTarget { announcement, address: info.address(), target: info.target() })
        });
        targets.collect()
    }

    /// Returns the uid of each hotkey of `neurons`, by subnet.
    pub fn uids(&self) -> BTreeMap<(u16, Account), u16> {
        let Some(rows) = self.current("neurons") else { return BTreeMap::new() };
        let uids = (0..rows.num_rows()).filter_map(|row| {
            let netuid = u16::try_from(number(rows, "netuid", row)).ok()?;
            let (hotkey, _) = Account::of_address(text(rows, "hotkey").value(row))?;
            Some(((netuid, hotkey), u16::try_from(number(rows, "uid", row)).ok()?))
        });
        uids.collect()
    }

    /// Whether a hotkey has a neuron on a subnet. It looks through the rows and reads no other address.
    pub fn has_neuron(&self, netuid: u16, hotkey: Account) -> bool {
        let Some(rows) = self.current("neurons") else { return false };
        let (hotkeys, address) = (text(rows, "hotkey"), hotkey.address());
        (0..rows.num_rows())
            .any(|row| hotkeys.value(row) == address && number(rows, "netuid", row) == u64::from(netuid))
    }

    /// Returns the current rows of a table.
    fn current(&self, name: &str) -> Option<&RecordBatch> {
        self.tables.iter().find(|table| table.schema.name == name).map(|table| &table.open)
    }
}

fn column<'a>(rows: &'a RecordBatch, name: &str) -> &'a arrow_array::ArrayRef {
    rows.column_by_name(name).expect("a column of the table")
}

fn text<'a>(rows: &'a RecordBatch, name: &str) -> &'a StringArray {
    column(rows, name).as_string()
}

/// A number of either type: none of those that are asked for is below zero.
fn number(rows: &RecordBatch, name: &str, row: usize) -> u64 {
    let column = column(rows, name);
    match column.as_primitive_opt::<UInt64Type>() {
        Some(numbers) => numbers.value(row),
        None => column.as_primitive::<Int64Type>().value(row).unsigned_abs(),
    }
}
