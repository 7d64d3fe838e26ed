//! Entries: the envelope, and the body of every kind. A byte says which; what decodes is written with the same bytes.

use annals_log::{Body, Envelope, EventView, Hash, KINDS, KindRow, decode, encode};

use crate::golden::{GOLDEN, entries_of_kinds};

/// The kinds that have a body, in the order of [`KINDS`]; 0 stands for the envelope.
fn kinds() -> impl Iterator<Item = (u8, &'static KindRow)> {
    (1..).zip(KINDS.iter().filter(|row| row.schema().is_some()))
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for entry in GOLDEN.entries.iter().chain(&entries_of_kinds()) {
        seeds.push([&[0], &entry[..]].concat());
        let envelope = Envelope::decode(entry).unwrap();
        let number = kinds().find(|(_, row)| row.kind == envelope.kind);
        if let (Some((number, _)), Body::Inline(body)) = (number, &envelope.body) {
            seeds.push([&[number], *body].concat());
        }
    }
    seeds
}

pub(crate) fn run(input: &[u8]) {
    let Some((number, bytes)) = input.split_first() else { return };
    match kinds().find(|(of, _)| of == number) {
        Some((_, row)) => body(row, bytes),
        None => envelope(bytes),
    }
}

/// Whatever a kind says of a body that strangers wrote, it says without a panic, in every schema there was.
fn body(row: &KindRow, bytes: &[u8]) {
    if let Some(again) = row.write_again(bytes) {
        assert_eq!(again, bytes, "{}", row.name);
    }
    for schema in 1..=row.schema().expect("only kinds that have a body are asked for") {
        let hash = Some(Hash::of(bytes));
        let native_id = "0x0909090909090909090909090909090909090909090909090909090909090909";
        let event =
            EventView { schema, native_id, block: Some(1), fetched_at_ms: 0, body: bytes, payload: hash };
        if row.fields(&event).is_none() {
            assert_eq!(row.remembered(&event), [], "{}", row.name);
            assert_eq!(row.covered(&event), [], "{}", row.name);
        }
        row.remembered(&event);
        row.covered(&event);
        row.anomalies(&event);
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
