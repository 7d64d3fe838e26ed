//! Every fault of a disk that we know of, put upon the log: errors at each call, power cuts, kills, damage.

mod attacker;
mod attacks;
mod bytes;
mod checksums;
mod clock;
mod crash_states;
mod damage;
mod derived;
mod disk;
mod every_call;
mod evidence;
mod exchanged;
mod frames;
mod index;
mod kill;
mod marks;
mod oracle;
mod published;
mod publishers;
mod recorder;
mod trace;
mod trials;
mod verdict;
mod world;

use std::sync::Arc;

use annals_log::{Durability, Envelope, Kind, Options, Reader, SegmentSize, Verification};

use crate::scratch::{Scratch, all_entries, event, options};
pub(crate) use disk::WatchedDisk;

/// Segments of 256 KiB, so that a log has many without being large.
const SEGMENT_BYTES: u64 = 256 << 10;

/// A fixture on a watched disk.
fn on(disk: &Arc<WatchedDisk>, durability: Durability, segment_bytes: u64) -> Options {
    let disk = Arc::clone(disk) as Arc<dyn annals_log::disk::Disk>;
    Options { disk, durability, segment_size: SegmentSize::Bytes(segment_bytes), ..options() }
}

/// The log is sound and its test events are number 0, 1, 2 and so on, none missing and none twice, each as it was
/// told. Returns how many there are.
fn numbered_events(scratch: &Scratch) -> u64 {
    let verified = Verification::default().run(scratch.root()).unwrap();
    assert!(verified.is_sound(), "{:?}", verified.faults);
    let mut next = 0;
    for entry in all_entries(&Reader::open(scratch.root()).unwrap()) {
        let envelope = Envelope::decode(&entry).unwrap();
        if envelope.kind != Kind(0x7f01) {
            continue;
        }
        let told = event(next);
        assert_eq!(envelope.native_id, told.native_id);
        // That the log has the bytes of these digests, `verify` has seen.
        let digests: Vec<_> = envelope.payloads().map(|payload| payload.digest()).collect();
        assert_eq!(digests, told.attached.iter().map(annals_log::Payload::digest).collect::<Vec<_>>());
        next += 1;
    }
    next
}
