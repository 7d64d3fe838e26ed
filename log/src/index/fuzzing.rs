//! Rows that nobody wrote, for `tests/fuzz`.

use super::cursor::Cursor;
use super::row::{FramePlace, entries_of_runs, first_of_postings_key, size_of_time_key, time_key};
use crate::hash::Hash;
use crate::place::LogIndex;
use crate::wire::Fields;

/// Of the range that is asked for.
const ENTRIES_MAX: usize = 1 << 16;

/// Reads one row; `which` says of which kind.
pub(crate) fn fuzz(which: u8, row: &[u8]) {
    match which % 3 {
        0 => cursor(row),
        1 => place(row),
        _ => postings(row),
    }
}

pub(crate) fn fuzz_seeds() -> Vec<(u8, Vec<u8>)> {
    let mut cursor = Cursor::at_start();
    (0..700_u64).for_each(|leaf| cursor.push(Hash::leaf(&leaf.to_be_bytes()), &mut Vec::new()));
    let place = FramePlace { first: LogIndex(30), offset: 4096 };
    let runs = [30_u64.to_be_bytes().to_vec(), [0_u32, 2, 5, 1].map(u32::to_be_bytes).concat()].concat();
    vec![(3, cursor.encode()), (1, place.encode()), (2, runs)]
}

fn cursor(row: &[u8]) {
    let Some(mut cursor) = Cursor::decode(row) else { return };
    assert_eq!(cursor.encode(), row);
    let size = cursor.size().0;
    if size < u64::MAX {
        cursor.push(Hash::leaf(row), &mut Vec::new());
        assert_eq!(cursor.size().0, size + 1);
        assert_eq!(Cursor::decode(&cursor.encode()).as_ref(), Some(&cursor));
    }
}

fn place(row: &[u8]) {
    if let Some(place) = FramePlace::decode(&mut Fields::of(row)) {
        assert_eq!(place.encode(), row[..16]);
    }
    if let Some(size) = size_of_time_key(row) {
        assert_eq!(size_of_time_key(&time_key(0, size)), Some(size));
    }
}

/// A first index, then runs.
fn postings(row: &[u8]) {
    let Some((first, runs)) = row.split_at_checked(8) else { return };
    let Some(first) = first_of_postings_key(first) else { return };
    let range = first..LogIndex(first.0 + ENTRIES_MAX as u64);
    if let Some(entries) = entries_of_runs(first, runs, &range) {
        assert!(entries.len() <= ENTRIES_MAX && entries.is_sorted_by(|a, b| a < b), "an entry twice");
        assert!(entries.iter().all(|entry| range.contains(entry)));
    }
}
