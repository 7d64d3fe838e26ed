//! What the sources have told so far, as far as the next batch depends on it: a fold over the entries, and nothing but
//! them, so a log that is rebuilt from its entries records nothing twice either.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::disk::Disk;
use crate::entry::{Body, Envelope, PayloadRef};
use crate::event::{BatchEnd, Event, Kind, Known, Payload};
use crate::fault::Wrong;
use crate::hash::Hash;
use crate::place::{LogIndex, TreeSize};
use crate::reader::{ReadError, Reader};

/// How far a source has been read, and what it last said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceMemory {
    /// How many batches were recorded.
    pub sequence: u64,
    /// Where to go on, in the source's own words; empty before the first batch.
    pub cursor: Vec<u8>,
    /// Of the last batch.
    pub(crate) batch_sha256: Option<Hash>,
    seen: BTreeMap<String, Known>,
}

/// The memories of all sources, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sources(BTreeMap<String, SourceMemory>);

/// The part of an event that the fold looks at.
pub(crate) struct Note<'a> {
    source: Cow<'a, str>,
    native_id: Cow<'a, str>,
    kind: (Kind, u16),
    body: Cow<'a, [u8]>,
    payload: Option<Hash>,
    closes: Option<BatchEnd>,
}

impl SourceMemory {
    /// What is known of a native id, or of a file by its [`crate::FilePlace::file_key`]; `None` when nothing was recorded
    /// of it yet.
    pub fn known(&self, key: &str) -> Option<&Known> {
        self.seen.get(key)
    }
}

impl<'a> Note<'a> {
    /// `None` when the event leaves nothing to remember.
    pub(crate) fn of(event: &Event, closes: Option<&BatchEnd>) -> Option<Note<'static>> {
        let kind = (event.kind, event.schema);
        (Known::is_left_by(kind) || closes.is_some()).then(|| Note {
            source: event.source.clone().into(),
            native_id: event.native_id.clone().into(),
            kind,
            body: if Known::is_left_by(kind) { event.body.clone() } else { Vec::new() }.into(),
            payload: event.attached.last().map(Payload::digest),
            closes: closes.cloned(),
        })
    }

    /// The same of an entry, whose body may have to be fetched.
    fn of_entry(
        envelope: &Envelope<'a>,
        fetch: impl FnOnce(PayloadRef) -> Result<Vec<u8>, ReadError>,
    ) -> Result<Option<Self>, ReadError> {
        let kind = (envelope.kind, envelope.schema);
        let closes = envelope.closes.as_ref().map(|closes| BatchEnd {
            sequence: closes.sequence,
            cursor: closes.cursor.to_vec(),
            batch_sha256: Hash(closes.batch_sha256),
        });
        let body = match envelope.body {
            _ if !Known::is_left_by(kind) && closes.is_none() => return Ok(None),
            _ if !Known::is_left_by(kind) => Cow::default(),
            Body::Inline(body) => body.into(),
            Body::Detached(payload) => fetch(payload)?.into(),
        };
        let payload = envelope.attached.last().map(PayloadRef::digest);
        let (source, native_id) = (envelope.source.into(), envelope.native_id.into());
        Ok(Some(Self { source, native_id, kind, body, payload, closes }))
    }
}

impl Sources {
    /// Folds the first `size` entries of the log in `root`.
    ///
    /// # Errors
    /// What was met on the way.
    pub(crate) fn read(disk: &Arc<dyn Disk>, root: &Path, size: TreeSize) -> Result<Self, ReadError> {
        let scanned = Reader::open_on(disk, root)?;
        let mut sources = Self::default();
        // The scan holds its reader; for long bodies, which are rare, there is another one.
        let mut fetching = None;
        let mut scan = scanned.scan(LogIndex(0)..size.next_index());
        while let Some(frame) = scan.next_frame()? {
            for (index, entry) in frame.entries() {
                let envelope = Envelope::decode(entry).map_err(|error| {
                    Wrong::Entry { index, error }.at(scanned.survey().segment_of(index).name(), None)
                })?;
                let fetch = |payload| {
                    let reader = match &mut fetching {
                        Some(reader) => reader,
                        none => none.insert(Reader::open_on(disk, root)?),
                    };
                    reader.payload(index, payload)
                };
                Note::of_entry(&envelope, fetch)?.into_iter().for_each(|note| sources.take(note));
            }
        }
        Ok(sources)
    }

    /// Goes on with what was told next.
    pub(crate) fn take(&mut self, note: Note<'_>) {
        let memory = self.0.entry(note.source.into_owned()).or_default();
        let known = |key: &str| memory.known(key);
        let after = Known::after(known, note.kind, &note.native_id, &note.body, note.payload);
        memory.seen.extend(after);
        if let Some(BatchEnd { sequence, cursor, batch_sha256 }) = note.closes {
            (memory.sequence, memory.cursor, memory.batch_sha256) = (sequence, cursor, Some(batch_sha256));
        }
    }

    /// The memory of a source, empty when nothing was recorded of it.
    pub(crate) fn memory(&mut self, source: &str) -> &SourceMemory {
        self.0.entry(source.to_owned()).or_default()
    }
}
