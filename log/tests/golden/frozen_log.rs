//! A log with every part of the format once: each codec, a body that left its entry, the end of a batch, a seal.
//!
//! Kinds that came later have only their own golden files. A new part of the format gets another log beside this one.

use std::path::{Path, PathBuf};

use annals_log::{
    Batch, Body, Envelope, Event, Fact as _, Frame, Log, LogIndex, Payload, PayloadRef, Payloads, Reader,
    RecorderStarted, RecorderStopped,
};

use super::fixture;
use crate::scratch::{Scratch, new_log, options};

const FILES: [&str; 3] = ["published", "segments", "watermark"];
/// The one payload that is stored as a difference to another, and the entry that has the other.
const RESEMBLING: (LogIndex, LogIndex) = (LogIndex(7), LogIndex(5));

#[test]
fn the_golden_log_is_read_and_verified() {
    let scratch = golden();
    let verified = scratch.verify();
    assert!(verified.is_sound(), "{:?}", verified.faults);
    assert_eq!((verified.segments, verified.checkpoints), (3, 1));
    assert_eq!(verified.size(), scratch.reader().size());
    let mut reader = scratch.reader();
    let proof = reader.prove(LogIndex(5)).unwrap();
    assert!(proof.verify(reader.vkey()).is_ok());
}

#[test]
fn the_same_events_make_the_golden_log_again_to_the_byte() {
    let (golden, again) = (golden(), Scratch::new());
    record_again(&golden.reader(), &again);
    assert_eq!(files_in(again.root()), files_in(golden.root()));
    for name in files_in(golden.root()) {
        let [made, bytes] =
            [&again, &golden].map(|scratch| std::fs::read(scratch.root().join(&name)).unwrap());
        let differs = made.iter().zip(&bytes).position(|(a, b)| a != b);
        assert!(made == bytes, "{} differs from byte {differs:?} on", name.display());
    }
}

/// The golden log in a folder of its own, where a reader may make files beside it.
fn golden() -> Scratch {
    let (scratch, golden) = (Scratch::new(), fixture("log"));
    for name in files_in(&golden) {
        let path = scratch.root().join(&name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::copy(golden.join(name), path).unwrap();
    }
    scratch
}

/// The files that are the format, relative and sorted.
fn files_in(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for name in FILES {
        let path = root.join(name);
        if path.is_dir() {
            for entry in std::fs::read_dir(path).unwrap() {
                files.push(Path::new(name).join(entry.unwrap().file_name()));
            }
        } else {
            files.push(name.into());
        }
    }
    files.sort();
    files
}

/// Records every event of a log again, commit by commit and session by session.
fn record_again(golden: &Reader, again: &Scratch) {
    let like = payload_of(golden, RESEMBLING.1);
    let mut payloads = Payloads::of(golden);
    let mut log = Some(Log::create(again.root(), new_log(), options()).unwrap());
    let mut scan = golden.scan(LogIndex(2)..golden.size().next_index());
    while let Some(frame) = scan.next_frame().unwrap() {
        let (mut events, mut batch) = (Vec::new(), None);
        for (index, entry) in frame.entries() {
            let envelope = Envelope::decode(entry).unwrap();
            let mut event = event_of(&envelope, &frame, &mut payloads);
            if index == RESEMBLING.0 {
                event = event.resembling(Some(like.digest()));
            }
            events.push(event);
            batch = envelope.closes.map(|closes| (closes.sequence - 1, closes.cursor.to_vec()));
        }
        match events[0].kind {
            RecorderStopped::KIND => drop(log.take().unwrap().close().unwrap()),
            RecorderStarted::KIND => log = Some(again.open()),
            _ => append(log.as_mut().unwrap(), events, batch),
        }
    }
    again.reader().publish().unwrap();
}

/// Records events as one commit; as a batch, if they were one: after which, and with which cursor.
fn append(log: &mut Log, events: Vec<Event>, batch: Option<(u64, Vec<u8>)>) {
    if let Some((after, cursor)) = batch {
        log.record(Batch { after, cursor, events }).unwrap();
    } else {
        log.append(events).unwrap();
    }
}

fn event_of(envelope: &Envelope<'_>, frame: &Frame<'_>, payloads: &mut Payloads) -> Event {
    let mut bytes = |payload: PayloadRef| payloads.get(frame, payload).unwrap();
    let attached = envelope.attached.iter().map(|&payload| Payload::new(bytes(payload))).collect();
    let body = match envelope.body {
        Body::Inline(body) => body.to_vec(),
        Body::Detached(payload) => bytes(payload),
    };
    Event {
        kind: envelope.kind,
        schema: envelope.schema,
        source: envelope.source.to_owned(),
        native_id: envelope.native_id.to_owned(),
        observed_at_ms: envelope.observed_at_ms,
        fetched_at_ms: envelope.fetched_at_ms,
        block: envelope.block,
        body,
        attached,
    }
}

/// The first payload of an entry.
fn payload_of(reader: &Reader, index: LogIndex) -> PayloadRef {
    let mut scan = reader.scan(index..LogIndex(index.0 + 1));
    let frame = scan.next_frame().unwrap().unwrap();
    let (_, entry) = frame.entries().find(|(at, _)| *at == index).unwrap();
    Envelope::decode(entry).unwrap().attached[0]
}
