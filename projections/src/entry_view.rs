//! An entry as it is read: its envelope, and its body and payloads on demand.

use std::borrow::Cow;

use annals_log::{Envelope, Fact, Frame, LogIndex, PayloadRef, Payloads, ReadError};

/// An entry of a log, with the frame in which its payloads are named.
pub(crate) struct EntryView<'a> {
    pub(crate) index: LogIndex,
    pub(crate) envelope: &'a Envelope<'a>,
    frame: &'a Frame<'a>,
    payloads: &'a mut Payloads,
    /// Once it was read.
    body: Option<Cow<'a, [u8]>>,
}

impl<'a> EntryView<'a> {
    /// Views entry `index`, which is one of `frame`.
    pub(crate) fn of(
        index: LogIndex,
        envelope: &'a Envelope<'a>,
        frame: &'a Frame<'a>,
        payloads: &'a mut Payloads,
    ) -> Self {
        Self { index, envelope, frame, payloads, body: None }
    }

    /// Returns the body, which is read the first time.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn body(&mut self) -> Result<Cow<'a, [u8]>, ReadError> {
        if let Some(body) = &self.body {
            return Ok(body.clone());
        }
        let body = self.payloads.body(self.frame, self.envelope)?;
        Ok(self.body.insert(body).clone())
    }

    /// Reads the body as a fact of this kind; `None` when it does not decode in the entry's schema.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn fact<F: Fact>(&mut self) -> Result<Option<F>, ReadError> {
        Ok(F::read(self.envelope.schema, &self.body()?))
    }

    /// Reads a payload that the entry names.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn payload(&mut self, payload: PayloadRef) -> Result<Vec<u8>, ReadError> {
        self.payloads.get(self.frame, payload)
    }

    /// Reads all payloads that are attached to the entry, in their order.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn attached(&mut self) -> Result<Vec<Vec<u8>>, ReadError> {
        self.envelope.attached.iter().map(|&payload| self.payload(payload)).collect()
    }
}
