//! Which frame stores which payload, as far as the writer remembers.

use std::collections::HashMap;
use std::sync::Arc;

use crate::entry::PayloadRef;
use crate::hash::Hash;
use crate::place::LogIndex;
use crate::segment::{PayloadRecord, Stored};

/// At least this many payloads are remembered, and at most twice as many: what fills seven eighths of the 8,192 buckets
/// of a hash table, of which there are two with a little more than 1 MiB each.
const REMEMBERED_MIN: usize = 7_168;

/// The places of the payloads that were stored or asked for last.
///
/// The writer asks for a payload's place to store nothing twice, and to compress a state of a thing against an earlier
/// one. So many do for what a long import says again within the seconds by which the index may lag behind it; of what
/// was stored earlier the index knows the place. A payload that neither of them knows is stored again, which takes room
/// and loses nothing: whoever reads an entry finds the payload by the entry's own frame.
#[derive(Default)]
pub(crate) struct StoredPayloads {
    young: HashMap<Hash, StoredPlace>,
    /// Forgotten when there are as many young ones as are remembered at least.
    old: HashMap<Hash, StoredPlace>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredPlace {
    pub(crate) frame: LogIndex,
    /// What it was compressed against; a payload without one may serve as a dictionary itself.
    dictionary: Option<(PayloadRef, LogIndex)>,
    payload: PayloadRef,
}

/// What was stored before these payloads, as far as it is to be had: each answer only saves room.
pub(crate) trait StoredBefore {
    /// Where a payload is that [`StoredPayloads`] does not remember.
    fn place(&mut self, digest: Hash) -> Option<StoredPlace>;
    /// The bytes of a payload, from the frame that stores it.
    fn bytes(&mut self, payload: PayloadRef, frame: LogIndex) -> Option<Arc<[u8]>>;
}

impl StoredPlace {
    /// `None` when the frame only says which other one stores the payload.
    pub(crate) fn of(frame: LogIndex, record: &PayloadRecord<'_>) -> Option<Self> {
        let dictionary = match &record.stored {
            Stored::Raw(_) | Stored::Zstd(_) => None,
            Stored::ZstdWith { dictionary, frame, .. } => Some((*dictionary, *frame)),
            Stored::Earlier { .. } => return None,
        };
        Some(Self { frame, dictionary, payload: record.payload })
    }

    /// A payload to compress against: this one, or the one that it was itself compressed against.
    pub(crate) fn dictionary(&self) -> (PayloadRef, LogIndex) {
        self.dictionary.unwrap_or((self.payload, self.frame))
    }
}

impl StoredPayloads {
    /// Remembers the records of a frame.
    pub(crate) fn remember(&mut self, frame: LogIndex, records: &[PayloadRecord<'_>]) {
        for place in records.iter().filter_map(|record| StoredPlace::of(frame, record)) {
            self.remember_place(place);
        }
    }

    fn remember_place(&mut self, place: StoredPlace) {
        if self.young.len() == REMEMBERED_MIN {
            std::mem::swap(&mut self.young, &mut self.old);
            // The room of those that are forgotten is that of the next young ones.
            self.young.clear();
        }
        self.young.insert(place.payload.digest(), place);
    }

    /// Returns where a payload is stored, as far as it is remembered or `before` knows.
    pub(crate) fn place(&mut self, digest: Hash, before: &mut dyn StoredBefore) -> Option<StoredPlace> {
        if let Some(&place) = self.young.get(&digest) {
            return Some(place);
        }
        let place = self.old.get(&digest).copied().or_else(|| before.place(digest))?;
        self.remember_place(place);
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    /// Knows some places, as an index does.
    #[derive(Default)]
    struct Known(HashMap<Hash, StoredPlace>);

    impl StoredBefore for Known {
        fn place(&mut self, digest: Hash) -> Option<StoredPlace> {
            self.0.get(&digest).copied()
        }

        fn bytes(&mut self, _: PayloadRef, _: LogIndex) -> Option<Arc<[u8]>> {
            None
        }
    }

    fn record(number: usize) -> PayloadRecord<'static> {
        let bytes = number.to_be_bytes();
        PayloadRecord { payload: PayloadRef::to(&bytes), stored: Stored::Raw(Cow::Owned(bytes.to_vec())) }
    }

    fn digest(number: usize) -> Hash {
        record(number).payload.digest()
    }

    /// Remembers payload `number` as that of frame `number`.
    fn remember(stored: &mut StoredPayloads, numbers: std::ops::Range<usize>) {
        for number in numbers {
            stored.remember(LogIndex(number as u64), &[record(number)]);
        }
    }

    #[test]
    fn no_more_is_remembered_than_the_bound_however_much_is_stored() {
        let mut stored = StoredPayloads::default();
        remember(&mut stored, 0..2 * REMEMBERED_MIN);
        let room = (stored.young.capacity(), stored.old.capacity());
        assert_eq!(room, (REMEMBERED_MIN, REMEMBERED_MIN), "both tables are full");
        for number in 0..5 * REMEMBERED_MIN {
            remember(&mut stored, number..number + 1);
            stored.place(digest(number / 2), &mut Known::default());
            assert!(stored.young.len() <= REMEMBERED_MIN && stored.old.len() <= REMEMBERED_MIN);
        }
        assert_eq!((stored.young.capacity(), stored.old.capacity()), room);
    }

    #[test]
    fn what_was_stored_or_asked_for_last_is_remembered() {
        let mut stored = StoredPayloads::default();
        remember(&mut stored, 0..2 * REMEMBERED_MIN);
        assert!(stored.place(digest(0), &mut Known::default()).is_some());
        remember(&mut stored, 2 * REMEMBERED_MIN..3 * REMEMBERED_MIN);
        assert_eq!(stored.place(digest(1), &mut Known::default()), None, "it was not asked for");
        for number in [0, 2 * REMEMBERED_MIN, 3 * REMEMBERED_MIN - 1] {
            let place = stored.place(digest(number), &mut Known::default()).unwrap();
            assert_eq!(place.frame, LogIndex(number as u64));
        }
    }

    #[test]
    fn a_forgotten_place_that_the_index_knows_is_found_and_remembered_again() {
        let mut stored = StoredPayloads::default();
        remember(&mut stored, 0..3 * REMEMBERED_MIN);
        let place = StoredPlace::of(LogIndex(0), &record(0)).unwrap();
        let mut index = Known([(digest(0), place)].into());
        assert_eq!(stored.place(digest(0), &mut Known::default()), None);
        assert_eq!(stored.place(digest(0), &mut index), Some(place));
        assert_eq!(stored.place(digest(0), &mut Known::default()), Some(place));
        assert_eq!(stored.place(digest(1), &mut index), None, "neither knows it: it is stored again");
    }
}
