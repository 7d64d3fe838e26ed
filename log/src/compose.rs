//! Composing a commit: events become entries, payloads are compressed, the tree grows, the checkpoint is signed.
//! Pure but for the earlier payloads it is handed; nothing is durable yet.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use zstd::bulk::Compressor;

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::codec;
use crate::entry::{
    Body, Closes, ENTRY_BYTES_MAX, ENVELOPE_FORMAT, Envelope, INLINE_BODY_BYTES_MAX, PayloadRef,
};
use crate::event::{BatchEnd, Event, Payload};
use crate::hash::Hash;
use crate::hotkey::HotkeySigner;
use crate::place::{LogId, LogIndex, TreeSize};
use crate::segment::{FrameEntries, FrameParts, PACKED_MIN_BYTES, PayloadRecord, RECORD_BYTES_MAX, Stored};
use crate::stored_payloads::{StoredBefore, StoredPayloads};
use crate::tree::RightEdge;
use crate::vkey::NoteSigner;

/// Entries and payloads of one batch, with what frames them, before compression.
pub const BATCH_BYTES_MAX: usize = 16 << 20;
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
    /// What is left of them: whoever commits lets go of it, while the next commit is composed.
    pub(crate) _events: Vec<Event>,
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
    pub(crate) hotkey: Option<HotkeySigner>,
    pub(crate) edge: RightEdge,
    /// Of the next frame.
    pub(crate) commit: u64,
    /// Of the last frame; time never runs back.
    pub(crate) recorded_at_ms: i64,
    pub(crate) stored: StoredPayloads,
}

impl Composer {
    /// The commit that holds `events`, recorded at `now_ms` or later; the composer then stands behind it. `closes` goes
    /// into the last entry.
    ///
    /// # Errors
    /// The batch is refused whole and the composer stands where it stood.
    pub(crate) fn compose(
        &mut self,
        mut events: Vec<Event>,
        closes: Option<&BatchEnd>,
        now_ms: i64,
        before: &mut dyn StoredBefore,
    ) -> Result<Composed, BatchError> {
        if events.is_empty() {
            return Err(BatchError::Empty);
        }
        let recorded_at_ms = now_ms.max(self.recorded_at_ms);
        let mut payloads = NewPayloads::default();
        let last = events.len() - 1;
        let mut entries = FrameEntries::with_room(frame_bytes_about(&events));
        let mut edge = self.edge.clone();
        for (place, event) in events.iter_mut().enumerate() {
            let closes = closes.filter(|_| place == last);
            let leaf = entries
                .push(|bytes| write_entry(bytes, event, closes, recorded_at_ms, &mut payloads))
                .map_err(|bytes| BatchError::EntryTooLong { event: place, bytes })?;
            edge.push(leaf);
        }
        let bytes = payloads.bytes() + entries.bytes();
        if bytes > BATCH_BYTES_MAX {
            return Err(BatchError::TooLarge { bytes });
        }
        let records = payloads.pack(&mut self.stored, before);
        Ok(self.commit_of(entries, edge, &records, recorded_at_ms, events))
    }

    fn commit_of(
        &mut self,
        entries: FrameEntries,
        edge: RightEdge,
        records: &[PayloadRecord<'_>],
        recorded_at_ms: i64,
        events: Vec<Event>,
    ) -> Composed {
        let edge_before = std::mem::replace(&mut self.edge, edge);
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
        Composed { frame, commit, first, recorded_at_ms, edge_before, checkpoint, _events: events }
    }

    fn checkpoint(&self) -> SignedCheckpoint {
        let origin = self.signer.vkey().name().to_owned();
        let checkpoint = Checkpoint { origin, size: self.edge.size(), root: self.edge.root() };
        checkpoint.sign(&self.signer, self.hotkey.as_ref())
    }

    /// How many entries there are, those included that are not durable yet.
    pub(crate) fn size(&self) -> TreeSize {
        self.edge.size()
    }

    /// The root over all of them.
    pub(crate) fn root(&self) -> Hash {
        self.edge.root()
    }
}

/// Of entries and checkpoint; payloads are not known before they are compressed.
fn frame_bytes_about(events: &[Event]) -> usize {
    const ENVELOPE_BYTES: usize = 128;
    const CHECKPOINT_BYTES: usize = 512;
    let entry = |event: &Event| {
        let body = event.body.len().min(INLINE_BODY_BYTES_MAX);
        ENVELOPE_BYTES + event.source.len() + event.native_id.len() + body
    };
    CHECKPOINT_BYTES + events.iter().map(entry).sum::<usize>()
}

/// Writes the entry of an event; its payloads go to `payloads`.
fn write_entry(
    bytes: &mut Vec<u8>,
    event: &mut Event,
    closes: Option<&BatchEnd>,
    recorded_at_ms: i64,
    payloads: &mut NewPayloads,
) {
    let detached = (event.body.len() > INLINE_BODY_BYTES_MAX).then(|| std::mem::take(&mut event.body));
    let detached = detached.map(|body| payloads.add(body.into()));
    let body = detached.map_or(Body::Inline(&event.body), Body::Detached);
    let attached =
        std::mem::take(&mut event.attached).into_iter().map(|payload| payloads.add(payload)).collect();
    let closes = closes.map(|end| Closes {
        sequence: end.sequence,
        cursor: &end.cursor,
        batch_sha256: end.batch_sha256.0,
    });
    let envelope = Envelope {
        format: ENVELOPE_FORMAT,
        kind: event.kind,
        schema: event.schema,
        source: &event.source,
        native_id: &event.native_id,
        observed_at_ms: event.observed_at_ms,
        fetched_at_ms: event.fetched_at_ms,
        recorded_at_ms,
        block: event.block,
        body,
        attached,
        closes,
    };
    codec::encode_behind(bytes, &envelope);
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

    fn pack(self, stored: &mut StoredPayloads, before: &mut dyn StoredBefore) -> Vec<PayloadRecord<'static>> {
        if self.list.is_empty() {
            return Vec::new();
        }
        let mut zstd = Compressor::new(ZSTD_LEVEL).expect("zstd gives a context unless memory is out");
        let records = self.list.into_iter().map(|(reference, payload)| {
            let stored = match stored.place(reference.digest(), before) {
                Some(place) => Stored::Earlier { frame: place.frame },
                None => {
                    let like = payload.like().and_then(|like| stored.place(like, before));
                    let dictionary = like.and_then(|like| Dictionary::fetch(like.dictionary(), before));
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
    bytes: Arc<[u8]>,
}

impl Dictionary {
    fn fetch((payload, frame): (PayloadRef, LogIndex), before: &mut dyn StoredBefore) -> Option<Self> {
        let bytes = before.bytes(payload, frame)?;
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
