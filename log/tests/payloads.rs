//! Payloads: kept once, small, and given back to the byte.

use annals_log::{Envelope, Event, Hash, Log, LogIndex, Payload, Reader};

use crate::scratch::{Scratch, event};

/// A run's config as W&B holds it: a few hundred uids, little of it new from one state to the next.
fn config(state: u64) -> Vec<u8> {
    let uids = (0..256).map(|uid| {
        let score = if uid % 50 == state % 50 { state } else { uid };
        let hotkey = Hash::of(&u64::to_be_bytes(uid));
        format!("\"{uid}\":{{\"hotkey\":\"{hotkey}\",\"score\":{score}.5,\"allocated\":false}}")
    });
    format!("{{{}}}", uids.collect::<Vec<_>>().join(",")).into_bytes()
}

fn with_payload(number: u64, payload: Payload) -> Event {
    Event { attached: vec![payload], ..event(number) }
}

fn payload_of(reader: &mut Reader, index: LogIndex) -> Vec<u8> {
    let entry = reader.entry(index).unwrap();
    let payload = Envelope::decode(&entry).unwrap().payloads().next().unwrap();
    reader.payload(index, payload).unwrap()
}

fn stored_bytes(log: &mut Log, event: Event, scratch: &Scratch) -> u64 {
    let used = |scratch: &Scratch| -> u64 {
        let last = std::fs::read(scratch.segments().last().unwrap()).unwrap();
        last.iter().rposition(|&byte| byte != 0).unwrap() as u64
    };
    let (segments, before) = (scratch.segments().len(), used(scratch));
    log.append(vec![event]).unwrap();
    assert_eq!(scratch.segments().len(), segments, "the measure needs both in one segment");
    used(scratch) - before
}

#[test]
fn the_same_bytes_are_stored_once() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    let bytes = Hash::of(b"seed").0.into_iter().cycle().take(2_000).collect::<Vec<_>>();
    let first = stored_bytes(&mut log, with_payload(1, bytes.clone().into()), &scratch);
    let again = stored_bytes(&mut log, with_payload(2, bytes.clone().into()), &scratch);
    assert!(again < first, "{again} after {first}");
    // In one batch, twice, too.
    log.append(vec![with_payload(3, bytes.clone().into()), with_payload(4, bytes.clone().into())]).unwrap();
    log.close().unwrap();
    let mut reader = scratch.reader();
    for index in 2..6 {
        assert_eq!(payload_of(&mut reader, LogIndex(index)), bytes);
    }
    assert_eq!(scratch.verify().payloads, 1);
    assert!(scratch.verify().is_sound());
}

#[test]
fn the_same_bytes_are_stored_once_across_a_restart() {
    let scratch = Scratch::new();
    let bytes = config(1);
    let mut log = scratch.create();
    log.append(vec![with_payload(1, bytes.clone().into())]).unwrap();
    log.close().unwrap();
    let mut log = scratch.open();
    let index = log.append(vec![with_payload(2, bytes.clone().into())]).unwrap().first;
    log.close().unwrap();
    assert_eq!(scratch.verify().payloads, 1);
    assert_eq!(payload_of(&mut scratch.reader(), index), bytes);
}

#[test]
fn a_state_that_resembles_the_last_one_takes_little_room() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    let mut like = None;
    let mut indexes = Vec::new();
    let mut lengths = Vec::new();
    for state in 0..8 {
        let bytes = config(state);
        let digest = Hash::of(&bytes);
        let index = log.size().next_index();
        let event = with_payload(state, Payload::new(bytes).resembling(like));
        if scratch.segments().len() == 1 && state < 2 {
            lengths.push(stored_bytes(&mut log, event, &scratch));
        } else {
            log.append(vec![event]).unwrap();
        }
        like = Some(digest);
        indexes.push(index);
    }
    log.close().unwrap();
    assert!(lengths[1] * 3 < lengths[0], "{lengths:?}");
    let mut reader = scratch.reader();
    for (state, index) in (0..).zip(indexes) {
        assert_eq!(payload_of(&mut reader, index), config(state), "state {state}");
    }
    let verified = scratch.verify();
    assert_eq!((verified.payloads, verified.is_sound()), (8, true), "{:?}", verified.faults);
}

#[test]
fn a_hint_that_leads_nowhere_changes_nothing() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    let trained = [&[0x37, 0xa4, 0x30, 0xec][..], &config(1)].concat();
    let hints =
        [Some(Hash::of(b"never recorded")), None, Some(Hash::of(&trained)), Some(Hash::of(&config(9)))];
    let payloads = [config(2), trained.clone(), config(3), config(9)];
    let indexes: Vec<_> = payloads
        .iter()
        .zip(hints)
        .map(|(bytes, like)| {
            log.append(vec![with_payload(0, Payload::new(bytes.clone()).resembling(like))]).unwrap().first
        })
        .collect();
    log.close().unwrap();
    let mut reader = scratch.reader();
    for (index, bytes) in indexes.into_iter().zip(payloads) {
        assert_eq!(payload_of(&mut reader, index), bytes);
    }
    assert!(scratch.verify().is_sound());
}

#[test]
fn an_empty_payload_is_a_payload() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    let index = log.append(vec![with_payload(0, Vec::new().into())]).unwrap().first;
    log.close().unwrap();
    assert_eq!(payload_of(&mut scratch.reader(), index), Vec::<u8>::new());
    assert!(scratch.verify().is_sound());
}
