//! What the chain tells, and those who follow it.

use annals_log::{
    Account, AxonInfo, BlockHeader, BlockLeftOut, BlockRetracted, CallOutcome, ChainBlock, ChainCall,
    ChainEvent, ChainExtrinsic, ChainOutage, ChainState, Event, EventPhase, ExtrinsicSubmitted, Hash,
    InBlock, LeftOutPiece, Neuron, NodeTrouble, PieceOfBlock, PrometheusInfo, RuntimeUpgraded, StakeSource,
    StateChange, SubmitOutcome, Subnet, ToldExtrinsic,
};

use crate::scratch::START_MS;

const NODE: &str = "wss://entrypoint-finney.opentensor.ai:443";
const HEIGHT: u64 = 2_585_476;

/// A block with each form of what it may hold, what stands before it, and what may become of it.
pub(super) fn events() -> Vec<Event> {
    let hash = format!("0x{}", Hash([9; 32]));
    let at = |event: Event, attached: &[&[u8]]| Event {
        block: Some(HEIGHT),
        attached: attached.iter().map(|bytes| bytes.to_vec().into()).collect(),
        ..event
    };
    let retracted = BlockRetracted { replaced_by: Some([10; 32]) };
    let in_block = InBlock { hash: [9; 32], is_final: true };
    let submitted = |outcome| Event::new("outward", &hash, START_MS, &submitted(outcome));
    vec![
        at(Event::new("chain", "143", START_MS, &runtime()), &[b"metadata"]),
        at(Event::new("chain", &hash, START_MS, &block()), &[&[36, 0, 0]]),
        at(Event::new("chain", &hash, START_MS, &state()), &[]),
        at(Event::new("chain", &hash, START_MS, &retracted), &[]),
        Event::new("chain", NODE, START_MS, &outage()),
        at(submitted(SubmitOutcome::Included(in_block)), &[]),
        at(submitted(SubmitOutcome::Failed(in_block, "SubtensorModule.InvalidIpAddress".into())), &[]),
        submitted(SubmitOutcome::Refused("Invalid Transaction (1010)".into())),
        submitted(SubmitOutcome::Unknown("the connection was lost".into())),
        at(Event::new("chain", &hash, START_MS, &left_out()), &[]),
    ]
}

fn account(byte: u8) -> Account {
    Account([byte; 32])
}

fn runtime() -> RuntimeUpgraded {
    RuntimeUpgraded {
        spec_name: "node-subtensor".into(),
        spec_version: 143,
        transaction_version: 1,
        metadata_version: 14,
    }
}

fn block() -> ChainBlock {
    let header = BlockHeader {
        parent_hash: [1; 32],
        number: HEIGHT,
        state_root: [2; 32],
        extrinsics_root: [3; 32],
        digest: vec![[b"\x06aura\x20".as_slice(), &[7; 8]].concat()],
    };
    let event = |index, phase| ChainEvent {
        index,
        phase,
        pallet: "SubtensorModule".into(),
        name: "PrometheusServed".into(),
        fields: r#"[27,"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"]"#.into(),
    };
    let extrinsic = |index, told| ChainExtrinsic { index, hash: [4; 32], told };
    let call = |signer, outcome| {
        let (pallet, name) = ("SubtensorModule".into(), "serve_prometheus".into());
        ToldExtrinsic::Call(ChainCall { signer, pallet, name, args: r#"{"netuid":27}"#.into(), outcome })
    };
    ChainBlock {
        header: header.to_scale(),
        spec_version: 143,
        metadata_sha256: Hash::of(b"metadata").0,
        event_count: 9,
        extrinsic_count: 5,
        events: vec![
            event(0, EventPhase::Initialization),
            event(3, EventPhase::Extrinsic(1)),
            event(8, EventPhase::Finalization),
        ],
        extrinsics: vec![
            extrinsic(1, call(Some([5; 32]), CallOutcome::Succeeded)),
            extrinsic(2, call(None, CallOutcome::Untold)),
            extrinsic(3, call(Some([5; 32]), CallOutcome::Failed("SubtensorModule.InvalidIpType".into()))),
            extrinsic(4, ToldExtrinsic::Undecoded("it has no bytes".into())),
        ],
    }
}

fn state() -> ChainState {
    let neuron = Neuron {
        hotkey: account(6),
        coldkey: Some(account(7)),
        uid_of_hotkey: Some(300),
        registered_at_block: Some(2_500_000),
        validator_permit: Some(true),
        last_update: None,
        incentive: Some(65_535),
        dividends: Some(0),
        emission_rao: Some(1 << 40),
        stake_rao: Some(10_000_000_000_001),
    };
    let prometheus = PrometheusInfo { block: 2_585_470, version: 1, ip: 0x7f00_0001, port: 9100, ip_type: 4 };
    let axon = AxonInfo {
        block: 2_585_471,
        version: 723,
        ip: 0x2001_0db8_0000_0000_0000_0000_0000_0001,
        port: 8091,
        ip_type: 6,
        protocol: 4,
        placeholder1: 0,
        placeholder2: 1,
    };
    let subnet = Subnet { tempo: Some(360), owner: Some(account(8)), neuron_count: 256 };
    ChainState {
        netuid: 27,
        since: Some(HEIGHT - 1),
        stake_source: StakeSource::TotalHotkeyStake,
        changes: vec![
            StateChange::Subnet(Some(subnet)),
            StateChange::Neuron(300, Some(neuron)),
            StateChange::Neuron(301, None),
            StateChange::Prometheus(account(6), Some(prometheus)),
            StateChange::Axon(account(6), Some(axon)),
            StateChange::Axon(account(9), None),
        ],
    }
}

fn outage() -> ChainOutage {
    ChainOutage {
        next_block: HEIGHT + 1,
        since_ms: START_MS,
        trouble: NodeTrouble::Wrong,
        what: "the header does not hash to 0x01".into(),
    }
}

fn submitted(outcome: SubmitOutcome) -> ExtrinsicSubmitted {
    ExtrinsicSubmitted {
        node: NODE.into(),
        pallet: "SubtensorModule".into(),
        call: "serve_prometheus".into(),
        args: r#"{"netuid":27}"#.into(),
        signer: account(11),
        outcome,
    }
}

/// Every piece of a block that may be too large.
fn left_out() -> BlockLeftOut {
    let places = [
        PieceOfBlock::RawEvents,
        PieceOfBlock::Fields(3),
        PieceOfBlock::Events(300, 70_000),
        PieceOfBlock::Args(1),
        PieceOfBlock::Extrinsics(2, 40),
    ];
    let piece = |place| LeftOutPiece { place, length: 8_640_004, blake2_256: [12; 32] };
    BlockLeftOut { pieces: places.map(piece).into() }
}
