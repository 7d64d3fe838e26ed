//! What the log stored before, for the composer: where a payload is, and its bytes to compress against. Only ever a
//! saving: what is not to be had just now is stored again, or not compressed against.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::Disk;
use crate::entry::PayloadRef;
use crate::fault::Wrong;
use crate::hash::Hash;
use crate::index::{FramePlace, Index};
use crate::kept::Kept;
use crate::place::{LogIndex, TreeSize};
use crate::read_error::ReadError;
use crate::reader::{Reader, read_frame};
use crate::stored_payloads::{StoredBefore, StoredPlace};

/// The earlier states that a whole subnet's runs are compressed against have some 2 MiB, so all of them stay.
const KEPT_BYTES_MAX: usize = 4 << 20;

pub(crate) struct Earlier {
    disk: Arc<dyn Disk>,
    root: PathBuf,
    reader: Option<Reader>,
    kept: Kept,
    /// `None` when it is not kept.
    index: Option<Index>,
}

impl Earlier {
    pub(crate) fn new(disk: Arc<dyn Disk>, root: &Path, index: Option<Index>) -> Self {
        Self { disk, root: root.to_owned(), reader: None, kept: Kept::within(KEPT_BYTES_MAX), index }
    }

    pub(crate) fn index(&self) -> Option<&Index> {
        self.index.as_ref()
    }

    /// Waits until the index is closed well.
    pub(crate) fn stop_index(&mut self) {
        if let Some(index) = &mut self.index {
            index.stop();
        }
    }

    /// A reader that sees at least `size` entries, if so many are durable, at the watermark when it has to be opened;
    /// and the index to look up in it.
    ///
    /// # Errors
    /// As of [`Reader::open`].
    pub(crate) fn reader(&mut self, size: TreeSize) -> Result<(&mut Reader, Option<&Index>), ReadError> {
        let reader = match self.reader.take() {
            Some(reader) if reader.size() >= size => reader,
            _ => Reader::open_on(&self.disk, &self.root)?,
        };
        Ok((self.reader.insert(reader), self.index.as_ref()))
    }
}

impl StoredBefore for Earlier {
    /// By the index, and confirmed by the frame that it names.
    fn place(&mut self, digest: Hash) -> Option<StoredPlace> {
        let place = self.index()?.payload(digest)?;
        let (reader, index) = self.reader(place.first.size_through()).ok()?;
        let stored = stored_at(reader, place, digest);
        let why = "a payload is not in the frame where it should be";
        stored.map_err(|error| index.map(|index| index.doubt(&error, why))).ok()
    }

    fn bytes(&mut self, payload: PayloadRef, frame: LogIndex) -> Option<Arc<[u8]>> {
        if let Some(bytes) = self.kept.get(payload) {
            return Some(bytes);
        }
        let (reader, _) = self.reader(frame.size_through()).ok()?;
        let bytes: Arc<[u8]> = reader.payload(frame, payload).ok()?.into();
        self.kept.keep(payload, Arc::clone(&bytes));
        Some(bytes)
    }
}

/// # Errors
/// The frame cannot be read, is another one, or does not have the bytes.
fn stored_at(reader: &mut Reader, place: FramePlace, digest: Hash) -> Result<StoredPlace, ReadError> {
    let mut walk = reader.walk_to_frame_at(place)?;
    let elsewhere = walk.fault(Wrong::NotThis("the frame that stores the payload"));
    let frame = read_frame(&mut walk, place.first)?;
    let record = frame.payloads().iter().find(|record| record.payload.digest() == digest);
    let Some((record, stored)) =
        record.and_then(|record| Some((record.clone().into_owned(), StoredPlace::of(place.first, record)?)))
    else {
        return Err(elsewhere.into());
    };
    // An entry will vouch for these bytes, and they are stored nowhere else.
    reader.expand(record, place.first)?;
    Ok(stored)
}
