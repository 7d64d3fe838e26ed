//! Entries of a chain, made by hand: blocks, states, retractions.

use annals_log::{
    BlockHeader, BlockRetracted, CallOutcome, ChainBlock, ChainCall, ChainEvent, ChainExtrinsic, ChainState,
    Event, EventPhase, Fact, StakeSource, ToldExtrinsic,
};

use crate::scratch::START_MS;

/// A block is fetched so long after it was made.
const FETCHED_AFTER_MS: i64 = 4_000;

/// Alice's public key.
pub(crate) const SIGNER: [u8; 32] = [
    0xd4, 0x35, 0x93, 0xc7, 0x15, 0xfd, 0xd3, 0x1c, 0x61, 0x14, 0x1a, 0xbd, 0x04, 0xa9, 0x9f, 0xd6, 0x82,
    0x2c, 0x85, 0x58, 0x85, 0x4c, 0xcd, 0xe3, 0x9a, 0x56, 0x84, 0xe7, 0xa5, 0x6d, 0xa2, 0x7d,
];

/// Every byte of it is `byte`.
pub(crate) fn hash(byte: u8) -> String {
    format!("0x{}", format!("{byte:02x}").repeat(32))
}

/// When the block of this height was made: 12 seconds after the one before.
pub(crate) fn made_at_ms(number: u64) -> i64 {
    START_MS + i64::try_from(number).unwrap() * 12_000
}

pub(crate) fn fact(number: u64) -> ChainBlock {
    let header = BlockHeader {
        parent_hash: [1; 32],
        number,
        state_root: [2; 32],
        extrinsics_root: [3; 32],
        digest: vec![vec![8]],
    };
    ChainBlock {
        header: header.to_scale(),
        spec_version: 101,
        metadata_sha256: [4; 32],
        event_count: 9,
        extrinsic_count: 3,
        events: vec![event(2, EventPhase::Extrinsic(1)), event(5, EventPhase::Finalization)],
        extrinsics: vec![extrinsic(1, ToldExtrinsic::Call(call()))],
    }
}

pub(crate) fn event(index: u32, phase: EventPhase) -> ChainEvent {
    let fields = r#"{"netuid":27,"value":340282366920938463463374607431768211455}"#.into();
    ChainEvent { index, phase, pallet: "SubtensorModule".into(), name: "PrometheusServed".into(), fields }
}

pub(crate) fn call() -> ChainCall {
    ChainCall {
        signer: Some(SIGNER),
        pallet: "SubtensorModule".into(),
        name: "serve_prometheus".into(),
        args: r#"{"netuid":27}"#.into(),
        outcome: CallOutcome::Failed("SubtensorModule.InvalidPort".into()),
    }
}

pub(crate) fn extrinsic(index: u32, told: ToldExtrinsic) -> ChainExtrinsic {
    ChainExtrinsic { index, hash: [6; 32], told }
}

/// A block whose hash is all `byte`.
pub(crate) fn block(number: u64, byte: u8) -> Event {
    block_of(number, byte, &fact(number))
}

pub(crate) fn block_of(number: u64, byte: u8, fact: &ChainBlock) -> Event {
    Event { observed_at_ms: Some(made_at_ms(number)), ..of_chain(number, byte, fact) }
}

/// What changed in the state behind it: nothing.
pub(crate) fn state(number: u64, byte: u8) -> Event {
    let (stake_source, changes) = (StakeSource::Unknown, Vec::new());
    let fact = ChainState { netuid: 27, since: None, stake_source, changes };
    Event { observed_at_ms: Some(made_at_ms(number)), ..of_chain(number, byte, &fact) }
}

pub(crate) fn retracted(number: u64, byte: u8) -> Event {
    of_chain(number, byte, &BlockRetracted { replaced_by: Some([0xee; 32]) })
}

fn of_chain<F: Fact>(number: u64, byte: u8, fact: &F) -> Event {
    let event = Event::new("chain", &hash(byte), made_at_ms(number) + FETCHED_AFTER_MS, fact);
    Event { block: Some(number), ..event }
}
