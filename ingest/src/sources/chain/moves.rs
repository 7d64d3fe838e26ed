//! Which events may have moved the subnet's state.

use std::collections::BTreeSet;

use annals_log::{ChainEvent, StateChange};
use serde_json::Value;

use super::state::Things;

const PALLET: &str = "SubtensorModule";

/// Addresses of everybody whom a state is about: of hotkeys that have a uid or announced an endpoint, and of coldkeys.
pub(super) fn accounts_in(state: &Things) -> BTreeSet<String> {
    let accounts = state.values().flat_map(|thing| match thing {
        StateChange::Neuron(_, Some(neuron)) => vec![Some(neuron.hotkey), neuron.coldkey],
        StateChange::Prometheus(hotkey, _) | StateChange::Axon(hotkey, _) => vec![Some(*hotkey)],
        StateChange::Subnet(Some(subnet)) => vec![subnet.owner],
        StateChange::Neuron(_, None) | StateChange::Subnet(None) => Vec::new(),
    });
    accounts.flatten().map(|account| account.address()).collect()
}

/// Whether one of the events may have: it names the subnet or one of its accounts, or it is of new code or of sudo,
/// which may do anything. Once too often costs a reading; never too seldom, as far as events tell. Of a subnet whose
/// accounts are not known yet, every event that names an account may be of one of them.
pub(super) fn moves_state(events: &[ChainEvent], netuid: u16, accounts: Option<&BTreeSet<String>>) -> bool {
    events.iter().any(|event| match (event.pallet.as_str(), event.name.as_str()) {
        ("System", "CodeUpdated") | ("Sudo", _) => true,
        (PALLET, _) => match serde_json::from_str(&event.fields) {
            Ok(fields) => names(&fields, true, netuid, accounts),
            // Nested deeper than it is read.
            Err(_) => true,
        },
        _ => false,
    })
}

/// Where fields have names, a number is the subnet's only under one that says so.
fn names(value: &Value, may_be_subnet: bool, netuid: u16, accounts: Option<&BTreeSet<String>>) -> bool {
    match value {
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| names(value, name.contains("netuid"), netuid, accounts))
        }
        Value::Array(values) => values.iter().any(|value| names(value, may_be_subnet, netuid, accounts)),
        Value::String(text) => accounts.is_none_or(|accounts| accounts.contains(text)),
        value => may_be_subnet && value.as_u64() == Some(netuid.into()),
    }
}
