//! Something odd in an entry, and the entry as it is searched for it.

use annals_log::{Envelope, Fact, ReadError, decode};

/// Something odd in one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// One of a few words, as `not_a_list`.
    pub kind: &'static str,
    /// The place in the entry: a path into the run's config or into the block, or a column or a table of a database;
    /// empty for the entry as a whole.
    pub place: String,
    /// What it is, and what upstream makes of it.
    pub detail: String,
}

/// An entry whose body has been read, and whose payloads are read on demand.
pub(crate) struct OddEntry<'a> {
    pub(crate) envelope: &'a Envelope<'a>,
    pub(crate) body: &'a [u8],
    /// Reads an attached payload by its place.
    pub(crate) attached: &'a mut dyn FnMut(usize) -> Result<Vec<u8>, ReadError>,
}

impl OddEntry<'_> {
    /// Whether the entry is of this kind, in the schema that is known here.
    pub(crate) fn is<F: Fact>(&self) -> bool {
        (self.envelope.kind, self.envelope.schema) == (F::KIND, F::SCHEMA)
    }

    /// Returns what is odd in the body as a fact of this kind; a body that does not decode is itself odd.
    pub(crate) fn odd_in<F: Fact>(&self, odd_in: impl FnOnce(F) -> Vec<Anomaly>) -> Vec<Anomaly> {
        decode::<F>(self.body).map_or_else(|_| undecodable(), odd_in)
    }

    /// Reads the payload that is attached last, if there is one.
    ///
    /// # Errors
    /// Any error of `attached`.
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
