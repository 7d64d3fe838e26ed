//! Something odd in an entry, and what it is looked for in.

use annals_log::{Envelope, Fact, ReadError, decode};

/// Something odd in one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// One of a few words, as `not_a_list`.
    pub kind: &'static str,
    /// Where in the entry: a path into the run's config or into the block, or a column or a table of a database; empty when
    /// it is the whole.
    pub place: String,
    /// What it is, and what upstream makes of it.
    pub detail: String,
}

/// An entry whose body is there, and whose payloads are had when somebody asks.
pub(crate) struct OddEntry<'a> {
    pub(crate) envelope: &'a Envelope<'a>,
    pub(crate) body: &'a [u8],
    /// Gives an attached payload by its place.
    pub(crate) attached: &'a mut dyn FnMut(usize) -> Result<Vec<u8>, ReadError>,
}

impl OddEntry<'_> {
    /// Whether the entry is of this kind, in the schema that is known here.
    pub(crate) fn is<F: Fact>(&self) -> bool {
        (self.envelope.kind, self.envelope.schema) == (F::KIND, F::SCHEMA)
    }

    /// What is odd in the body as a fact of this kind; a body that is not one is odd itself.
    pub(crate) fn odd_in<F: Fact>(&self, odd_in: impl FnOnce(F) -> Vec<Anomaly>) -> Vec<Anomaly> {
        decode::<F>(self.body).map_or_else(|_| undecodable(), odd_in)
    }

    /// The payload that is attached last, if there is one.
    ///
    /// # Errors
    /// As of `attached`.
    pub(crate) fn last_attached(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        self.envelope.attached.len().checked_sub(1).map(&mut *self.attached).transpose()
    }
}

pub(crate) fn anomaly(kind: &'static str, place: impl Into<String>, detail: impl Into<String>) -> Anomaly {
    Anomaly { kind, place: place.into(), detail: detail.into() }
}

pub(crate) fn undecodable() -> Vec<Anomaly> {
    vec![anomaly("body_undecodable", "", "the body is not what its kind says; no table is made of it")]
}
