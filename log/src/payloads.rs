//! Fetching payloads: from the frame of the entry that vouches for them, or from the earlier one that it names.

use std::borrow::Cow;
use std::sync::Arc;

use crate::entry::{Body, Envelope, PayloadRef};
use crate::fault::Wrong;
use crate::kept::Kept;
use crate::place::LogIndex;
use crate::read_error::ReadError;
use crate::reader::{Reader, read_frame};
use crate::segment::{Frame, PayloadRecord, Stored};

/// A scan meets payloads of all runs between two of one run, and lasts only as long as a question or a rebuild.
const KEPT_BYTES_MAX: usize = 32 << 20;

/// Payloads of frames that are being scanned, without looking for each frame again.
pub struct Payloads {
    reader: Reader,
    kept: Kept,
    /// Where the last one stood in its frame: the next is asked for in the same order.
    place: usize,
}

impl Reader {
    /// The bytes of a payload that entry `index` vouches for, checked against what it says.
    ///
    /// # Errors
    /// `BeyondEnd`, or a fault met on the way.
    pub fn payload(&mut self, index: LogIndex, payload: PayloadRef) -> Result<Vec<u8>, ReadError> {
        let record = self.payload_record(index, payload)?;
        self.expand(record, index)
    }

    /// Expands a record of the frame that holds `index`, wherever its bytes and its dictionary are.
    pub(crate) fn expand(
        &mut self,
        record: PayloadRecord<'_>,
        index: LogIndex,
    ) -> Result<Vec<u8>, ReadError> {
        let (record, index) = match record.stored {
            Stored::Earlier { frame } => (self.payload_record(frame, record.payload)?, frame),
            _ => (record, index),
        };
        let dictionary = match record.stored {
            Stored::ZstdWith { dictionary, frame, .. } => {
                let plain = self.payload_record(frame, dictionary)?;
                Some(self.expand_here(&plain, None, frame)?)
            }
            _ => None,
        };
        self.expand_here(&record, dictionary.as_deref(), index)
    }

    fn expand_here(
        &mut self,
        record: &PayloadRecord<'_>,
        dictionary: Option<&[u8]>,
        index: LogIndex,
    ) -> Result<Vec<u8>, ReadError> {
        let name = self.survey().segment_of(index).name();
        Ok(self.expander.expand(record, dictionary).map_err(|wrong| wrong.at(name, None))?)
    }

    /// The record of a payload in the frame that holds `index`.
    fn payload_record(
        &mut self,
        index: LogIndex,
        payload: PayloadRef,
    ) -> Result<PayloadRecord<'static>, ReadError> {
        let (mut walk, start) = self.walk_to_frame_of(index)?;
        let missing = walk.fault(Wrong::Payload { digest: payload.digest(), what: "is not in the frame" });
        let frame = read_frame(&mut walk, start)?;
        let record = frame.payloads().iter().find(|record| record.payload == payload);
        Ok(record.cloned().ok_or(missing)?.into_owned())
    }
}

impl Payloads {
    /// Payloads of the log that `reader` sees.
    pub fn of(reader: &Reader) -> Self {
        Self { reader: reader.clone(), kept: Kept::within(KEPT_BYTES_MAX), place: 0 }
    }

    /// The body of an entry of `frame`, in it or beside it.
    ///
    /// # Errors
    /// As of [`Payloads::get`].
    pub fn body<'a>(
        &mut self,
        frame: &Frame<'_>,
        envelope: &Envelope<'a>,
    ) -> Result<Cow<'a, [u8]>, ReadError> {
        match envelope.body {
            Body::Inline(body) => Ok(body.into()),
            Body::Detached(payload) => Ok(self.get(frame, payload)?.into()),
        }
    }

    /// The bytes of a payload that an entry of `frame` vouches for, checked against what it says.
    ///
    /// # Errors
    /// A fault.
    pub fn get(&mut self, frame: &Frame<'_>, payload: PayloadRef) -> Result<Vec<u8>, ReadError> {
        let record = self.find(frame, payload)?;
        match record.stored {
            Stored::Earlier { frame } => Ok(self.earlier(frame, payload)?.to_vec()),
            Stored::ZstdWith { dictionary, frame: of, .. } => {
                let dictionary = self.earlier(of, dictionary)?;
                self.reader.expand_here(record, Some(&dictionary), frame.first())
            }
            Stored::Raw(_) | Stored::Zstd(_) => {
                let bytes = self.reader.expand_here(record, None, frame.first())?;
                // Only what is stored plainly is ever compressed against.
                self.kept.keep(payload, bytes.as_slice().into());
                Ok(bytes)
            }
        }
    }

    fn find<'f, 'a>(
        &mut self,
        frame: &'f Frame<'a>,
        payload: PayloadRef,
    ) -> Result<&'f PayloadRecord<'a>, ReadError> {
        let records = frame.payloads();
        let here = self.place.min(records.len());
        let behind = records[here..].iter().position(|record| record.payload == payload);
        let found = behind
            .map(|place| here + place)
            .or_else(|| records[..here].iter().position(|record| record.payload == payload));
        let missing = || {
            let name = self.reader.survey().segment_of(frame.first()).name();
            Wrong::Payload { digest: payload.digest(), what: "is not in the frame" }.at(name, None)
        };
        self.place = found.ok_or_else(missing)?;
        Ok(&records[self.place])
    }

    /// A payload that the frame which starts at `frame` stores.
    fn earlier(&mut self, frame: LogIndex, payload: PayloadRef) -> Result<Arc<[u8]>, ReadError> {
        if let Some(kept) = self.kept.get(payload) {
            return Ok(kept);
        }
        let bytes: Arc<[u8]> = self.reader.payload(frame, payload)?.into();
        self.kept.keep(payload, Arc::clone(&bytes));
        Ok(bytes)
    }
}
