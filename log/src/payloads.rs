//! Fetching payloads: from the frame of the entry that vouches for them, or from the earlier one that it names.

use crate::entry::PayloadRef;
use crate::fault::Wrong;
use crate::place::LogIndex;
use crate::reader::{ReadError, Reader, read_frame};
use crate::segment::{PayloadRecord, Stored};

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
