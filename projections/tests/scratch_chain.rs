//! Entries of a chain, made by hand.

use annals_log::{
    Account, AxonInfo, BlockHeader, BlockRetracted, ChainBlock, ChainEvent, ChainState, Event, EventPhase,
    Hash, Neuron, PrometheusInfo, RuntimeUpgraded, StakeSource, StateChange,
};
use sp_core::crypto::{AccountId32, Ss58AddressFormat, Ss58Codec as _};

use super::scratch::START_MS;

pub(crate) const NETUID: u16 = 27;
pub(crate) const RAO_OF_TAO: u64 = 1_000_000_000;

pub(crate) fn account(byte: u8) -> Account {
    Account([byte; 32])
}

pub(crate) fn ss58(account: Account) -> String {
    AccountId32::new(account.0).to_ss58check_with_version(Ss58AddressFormat::custom(42))
}

pub(crate) fn account_of(address: &str) -> Account {
    Account(AccountId32::from_ss58check(address).unwrap().into())
}

fn hash(height: u64) -> String {
    format!("0x{}", Hash::of(&height.to_be_bytes()))
}

fn at<F: annals_log::Fact>(height: u64, native_id: &str, fact: &F) -> Event {
    let observed_at_ms = START_MS + i64::try_from(height).unwrap() * 12_000;
    Event {
        block: Some(height),
        observed_at_ms: Some(observed_at_ms),
        ..Event::new("chain", native_id, START_MS, fact)
    }
}

/// Executed by runtime 1.
pub(crate) fn block(height: u64, events: &[(&str, String)]) -> Event {
    block_of(1, height, events)
}

/// These events are of pallet `SubtensorModule`: name and fields.
pub(crate) fn block_of(spec_version: u32, height: u64, events: &[(&str, String)]) -> Event {
    let header = BlockHeader {
        parent_hash: [0; 32],
        number: height,
        state_root: [0; 32],
        extrinsics_root: [0; 32],
        digest: Vec::new(),
    };
    let event = |(index, (name, fields)): (u32, &(&str, String))| ChainEvent {
        index,
        phase: EventPhase::Extrinsic(1),
        pallet: "SubtensorModule".into(),
        name: (*name).into(),
        fields: fields.clone(),
    };
    let fact = ChainBlock {
        header: header.to_scale(),
        spec_version,
        metadata_sha256: Hash::of(&spec_version.to_be_bytes()).0,
        event_count: 9,
        extrinsic_count: 2,
        events: (0..).zip(events).map(event).collect(),
        extrinsics: Vec::new(),
    };
    at(height, &hash(height), &fact)
}

/// In front of the first block that it executed.
pub(crate) fn runtime(spec_version: u32, height: u64) -> Event {
    let fact = RuntimeUpgraded {
        spec_name: "node-subtensor".into(),
        spec_version,
        transaction_version: 1,
        metadata_version: 14,
    };
    let metadata = spec_version.to_be_bytes().to_vec();
    Event { attached: vec![metadata.into()], ..at(height, &spec_version.to_string(), &fact) }
}

pub(crate) fn state(height: u64, since: Option<u64>, changes: Vec<StateChange>) -> Event {
    let fact = ChainState { netuid: NETUID, since, stake_source: StakeSource::RuntimeApi, changes };
    at(height, &hash(height), &fact)
}

pub(crate) fn retracted(height: u64) -> Event {
    at(height, &hash(height), &BlockRetracted { replaced_by: Some([1; 32]) })
}

pub(crate) fn neuron(uid: u16, hotkey: Account, stake_rao: u64) -> StateChange {
    let neuron = Neuron {
        hotkey,
        coldkey: Some(account(200)),
        uid_of_hotkey: Some(uid),
        registered_at_block: Some(3),
        validator_permit: Some(true),
        last_update: Some(4),
        incentive: Some(5),
        dividends: None,
        emission_rao: Some(7),
        stake_rao: Some(stake_rao),
    };
    StateChange::Neuron(uid, Some(neuron))
}

pub(crate) fn prometheus(hotkey: Account, port: u16) -> StateChange {
    let info = PrometheusInfo { block: 1, version: 170, ip: 0x0a00_0001, port, ip_type: 4 };
    StateChange::Prometheus(hotkey, Some(info))
}

pub(crate) fn axon(hotkey: Account, port: u16) -> StateChange {
    StateChange::Axon(hotkey, Some(AxonInfo { port, ..axon_info(1, 170) }))
}

/// At this address, of this version.
pub(crate) fn axon_at(hotkey: Account, ip: u128, version: u32) -> StateChange {
    StateChange::Axon(hotkey, Some(axon_info(ip, version)))
}

fn axon_info(ip: u128, version: u32) -> AxonInfo {
    let (protocol, placeholder1, placeholder2) = (4, 0, 1);
    AxonInfo { block: 1, version, ip, port: 8091, ip_type: 6, protocol, placeholder1, placeholder2 }
}
