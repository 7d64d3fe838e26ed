//! Composing a commit: events become entries, payloads are compressed, the tree grows, the checkpoint is signed.
//! Pure but for the dictionaries it is handed; nothing is durable yet.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};

use zstd::bulk::Compressor;

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::entry::{
    Body, Closes, ENTRY_BYTES_MAX, ENVELOPE_FORMAT, Envelope, INLINE_BODY_BYTES_MAX, PayloadRef, encode,
};
use crate::event::{BatchEnd, Event, Payload};
use crate::hash::Hash;
use crate::note::NoteSigner;
use crate::place::{LogId, LogIndex, TreeSize};
use crate::segment::{FrameParts, PACKED_MIN_BYTES, PayloadRecord, RECORD_BYTES_MAX, Stored};
use crate::tree::RightEdge;

/// Entries and payloads of one batch, with what frames them, before compression.
pub const BATCH_BYTES_MAX: usize = 16 << 20;
/// What we remember of payloads stored, to store none twice: about 8 MiB at the most.
const REMEMBERED_MAX: usize = 1 << 16;
const ZSTD_LEVEL: i32 = 3;
/// Bytes that start like a trained dictionary would be read as one, not as the plain content they are.
const ZSTD_DICTIONARY_MAGIC: [u8; 4] = [0x37, 0xa4, 0x30, 0xec];

/// A commit, ready to be written.
pub(crate) struct Composed {
    pub(crate) frame: Vec<u8>,
    pub(crate) commit: u64,
    pub(crate) first: LogIndex,
    pub(crate) recorded_at_ms: i64,
    /// The tree before it: what a segment that begins with this frame puts in its header.
    pub(crate) edge_before: RightEdge,
    pub(crate) checkpoint: SignedCheckpoint,
}

/// Why a batch cannot become a commit. Nothing was written, and the log goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// A commit has an entry at least.
    #[error("the batch has no events")]
    Empty,
    /// Split it; only its last part carries the end of the batch.
    #[error("the batch has {bytes} bytes, at most {BATCH_BYTES_MAX} fit in one commit: split it")]
    TooLarge {
        /// Entries and payloads together.
        bytes: usize,
    },
    /// Attach long bytes instead of naming them in the envelope.
    #[error(
        "event {event} of the batch makes an entry of {bytes} bytes, at most {ENTRY_BYTES_MAX} are allowed"
    )]
    EntryTooLong {
        /// 0-based place in the batch.
        event: usize,
        /// Of the encoded entry.
        bytes: usize,
    },
}

/// Knows the end of the log, and what follows from it.
pub(crate) struct Composer {
    pub(crate) log_id: LogId,
    pub(crate) signer: NoteSigner,
    pub(crate) edge: RightEdge,
    /// Of the next frame.
    pub(crate) commit: u64,
    /// Of the last frame; time never runs back.
    pub(crate) recorded_at_ms: i64,
    pub(crate) stored: StoredPayloads,
}

/// Which frame stores which payload, as far as we remember. Forgetting one only means storing it again.
#[derive(Default)]
pub(crate) struct StoredPayloads {
    places: HashMap<Hash, StoredPlace>,
    oldest_first: VecDeque<Hash>,
}

#[derive(Clone, Copy)]
struct StoredPlace {
    frame: LogIndex,
    /// What it was compressed against; a payload without one may serve as a dictionary itself.
    dictionary: Option<(PayloadRef, LogIndex)>,
    payload: PayloadRef,
}

impl StoredPayloads {
    /// Remembers the records of a frame.
    pub(crate) fn remember(&mut self, frame: LogIndex, records: &[PayloadRecord<'_>]) {
        for PayloadRecord { payload, stored } in records {
            let dictionary = match stored {
                Stored::Raw(_) | Stored::Zstd(_) => None,
                Stored::ZstdWith { dictionary, frame, .. } => Some((*dictionary, *frame)),
                Stored::Earlier { .. } => continue,
            };
            let place = StoredPlace { frame, dictionary, payload: *payload };
            if self.places.insert(payload.digest(), place).is_none() {
                self.oldest_first.push_back(payload.digest());
            }
        }
        while self.oldest_first.len() > REMEMBERED_MAX {
            self.oldest_first.pop_front().map(|digest| self.places.remove(&digest));
        }
    }

    /// A payload to compress against: the one asked for, or the one that it was itself compressed against.
    fn dictionary(&self, like: Hash) -> Option<(PayloadRef, LogIndex)> {
        let place = self.places.get(&like)?;
        Some(place.dictionary.unwrap_or((place.payload, place.frame)))
    }
}

impl Composer {
    /// The commit that holds `events`, recorded at `now_ms` or later; the composer then stands behind it. `closes` goes
    /// into the last entry.
    ///
    /// `read_payload` fetches a payload from the frame that stores it, `None` when it is not to be had just now.
    ///
    /// # Errors
    /// The batch is refused whole and the composer stands where it stood.
    pub(crate) fn compose(
        &mut self,
        events: Vec<Event>,
        closes: Option<&BatchEnd>,
        now_ms: i64,
        read_payload: impl FnMut(PayloadRef, LogIndex) -> Option<Vec<u8>>,
    ) -> Result<Composed, BatchError> {
        if events.is_empty() {
            return Err(BatchError::Empty);
        }
        let recorded_at_ms = now_ms.max(self.recorded_at_ms);
        let mut payloads = NewPayloads::default();
        let last = events.len() - 1;
        let closes_at = |place| closes.filter(|_| place == last);
        let entries: Vec<Vec<u8>> = events
            .into_iter()
            .enumerate()
            .map(|(place, event)| entry_of(event, closes_at(place), recorded_at_ms, &mut payloads))
            .collect();
        if let Some((event, entry)) =
            entries.iter().enumerate().find(|(_, entry)| entry.len() > ENTRY_BYTES_MAX)
        {
            return Err(BatchError::EntryTooLong { event, bytes: entry.len() });
        }
        let bytes = payloads.bytes() + entries.iter().map(|entry| 2 + entry.len()).sum::<usize>();
        if bytes > BATCH_BYTES_MAX {
            return Err(BatchError::TooLarge { bytes });
        }
        let records = payloads.pack(&self.stored, read_payload);
        Ok(self.commit_of(&entries, &records, recorded_at_ms))
    }

    fn commit_of(
        &mut self,
        entries: &[Vec<u8>],
        records: &[PayloadRecord<'_>],
        recorded_at_ms: i64,
    ) -> Composed {
        let edge_before = self.edge.clone();
        entries.iter().for_each(|entry| self.edge.push(Hash::leaf(entry)));
        let checkpoint = self.checkpoint();
        let first = edge_before.size().next_index();
        let (log_id, commit) = (self.log_id, self.commit);
        let parts = FrameParts {
            log_id,
            commit,
            first,
            recorded_at_ms,
            entries,
            payloads: records,
            checkpoint: &checkpoint,
        };
        let frame = parts.encode();
        self.stored.remember(first, records);
        self.commit += 1;
        self.recorded_at_ms = recorded_at_ms;
        Composed { frame, commit, first, recorded_at_ms, edge_before, checkpoint }
    }

    fn checkpoint(&self) -> SignedCheckpoint {
        let origin = self.signer.vkey().name().to_owned();
        Checkpoint { origin, size: self.edge.size(), root: self.edge.root() }.sign(&self.signer)
    }

    /// How many entries there are, those included that are not durable yet.
    pub(crate) fn size(&self) -> TreeSize {
        self.edge.size()
    }
}

fn entry_of(
    event: Event,
    closes: Option<&BatchEnd>,
    recorded_at_ms: i64,
    payloads: &mut NewPayloads,
) -> Vec<u8> {
    let Event { kind, schema, source, native_id, observed_at_ms, fetched_at_ms, block, body, attached } =
        event;
    let inline;
    let body = if body.len() > INLINE_BODY_BYTES_MAX {
        Body::Detached(payloads.add(body.into()))
    } else {
        inline = body;
        Body::Inline(&inline)
    };
    let attached = attached.into_iter().map(|payload| payloads.add(payload)).collect();
    let closes = closes.map(|end| Closes {
        sequence: end.sequence,
        cursor: &end.cursor,
        batch_sha256: end.batch_sha256.0,
    });
    encode(&Envelope {
        format: ENVELOPE_FORMAT,
        kind,
        schema,
        source: &source,
        native_id: &native_id,
        observed_at_ms,
        fetched_at_ms,
        recorded_at_ms,
        block,
        body,
        attached,
        closes,
    })
}

/// The payloads of a batch, each once, in the order they are first vouched for.
#[derive(Default)]
struct NewPayloads {
    list: Vec<(PayloadRef, Payload)>,
    seen: HashSet<PayloadRef>,
}

impl NewPayloads {
    fn add(&mut self, payload: Payload) -> PayloadRef {
        let reference = payload.reference();
        if self.seen.insert(reference) {
            self.list.push((reference, payload));
        }
        reference
    }

    /// With their records, before compression.
    fn bytes(&self) -> usize {
        self.list.iter().map(|(_, payload)| RECORD_BYTES_MAX + payload.bytes().len()).sum()
    }

    fn pack(
        self,
        stored: &StoredPayloads,
        mut read_payload: impl FnMut(PayloadRef, LogIndex) -> Option<Vec<u8>>,
    ) -> Vec<PayloadRecord<'static>> {
        let mut zstd = Compressor::new(ZSTD_LEVEL).expect("zstd gives a context unless memory is out");
        let records = self.list.into_iter().map(|(reference, payload)| {
            let stored = match stored.places.get(&reference.digest()) {
                Some(place) => Stored::Earlier { frame: place.frame },
                None => {
                    let dictionary = payload.like().and_then(|like| stored.dictionary(like));
                    let dictionary = dictionary.and_then(|place| Dictionary::fetch(place, &mut read_payload));
                    pack(payload.into_bytes(), dictionary, &mut zstd)
                }
            };
            PayloadRecord { payload: reference, stored }
        });
        records.collect()
    }
}

/// A payload to compress against.
struct Dictionary {
    payload: PayloadRef,
    frame: LogIndex,
    bytes: Vec<u8>,
}

impl Dictionary {
    fn fetch(
        (payload, frame): (PayloadRef, LogIndex),
        read_payload: &mut impl FnMut(PayloadRef, LogIndex) -> Option<Vec<u8>>,
    ) -> Option<Self> {
        let bytes = read_payload(payload, frame)?;
        (!bytes.starts_with(&ZSTD_DICTIONARY_MAGIC)).then_some(Self { payload, frame, bytes })
    }
}

/// The smallest of raw, zstd, and zstd against a dictionary. The last only if it saves a quarter: else these bytes
/// have moved away from the dictionary and are a better one themselves.
fn pack(bytes: Vec<u8>, dictionary: Option<Dictionary>, zstd: &mut Compressor<'_>) -> Stored<'static> {
    if bytes.len() < PACKED_MIN_BYTES {
        return Stored::Raw(Cow::Owned(bytes));
    }
    let plain = zstd.compress(&bytes).expect("zstd compresses anything into the room it asks for");
    if let Some(dictionary) = dictionary {
        let blob = Compressor::with_dictionary(ZSTD_LEVEL, &dictionary.bytes)
            .and_then(|mut zstd| zstd.compress(&bytes))
            .expect("zstd takes any bytes as a dictionary that do not claim to be a trained one");
        if blob.len() < plain.len().min(bytes.len()) / 4 * 3 {
            let Dictionary { payload, frame, .. } = dictionary;
            return Stored::ZstdWith { blob: Cow::Owned(blob), dictionary: payload, frame };
        }
    }
    if plain.len() < bytes.len() { Stored::Zstd(Cow::Owned(plain)) } else { Stored::Raw(Cow::Owned(bytes)) }
}
