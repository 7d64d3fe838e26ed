//! An entry as it is read: its envelope, and its body and payloads when somebody asks for them.

use std::borrow::Cow;

use annals_log::{Envelope, Fact, Frame, LogIndex, PayloadRef, Payloads, ReadError};

/// An entry of a log, and where its payloads lie.
pub(crate) struct EntryView<'a> {
    pub(crate) index: LogIndex,
    pub(crate) envelope: &'a Envelope<'a>,
    frame: &'a Frame<'a>,
    payloads: &'a mut Payloads,
}

impl<'a> EntryView<'a> {
    /// Views entry `index`, which is one of `frame`.
    pub(crate) fn of(
        index: LogIndex,
        envelope: &'a Envelope<'a>,
        frame: &'a Frame<'a>,
        payloads: &'a mut Payloads,
    ) -> Self {
        Self { index, envelope, frame, payloads }
    }

    /// The body, whatever it says.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn body(&mut self) -> Result<Cow<'a, [u8]>, ReadError> {
        self.payloads.body(self.frame, self.envelope)
    }

    /// The body as a fact of this kind; `None` when it is not what the entry's schema says.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn fact<F: Fact>(&mut self) -> Result<Option<F>, ReadError> {
        Ok(F::read(self.envelope.schema, &self.body()?))
    }

    /// A payload that the entry names.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn payload(&mut self, payload: PayloadRef) -> Result<Vec<u8>, ReadError> {
        self.payloads.get(self.frame, payload)
    }

    /// All payloads that are attached to the entry, in their order.
    ///
    /// # Errors
    /// A fault of the log.
    pub(crate) fn attached(&mut self) -> Result<Vec<Vec<u8>>, ReadError> {
        self.envelope.attached.iter().map(|&payload| self.payload(payload)).collect()
    }
}
