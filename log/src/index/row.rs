//! Rows of the index, as bytes: a letter that says which kind of row, then big-endian fields, so that rows of one kind
//! lie together and in order.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::entry::Envelope;
use crate::event::Kind;
use crate::hash::Hash;
use crate::place::{LogIndex, TreeSize};
use crate::segment::{Frame, Stored};
use crate::wire::Fields;

pub(super) type Row = (Vec<u8>, Vec<u8>);

/// The row of the cursor, see [`super::cursor::Cursor`].
pub(super) const CURSOR: &[u8] = b"@";

const PLACE_MAX: u64 = i64::MAX as u64;

/// Where a frame is: what a reader needs to go there at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FramePlace {
    /// The index of its first entry.
    pub(crate) first: LogIndex,
    /// In the segment that holds it.
    pub(crate) offset: u64,
}

/// Where a commit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CommitPlace {
    /// The log's size behind it.
    pub(crate) size: TreeSize,
    pub(crate) frame: FramePlace,
}

/// What entries have in common, to find them by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term<'a> {
    /// Of this kind.
    Kind(Kind),
    /// What this source told of this thing of its own.
    NativeId {
        /// The outside world, as `wandb`.
        source: &'a str,
        /// The source's own name, as a run id.
        native_id: &'a str,
    },
    /// Belonging to this block of the chain.
    Block(u64),
}

impl Term<'_> {
    /// Whether an entry has it.
    pub fn is_in(&self, envelope: &Envelope<'_>) -> bool {
        match *self {
            Self::Kind(kind) => envelope.kind == kind,
            Self::NativeId { source, native_id } => {
                envelope.source == source && envelope.native_id == native_id
            }
            Self::Block(block) => envelope.block == Some(block),
        }
    }

    /// What the keys of its rows begin with. Names are of any length, so sixteen bytes of their digest stand for them;
    /// whoever finds an entry by it looks whether it has the term.
    pub(super) fn prefix(&self) -> Vec<u8> {
        match self {
            Self::Kind(kind) => key(b'k', &[&kind.0.to_be_bytes()]),
            Self::NativeId { source, native_id } => {
                let digest = Hash::of(format!("{}:{source}{native_id}", source.len()).as_bytes());
                key(b's', &[&digest.0[..16]])
            }
            Self::Block(block) => key(b'b', &[&block.to_be_bytes()]),
        }
    }
}

impl FramePlace {
    pub(super) fn encode(self) -> Vec<u8> {
        [self.first.0.to_be_bytes(), self.offset.to_be_bytes()].concat()
    }

    pub(super) fn decode(fields: &mut Fields<'_>) -> Option<Self> {
        let (first, offset) = (LogIndex(fields.u64()?), fields.u64()?);
        // No file and no log is longer; whoever counts on from a place stays within 64 bits.
        let is_place = first.0 <= PLACE_MAX && offset <= PLACE_MAX;
        is_place.then_some(Self { first, offset })
    }
}

fn key(letter: u8, fields: &[&[u8]]) -> Vec<u8> {
    [&[letter], fields.concat().as_slice()].concat()
}

pub(super) fn payload_key(digest: Hash) -> Vec<u8> {
    key(b'p', &[&digest.0])
}

/// 256 leaf hashes, from index 256 x `number` on.
pub(super) fn tile_key(number: u64) -> Vec<u8> {
    key(b't', &[&number.to_be_bytes()])
}

/// The root of a complete subtree of 2^`level` entries, the `number`th of them.
pub(super) fn node_key(level: u32, number: u64) -> Vec<u8> {
    key(b'n', &[&[u8::try_from(level).expect("a tree has at most 64 levels")], &number.to_be_bytes()])
}

pub(super) fn time_key(recorded_at_ms: i64, size: TreeSize) -> Vec<u8> {
    // With the sign turned round, what is later sorts later.
    let ordered = recorded_at_ms.cast_unsigned() ^ (1 << 63);
    key(b'c', &[&ordered.to_be_bytes(), &size.0.to_be_bytes()])
}

/// Behind the key of every commit recorded at this time.
pub(super) fn time_key_end(recorded_at_ms: i64) -> Vec<u8> {
    time_key(recorded_at_ms, TreeSize(u64::MAX))
}

/// Of a row with a [`time_key`].
pub(super) fn size_of_time_key(key: &[u8]) -> Option<TreeSize> {
    Some(TreeSize(u64::from_be_bytes(*key.last_chunk()?)))
}

/// What a frame is found by: its payloads, its time, and the terms of its entries. `place` is where it lies.
pub(super) fn rows_of_frame(frame: &Frame<'_>, place: FramePlace, envelopes: &[Envelope<'_>]) -> Vec<Row> {
    let stored_here =
        frame.payloads().iter().filter(|record| !matches!(record.stored, Stored::Earlier { .. }));
    let mut rows: Vec<Row> =
        stored_here.map(|record| (payload_key(record.payload.digest()), place.encode())).collect();
    rows.push((time_key(frame.header.recorded_at_ms, frame.size()), place.encode()));
    rows.extend(postings(place.first, envelopes));
    rows
}

/// One row a term and frame: the runs of entries that have it, each as first and count, counted from the frame's first.
fn postings(first: LogIndex, envelopes: &[Envelope<'_>]) -> impl Iterator<Item = Row> {
    let mut runs: BTreeMap<Vec<u8>, Vec<(u32, u32)>> = BTreeMap::new();
    for (place, envelope) in (0_u32..).zip(envelopes) {
        let Envelope { kind, source, native_id, block, .. } = *envelope;
        let terms =
            [Some(Term::Kind(kind)), Some(Term::NativeId { source, native_id }), block.map(Term::Block)];
        for term in terms.into_iter().flatten() {
            let runs = runs.entry(term.prefix()).or_default();
            match runs.last_mut() {
                Some((start, count)) if *start + *count == place => *count += 1,
                _ => runs.push((place, 1)),
            }
        }
    }
    runs.into_iter().map(move |(mut key, runs)| {
        key.extend(first.0.to_be_bytes());
        (
            key,
            runs.iter()
                .flat_map(|(start, count)| [start.to_be_bytes(), count.to_be_bytes()].concat())
                .collect(),
        )
    })
}

/// Of a row of postings: the first entry of its frame.
pub(super) fn first_of_postings_key(key: &[u8]) -> Option<LogIndex> {
    Some(LogIndex(u64::from_be_bytes(*key.last_chunk()?))).filter(|first| first.0 <= PLACE_MAX)
}

/// Returns the entries in `range` that a row of postings names, for a frame that begins at `first`. `None` unless its
/// runs follow one another, as they are written: a short row must not name many entries many times.
pub(super) fn entries_of_runs(
    first: LogIndex,
    runs: &[u8],
    range: &Range<LogIndex>,
) -> Option<Vec<LogIndex>> {
    let mut entries = Vec::new();
    let mut fields = Fields::of(runs);
    let mut end = first.0;
    while !fields.is_at_end() {
        let (start, count) = (first.0 + u64::from(fields.u32()?), u64::from(fields.u32()?));
        if start < end || count == 0 {
            return None;
        }
        end = start + count;
        let run = start.max(range.start.0)..end.min(range.end.0);
        entries.extend(run.map(LogIndex));
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(runs: &[(u32, u32)]) -> Option<Vec<u64>> {
        let runs: Vec<u8> = runs
            .iter()
            .flat_map(|(start, count)| [start.to_be_bytes(), count.to_be_bytes()].concat())
            .collect();
        let entries = entries_of_runs(LogIndex(10), &runs, &(LogIndex(11)..LogIndex(20)))?;
        Some(entries.into_iter().map(|entry| entry.0).collect())
    }

    #[test]
    fn runs_name_each_entry_of_the_range_once_or_are_no_postings() {
        assert_eq!(entries(&[(0, 3), (5, 1), (9, 7)]), Some(vec![11, 12, 15, 19]));
        assert_eq!(entries(&[(0, u32::MAX)]).map(|entries| entries.len()), Some(9));
        for foreign in [&[(0, 9), (0, 9)][..], &[(0, 3), (2, 1)], &[(5, 1), (0, 1)], &[(0, 0)]] {
            assert_eq!(entries(foreign), None, "{foreign:?}");
        }
    }
}
