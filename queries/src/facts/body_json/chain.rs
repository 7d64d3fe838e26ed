//! What the chain told, and those who follow it.

use annals_log::json::Value;
use annals_log::{
    AxonInfo, BlockLeftOut, BlockRetracted, CallOutcome, ChainBlock, ChainCall, ChainEvent, ChainExtrinsic,
    ChainOutage, ChainState, EventPhase, ExtrinsicSubmitted, InBlock, LeftOutPiece, Neuron, PrometheusInfo,
    RuntimeUpgraded, StateChange, SubmitOutcome, Subnet, ToldExtrinsic,
};

use super::values::{account, bytes, hex, json, large_number, number, object, or_null, text, time};

pub(super) fn chain_block(fact: &ChainBlock) -> Value {
    object([
        ("header", bytes(&fact.header)),
        ("spec_version", number(fact.spec_version.into())),
        ("metadata_sha256", hex(fact.metadata_sha256)),
        ("event_count", number(fact.event_count.into())),
        ("extrinsic_count", number(fact.extrinsic_count.into())),
        ("events", Value::List(fact.events.iter().map(chain_event).collect())),
        ("extrinsics", Value::List(fact.extrinsics.iter().map(chain_extrinsic).collect())),
    ])
}

fn chain_event(event: &ChainEvent) -> Value {
    let phase = match event.phase {
        EventPhase::Extrinsic(index) => object([("extrinsic", number(index.into()))]),
        EventPhase::Initialization => text("initialization"),
        EventPhase::Finalization => text("finalization"),
    };
    object([
        ("index", number(event.index.into())),
        ("phase", phase),
        ("pallet", text(&event.pallet)),
        ("name", text(&event.name)),
        ("fields", json(&event.fields)),
    ])
}

fn chain_extrinsic(extrinsic: &ChainExtrinsic) -> Value {
    let told = match &extrinsic.told {
        ToldExtrinsic::Call(call) => object([("call", chain_call(call))]),
        ToldExtrinsic::Undecoded(reason) => object([("undecoded", text(reason))]),
    };
    object([("index", number(extrinsic.index.into())), ("hash", bytes(&extrinsic.hash)), ("told", told)])
}

fn chain_call(call: &ChainCall) -> Value {
    let outcome = match &call.outcome {
        CallOutcome::Failed(error) => object([("failed", json(error))]),
        CallOutcome::Succeeded | CallOutcome::Untold => text(call.outcome.as_str()),
    };
    object([
        ("signer", or_null(call.signer, |signer| account(annals_log::Account(signer)))),
        ("pallet", text(&call.pallet)),
        ("name", text(&call.name)),
        ("args", json(&call.args)),
        ("outcome", outcome),
    ])
}

pub(super) fn runtime_upgraded(fact: &RuntimeUpgraded) -> Value {
    object([
        ("spec_name", text(&fact.spec_name)),
        ("spec_version", number(fact.spec_version.into())),
        ("transaction_version", number(fact.transaction_version.into())),
        ("metadata_version", number(fact.metadata_version.into())),
    ])
}

pub(super) fn block_retracted(fact: &BlockRetracted) -> Value {
    object([("replaced_by", or_null(fact.replaced_by, |hash| bytes(&hash)))])
}

pub(super) fn block_left_out(fact: &BlockLeftOut) -> Value {
    let piece = |piece: &LeftOutPiece| {
        object([
            ("place", text(&piece.place.to_string())),
            ("length", number(piece.length)),
            ("blake2_256", bytes(&piece.blake2_256)),
        ])
    };
    object([("pieces", Value::List(fact.pieces.iter().map(piece).collect()))])
}

pub(super) fn chain_outage(fact: &ChainOutage) -> Value {
    object([
        ("next_block", number(fact.next_block)),
        ("since_ms", time(fact.since_ms)),
        ("trouble", text(fact.trouble.as_str())),
        ("what", text(&fact.what)),
    ])
}

pub(super) fn extrinsic_submitted(fact: &ExtrinsicSubmitted) -> Value {
    object([
        ("node", text(&fact.node)),
        ("pallet", text(&fact.pallet)),
        ("call", text(&fact.call)),
        ("args", json(&fact.args)),
        ("signer", account(fact.signer)),
        ("outcome", submit_outcome(&fact.outcome)),
    ])
}

fn submit_outcome(outcome: &SubmitOutcome) -> Value {
    let members = match outcome {
        SubmitOutcome::Included(block) => in_block(block),
        SubmitOutcome::Failed(block, error) => Value::List(vec![in_block(block), text(error)]),
        SubmitOutcome::Refused(why) | SubmitOutcome::Unknown(why) => text(why),
    };
    object([(outcome.as_str(), members)])
}

fn in_block(block: &InBlock) -> Value {
    object([("hash", bytes(&block.hash)), ("is_final", Value::Bool(block.is_final))])
}

pub(super) fn chain_state(fact: &ChainState) -> Value {
    object([
        ("netuid", number(fact.netuid.into())),
        ("since", or_null(fact.since, number)),
        ("stake_source", text(fact.stake_source.as_str())),
        ("changes", Value::List(fact.changes.iter().map(state_change).collect())),
    ])
}

fn state_change(change: &StateChange) -> Value {
    let of = |name: Value, thing: Value| Value::List(vec![name, thing]);
    match change {
        StateChange::Subnet(there) => object([("subnet", or_null(there.as_ref(), subnet))]),
        StateChange::Neuron(uid, there) => {
            object([("neuron", of(number((*uid).into()), or_null(there.as_ref(), neuron)))])
        }
        StateChange::Prometheus(hotkey, there) => {
            object([("prometheus", of(account(*hotkey), or_null(there.as_ref(), prometheus)))])
        }
        StateChange::Axon(hotkey, there) => {
            object([("axon", of(account(*hotkey), or_null(there.as_ref(), axon)))])
        }
    }
}

fn subnet(subnet: &Subnet) -> Value {
    object([
        ("tempo", or_null(subnet.tempo, |tempo| number(tempo.into()))),
        ("owner", or_null(subnet.owner, account)),
        ("neuron_count", number(subnet.neuron_count.into())),
    ])
}

fn neuron(neuron: &Neuron) -> Value {
    let small = |value: Option<u16>| or_null(value, |value| number(value.into()));
    object([
        ("hotkey", account(neuron.hotkey)),
        ("coldkey", or_null(neuron.coldkey, account)),
        ("uid_of_hotkey", small(neuron.uid_of_hotkey)),
        ("registered_at_block", or_null(neuron.registered_at_block, number)),
        ("validator_permit", or_null(neuron.validator_permit, Value::Bool)),
        ("last_update", or_null(neuron.last_update, number)),
        ("incentive", small(neuron.incentive)),
        ("dividends", small(neuron.dividends)),
        ("emission_rao", or_null(neuron.emission_rao, number)),
        ("stake_rao", or_null(neuron.stake_rao, number)),
    ])
}

fn prometheus(info: &PrometheusInfo) -> Value {
    object([
        ("block", number(info.block)),
        ("version", number(info.version.into())),
        ("ip", large_number(info.ip)),
        ("port", number(info.port.into())),
        ("ip_type", number(info.ip_type.into())),
    ])
}

fn axon(info: &AxonInfo) -> Value {
    object([
        ("block", number(info.block)),
        ("version", number(info.version.into())),
        ("ip", large_number(info.ip)),
        ("port", number(info.port.into())),
        ("ip_type", number(info.ip_type.into())),
        ("protocol", number(info.protocol.into())),
        ("placeholder1", number(info.placeholder1.into())),
        ("placeholder2", number(info.placeholder2.into())),
    ])
}
