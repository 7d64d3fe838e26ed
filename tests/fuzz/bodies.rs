//! Entries: the envelope, and the body of every kind. A byte says which; what decodes is written with the same bytes.

use annals_log::{
    BlockLeftOut, BlockRetracted, ChainBlock, ChainOutage, ChainState, ClockStepped, ComputeDbPoll,
    ComputeDbRow, Envelope, ExtrinsicSubmitted, Fact, KINDS, Kind, LogOpened, Policy, ProjectionState,
    ProjectionStateRetracted, RecorderStarted, RecorderStopped, RuntimeUpgraded, WandbConfigSigned,
    WandbFileDamage, WandbHistoryRow, WandbPoll, WandbPublished, WandbRun, WandbRunGone, WandbRunUnseen,
    decode, encode,
};

use crate::golden::GOLDEN;

macro_rules! kinds {
    ($($fact:ty),* $(,)?) => {
        const READERS: &[(Kind, fn(&[u8]))] = &[$((<$fact as Fact>::KIND, same_again::<$fact>)),*];
    };
}

kinds![
    BlockLeftOut,
    BlockRetracted,
    ChainBlock,
    ChainOutage,
    ChainState,
    ComputeDbPoll,
    ComputeDbRow,
    ExtrinsicSubmitted,
    LogOpened,
    Policy,
    ProjectionState,
    ProjectionStateRetracted,
    RecorderStarted,
    RecorderStopped,
    RuntimeUpgraded,
    WandbConfigSigned,
    WandbFileDamage,
    WandbHistoryRow,
    WandbPoll,
    WandbPublished,
    WandbRun,
    WandbRunGone,
    WandbRunUnseen,
    ClockStepped,
];

/// Numbers that are given away, and have no body yet.
const WITHOUT_BODY: [&str; 6] =
    ["key_rotated", "log_continues", "salvaged", "payload_erased", "payloads_pruned", "checkpoint_anchored"];

/// The kinds that have a body, in the order of [`KINDS`]; 0 stands for the envelope.
fn kinds() -> impl Iterator<Item = Kind> {
    KINDS.iter().filter(|(_, name)| !WITHOUT_BODY.contains(name)).map(|(kind, _)| *kind)
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for entry in &GOLDEN.entries {
        seeds.push([&[0], &entry[..]].concat());
        let envelope = Envelope::decode(entry).unwrap();
        let number = (1..).zip(kinds()).find(|(_, kind)| *kind == envelope.kind);
        if let (Some((number, _)), annals_log::Body::Inline(body)) = (number, &envelope.body) {
            seeds.push([&[number], *body].concat());
        }
    }
    seeds
}

pub(crate) fn run(input: &[u8]) {
    let Some((number, bytes)) = input.split_first() else { return every_kind_has_a_reader() };
    match kinds().nth(usize::from(number.wrapping_sub(1))) {
        Some(kind) => READERS.iter().find(|(of, _)| *of == kind).expect("every kind has one").1(bytes),
        None => envelope(bytes),
    }
}

fn every_kind_has_a_reader() {
    for kind in kinds() {
        assert!(READERS.iter().any(|(of, _)| *of == kind), "{kind} is not in the list above");
    }
}

fn same_again<T: Fact>(bytes: &[u8]) {
    if let Ok(value) = decode::<T>(bytes) {
        assert_eq!(encode(&value), bytes);
    }
}

/// The short way to read an envelope takes what the codec takes.
fn envelope(bytes: &[u8]) {
    let read = Envelope::decode(bytes);
    if let Ok(envelope) = &read {
        assert_eq!(encode(envelope), bytes);
        assert!(envelope.payloads().count() <= bytes.len() / 33);
    }
    if bytes.first() == Some(&1) && bytes.len() <= usize::from(u16::MAX) {
        assert_eq!(read.ok(), decode::<Envelope<'_>>(bytes).ok());
    }
}
