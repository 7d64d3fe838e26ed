//! Payloads that the writer remembers no more: found by the index, or stored again.

use annals_log::{Event, Indexing, Log, LogIndex, Options, Reader, SegmentSize};

use crate::index::{PATIENCE, indexed};
use crate::scratch::{Scratch, event, new_log, options};

const BATCHES: u64 = 15;
const BATCH: u64 = 1_000;
/// More than are ever remembered.
const PAYLOADS: u64 = BATCHES * BATCH;

fn large_segments(options: Options) -> Options {
    Options { segment_size: SegmentSize::Bytes(4 << 20), ..options }
}

/// An event with a payload of its own.
fn with_payload(number: u64) -> Event {
    Event { attached: vec![number.to_be_bytes().to_vec().into()], ..event(number) }
}

/// A log of many payloads, to which the first of them is told again: where it was told first, and last.
fn told_again(scratch: &Scratch, options: Options) -> [LogIndex; 2] {
    let mut log = Log::create(scratch.root(), new_log(), large_segments(options)).unwrap();
    let first = log.size().next_index();
    for batch in 0..BATCHES {
        let numbers = batch * BATCH..(batch + 1) * BATCH;
        log.append(numbers.map(with_payload).collect()).unwrap();
    }
    if let Some(index) = log.index() {
        assert!(index.catch_up(PATIENCE), "{:?}", index.standing());
    }
    let last = log.append(vec![with_payload(0)]).unwrap().first;
    log.close().unwrap();
    [first, last]
}

fn payload(reader: &mut Reader, index: LogIndex) -> Vec<u8> {
    let entry = reader.entry(index).unwrap();
    let payload = reader.envelope(index, &entry).unwrap().payloads().next().unwrap();
    reader.payload(index, payload).unwrap()
}

#[test]
fn a_forgotten_payload_is_stored_once_where_an_index_is_kept_and_else_again() {
    for (options, stored) in [(indexed(), PAYLOADS), (options(), PAYLOADS + 1)] {
        let is_indexed = options.indexing == Indexing::Following;
        let scratch = Scratch::new();
        let places = told_again(&scratch, options);
        let mut reader = scratch.reader();
        for place in places {
            assert_eq!(payload(&mut reader, place), 0_u64.to_be_bytes(), "with an index: {is_indexed}");
        }
        let verified = scratch.verify();
        assert!(verified.is_sound(), "{:?}", verified.faults);
        assert_eq!(verified.payloads, stored, "with an index: {is_indexed}");
    }
}
