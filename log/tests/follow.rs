//! Frames follow each other, and lead to the root that was signed, for whoever reads them.

use std::ops::Range;

use annals_log::{LogIndex, ReadError, Reader, TreeSize};

use crate::scratch::Scratch;

/// Where the frames of a segment lie, by the lengths in their headers (LOG-FORMAT.md).
fn frames(segment: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 4096;
    while segment.get(at..at + 4) == Some(b"AFRM") {
        let word = |offset: usize| {
            u32::from_be_bytes(segment[at + offset..at + offset + 4].try_into().unwrap()) as usize
        };
        let end = at + 80 + [52, 60, 64, 68].map(word).iter().sum::<usize>();
        found.push(at..end);
        at = end;
    }
    found
}

/// Puts the checksums of a frame right, whatever was done to its bytes.
fn reseal(segment: &mut [u8], frame: &Range<usize>) {
    let body = crc32c::crc32c(&segment[frame.start + 80..frame.end]).to_be_bytes();
    segment[frame.start + 72..frame.start + 76].copy_from_slice(&body);
    let header = crc32c::crc32c(&segment[frame.start + 8..frame.start + 80]).to_be_bytes();
    segment[frame.start + 4..frame.start + 8].copy_from_slice(&header);
}

fn change(scratch: &Scratch, segment: usize, with: impl FnOnce(&mut Vec<u8>)) {
    let path = &scratch.segments()[segment];
    let mut bytes = std::fs::read(path).unwrap();
    with(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

/// Reads everything, and says where the first fault is.
fn read_all(reader: &Reader) -> Result<u64, String> {
    let place = |error: ReadError| match error {
        ReadError::Fault(fault) => fault.place.to_string(),
        other => panic!("{other}"),
    };
    let mut scan = reader.scan(LogIndex(0)..LogIndex(u64::MAX));
    let mut read = 0;
    while let Some(frame) = scan.next_frame().map_err(place)? {
        read += frame.entries().count() as u64;
    }
    Ok(read)
}

#[test]
fn a_frame_that_was_taken_out_doubled_or_swapped_is_a_fault_where_it_is_met() {
    type Change = fn(&mut Vec<u8>, &[Range<usize>]);
    let changes: [(&str, Change); 3] = [
        ("taken out", |bytes, frames| {
            let gone = frames[2].len();
            bytes.drain(frames[2].clone());
            let end = frames[frames.len() - 1].end - gone;
            bytes.splice(end..end, vec![0; gone]);
        }),
        ("doubled", |bytes, frames| {
            let pairs = frames.iter().flat_map(|one| frames.iter().map(move |other| (one, other)));
            let as_long = |(one, other): &(&Range<usize>, &Range<usize>)| {
                one.start < other.start && one.len() == other.len()
            };
            let (one, other) = pairs.into_iter().find(as_long).unwrap();
            bytes.copy_within(one.clone(), other.start);
        }),
        ("swapped", |bytes, frames| {
            let (one, other) = (bytes[frames[2].clone()].to_vec(), bytes[frames[3].clone()].to_vec());
            let swapped = [other, one].concat();
            bytes[frames[2].start..frames[3].end].copy_from_slice(&swapped);
        }),
    ];
    for segment in [0, 1] {
        for (what, with) in changes {
            let scratch = Scratch::with_commits(60);
            assert!(scratch.segments().len() > 2);
            change(&scratch, segment, |bytes| {
                let frames = frames(bytes);
                with(bytes, &frames);
            });
            let mut reader = scratch.reader();
            let name = scratch.segments()[segment].file_name().unwrap().to_str().unwrap().to_owned();
            let place = read_all(&reader).unwrap_err();
            assert!(place.starts_with(&format!("segments/{name} at byte")), "{what}: {place}");
            assert!(matches!(reader.prove(LogIndex(2)), Err(ReadError::Fault(_))), "{what}");
            assert!(reader.hold_to_root().is_err(), "{what}");
            assert!(!scratch.verify().is_sound(), "{what}");
        }
    }
}

#[test]
fn an_entry_that_was_changed_under_right_checksums_is_a_fault_at_its_frame() {
    let scratch = Scratch::with_commits(60);
    let sound = read_all(&scratch.reader()).unwrap();
    assert_eq!(TreeSize(sound), scratch.reader().size());
    let mut offset = 0;
    change(&scratch, 1, |bytes| {
        let frame = frames(bytes)[2].clone();
        // The last byte of the first entry, which is its body's or says that no batch ends.
        let length = usize::from(u16::from_be_bytes([bytes[frame.start + 80], bytes[frame.start + 81]]));
        let event = frame.start + 82..frame.start + 82 + length;
        let name = bytes[event.clone()].windows(2).position(|pair| pair == b"na").unwrap_or(8);
        bytes[event.start + name] ^= 1;
        reseal(bytes, &frame);
        offset = frame.start;
    });
    let place = read_all(&scratch.reader()).unwrap_err();
    assert!(place.ends_with(&format!("at byte {offset}")), "{place} is not at {offset}");
    assert!(scratch.reader().hold_to_root().is_err());
    assert!(!scratch.verify().is_sound());
}

#[test]
fn a_header_with_another_time_under_a_right_checksum_does_not_hold() {
    let scratch = Scratch::with_commits(60);
    scratch.reader().hold_to_root().unwrap();
    change(&scratch, 0, |bytes| {
        let frame = frames(bytes)[3].clone();
        bytes[frame.start + 47] ^= 1;
        reseal(bytes, &frame);
    });
    assert!(scratch.reader().hold_to_root().is_err());
}

#[test]
fn a_scan_that_begins_behind_an_edge_goes_on_with_the_tree_wherever_it_stopped() {
    let scratch = Scratch::with_commits(40);
    let reader = scratch.reader();
    let whole = |end: u64| {
        let mut scan = reader.scan(LogIndex(0)..LogIndex(end));
        assert!(scan.is_held_to_root());
        while scan.next_frame().unwrap().is_some() {}
        scan.into_edge().unwrap()
    };
    let size = reader.size();
    assert_eq!(whole(size.0).root(), reader.checkpoint().claim().root);
    // At the end of a commit, and inside of one.
    for stop in [2, 3, 4, 5, 60, 61] {
        let edge = whole(stop);
        assert_eq!(edge.size(), TreeSize(stop));
        let mut scan = reader.scan_behind(edge, size);
        while scan.next_frame().unwrap().is_some() {}
        assert_eq!(scan.into_edge().unwrap(), whole(size.0));
    }
    let mut part = reader.scan(LogIndex(3)..LogIndex(9));
    assert!(!part.is_held_to_root());
    while part.next_frame().unwrap().is_some() {}
    assert!(part.into_edge().is_none());
}
