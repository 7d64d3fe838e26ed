//! Three blocks of a chain, one of them taken back, the state of the subnet behind the others, and a node that then
//! gave nothing more.

use annals_log::{
    Account, AxonInfo, Batch, BlockHeader, BlockRetracted, CallOutcome, ChainBlock, ChainCall, ChainEvent,
    ChainExtrinsic, ChainOutage, ChainState, Event, EventPhase, ExtrinsicSubmitted, Fact, InBlock, Log,
    Neuron, NodeTrouble, PrometheusInfo, RuntimeUpgraded, StakeSource, StateChange, SubmitOutcome, Subnet,
    ToldExtrinsic,
};
use sp_core::{Blake2Hasher, Hasher as _};

use crate::golden::case::START_MS;

/// When block 100 was made.
const MADE_MS: i64 = START_MS + 300_000;
const BLOCK_MS: i64 = 12_000;

/// Stands for the metadata of a runtime.
const METADATA: &[u8] = b"meta";
const MINER: [u8; 32] = [7; 32];

pub(super) fn record(log: &mut Log) {
    let first = block(100, [0; 32], Vec::new());
    let (lost, kept) = (block(101, first.hash, Vec::new()), block(101, first.hash, served()));
    let runtime = RuntimeUpgraded {
        spec_name: "node-subtensor".into(),
        spec_version: 101,
        transaction_version: 1,
        metadata_version: 14,
    };
    let mut runtime = of_block(100, "101", &runtime);
    runtime.attached = vec![METADATA.to_vec().into()];
    let replaced_by = Some(kept.hash);
    let retracted = of_block(101, &lost.event.native_id, &BlockRetracted { replaced_by });
    let outage = ChainOutage {
        next_block: 102,
        since_ms: MADE_MS + BLOCK_MS,
        trouble: NodeTrouble::Unreachable,
        what: "connection refused".into(),
    };
    let outage = Event::new("chain", "ws://127.0.0.1:9944", MADE_MS + 60_000, &outage);
    let [before, behind] = [(100, &first, states()[0].clone()), (101, &kept, states()[1].clone())]
        .map(|(number, block, state)| of_block(number, &block.event.native_id, &state));
    let batches = [
        vec![runtime, first.event.clone(), before, lost.event],
        vec![retracted, kept.event.clone(), behind],
        vec![outage],
    ];
    for (after, events) in (0..).zip(batches) {
        log.record(Batch { after, cursor: b"101".to_vec(), events }).unwrap();
    }
    log.append(vec![of_block(101, &text_of([9; 32]), &submitted(kept.hash))]).unwrap();
}

/// A later block, in which the neuron of uid 1 announced an endpoint of metrics.
pub(super) fn announced() -> Event {
    let info = PrometheusInfo { block: 102, version: 1, ip: 0xcb00_7107, port: 9100, ip_type: 4 };
    let changes = vec![StateChange::Prometheus(Account([8; 32]), Some(info))];
    let state = ChainState { netuid: 27, since: Some(101), stake_source: StakeSource::RuntimeApi, changes };
    of_block(102, &text_of([10; 32]), &state)
}

struct Block {
    hash: [u8; 32],
    event: Event,
}

/// With `extrinsics`, each of which deposited an event.
fn block(number: u64, parent_hash: [u8; 32], extrinsics: Vec<ChainExtrinsic>) -> Block {
    let roots = u8::try_from(extrinsics.len()).unwrap();
    let (state_root, extrinsics_root) = ([roots; 32], [roots; 32]);
    let header = BlockHeader { parent_hash, number, state_root, extrinsics_root, digest: Vec::new() };
    let header = header.to_scale();
    let hash = Blake2Hasher::hash(&header).0;
    let fact = ChainBlock {
        header,
        spec_version: 101,
        metadata_sha256: annals_log::Hash::of(METADATA).0,
        event_count: 3,
        extrinsic_count: 2,
        events: extrinsics.iter().map(|extrinsic| failed(extrinsic.index)).collect(),
        extrinsics,
    };
    let event = of_block(number, &text_of(hash), &fact);
    Block { hash, event: Event { observed_at_ms: Some(made_ms(number)), ..event } }
}

/// The subnet behind block 100, and what is another behind 101: uid 1 was given to somebody else, whose predecessor's
/// endpoint went with it.
fn states() -> [ChainState; 2] {
    let state =
        |since, changes| ChainState { netuid: 27, since, stake_source: StakeSource::RuntimeApi, changes };
    let subnet = |neuron_count| Subnet { tempo: Some(360), owner: Some(Account([5; 32])), neuron_count };
    let prometheus = PrometheusInfo { block: 90, version: 1, ip: 0xc0a8_0101, port: 9100, ip_type: 4 };
    let axon = AxonInfo {
        block: 101,
        version: 723,
        ip: 0x2001_0db8_0000_0000_0000_0000_0000_0001,
        port: 8091,
        ip_type: 6,
        protocol: 4,
        placeholder1: 0,
        placeholder2: 0,
    };
    [
        state(
            None,
            vec![
                StateChange::Neuron(0, Some(neuron([6; 32], 12_000_000_000_000))),
                StateChange::Neuron(1, Some(neuron(MINER, 0))),
                StateChange::Prometheus(Account(MINER), Some(prometheus)),
                StateChange::Subnet(Some(subnet(2))),
            ],
        ),
        state(
            Some(100),
            vec![
                StateChange::Axon(Account([8; 32]), Some(axon)),
                StateChange::Neuron(1, Some(neuron([8; 32], 0))),
                StateChange::Prometheus(Account(MINER), None),
            ],
        ),
    ]
}

fn neuron(hotkey: [u8; 32], stake_rao: u64) -> Neuron {
    Neuron {
        hotkey: Account(hotkey),
        coldkey: Some(Account([5; 32])),
        uid_of_hotkey: None,
        registered_at_block: Some(90),
        validator_permit: Some(stake_rao > 0),
        last_update: Some(99),
        incentive: Some(65_535),
        dividends: Some(0),
        emission_rao: Some(1_000_000),
        stake_rao: Some(stake_rao),
    }
}

/// The recorder announces its own.
fn submitted(hash: [u8; 32]) -> ExtrinsicSubmitted {
    ExtrinsicSubmitted {
        node: "ws://127.0.0.1:9944".into(),
        pallet: "SubtensorModule".into(),
        call: "serve_prometheus".into(),
        args: r#"{"netuid":27,"version":1,"ip":3232235777,"port":0,"ip_type":4}"#.into(),
        signer: Account(MINER),
        outcome: SubmitOutcome::Failed(
            InBlock { hash, is_final: true },
            "SubtensorModule.InvalidPort: the port is 0".into(),
        ),
    }
}

/// A miner announces an endpoint with a port that the chain does not take.
fn served() -> Vec<ChainExtrinsic> {
    let call = ChainCall {
        signer: Some(MINER),
        pallet: "SubtensorModule".into(),
        name: "serve_prometheus".into(),
        args: r#"{"netuid":27,"version":1,"ip":3232235777,"port":0,"ip_type":4}"#.into(),
        outcome: CallOutcome::Failed("SubtensorModule.InvalidPort".into()),
    };
    vec![ChainExtrinsic { index: 1, hash: [9; 32], told: ToldExtrinsic::Call(call) }]
}

fn failed(extrinsic: u32) -> ChainEvent {
    ChainEvent {
        index: 2,
        phase: EventPhase::Extrinsic(extrinsic),
        pallet: "System".into(),
        name: "ExtrinsicFailed".into(),
        fields: r#"{"dispatch_error":{"Module":{"index":7,"error":"0x2a000000"}}}"#.into(),
    }
}

fn of_block<F: Fact>(number: u64, native_id: &str, fact: &F) -> Event {
    Event { block: Some(number), ..Event::new("chain", native_id, made_ms(number) + 2_000, fact) }
}

fn made_ms(number: u64) -> i64 {
    MADE_MS + i64::try_from(number - 100).unwrap() * BLOCK_MS
}

fn text_of(hash: [u8; 32]) -> String {
    format!("0x{}", annals_log::Hash(hash))
}
