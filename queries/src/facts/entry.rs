//! An entry as fact tables see it: what it vouches for is read only when somebody asks.

use std::borrow::Cow;

use annals_log::{Envelope, Fact, Frame, LogIndex, Payloads, ReadError};
use datafusion::physical_plan::metrics::Count;
use memchr::memmem::Finder;

/// An entry at its place, and the way to its payloads.
pub(crate) struct Entry<'a> {
    pub(crate) index: LogIndex,
    /// What is hashed.
    pub(crate) bytes: &'a [u8],
    pub(crate) envelope: Envelope<'a>,
    pub(super) frame: &'a Frame<'a>,
    pub(super) payloads: &'a mut Payloads,
    /// How many payloads were read, for `EXPLAIN ANALYZE`.
    pub(super) payloads_read: &'a Count,
    /// A body from beside the entry that was looked at, for whoever reads it next.
    pub(super) seen_body: Option<Vec<u8>>,
}

impl<'a> Entry<'a> {
    /// The body, from beside the entry if it lies there.
    pub(crate) fn body(&mut self) -> Result<Cow<'a, [u8]>, ReadError> {
        if let Some(body) = self.seen_body.take() {
            return Ok(body.into());
        }
        if matches!(self.envelope.body, annals_log::Body::Detached(_)) {
            self.payloads_read.add(1);
        }
        self.payloads.body(self.frame, &self.envelope)
    }

    /// Whether the body has all of these texts in it.
    pub(super) fn has_in_body(&mut self, texts: &[Finder<'_>]) -> Result<bool, ReadError> {
        let body = self.body()?;
        let has_all = texts.iter().all(|text| text.find(&body).is_some());
        if let Cow::Owned(body) = body {
            self.seen_body = Some(body);
        }
        Ok(has_all)
    }

    /// The payload at a place; `None` when the entry has not so many.
    pub(crate) fn attached(&mut self, place: usize) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(&payload) = self.envelope.attached.get(place) else { return Ok(None) };
        self.payloads_read.add(1);
        self.payloads.get(self.frame, payload).map(Some)
    }

    /// The body as a fact; `None` when it is one of another kind, of a schema that a later annals wrote, or unreadable.
    pub(crate) fn fact<F: Fact>(&mut self) -> Result<Option<F>, ReadError> {
        if self.envelope.kind != F::KIND {
            return Ok(None);
        }
        let schema = self.envelope.schema;
        Ok(F::read(schema, &self.body()?))
    }
}
