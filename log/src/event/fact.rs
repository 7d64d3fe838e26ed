//! What every kind of event says of itself, in the file of its struct.

use bincode::{BorrowDecode, Encode};

use super::json::Value;
use super::{Anomaly, CoveredTime, Kind, Memory};
use crate::codec;
use crate::entry::{Envelope, PayloadRef};
use crate::hash::Hash;

/// A body of some kind: its own struct, written by the entry codec.
///
/// Everything that can be said of a kind without upstream's rules, other entries or payloads is said here. The rest of
/// the house asks the rows of [`super::KINDS`] and keeps no lists of its own.
pub trait Fact: Encode + for<'a> BorrowDecode<'a, ()> {
    /// Its number, which is never given to another kind.
    const KIND: Kind;
    /// Its name, as `events.kind` and LOG-FORMAT.md have it.
    const NAME: &'static str;
    /// The version of its fields that is written. Old ones stay readable for ever.
    const SCHEMA: u16;
    /// Lists what the source's memory keeps of an event. It has no default: a kind that should be remembered and is not
    /// is recorded twice.
    const MEMORIES: Derived<Self, Memory>;
    /// Lists rows of `coverage`, as far as they need no history.
    const COVERED_TIMES: Derived<Self, CoveredTime> = None;
    /// Lists rows of `anomalies`, as far as they follow from the fact alone.
    const ANOMALIES: Derived<Self, Anomaly> = None;

    /// Reads a body of any schema that was ever written. Returns `None` for a schema that a later annals wrote, and for
    /// bytes that are not what the schema says.
    fn read(schema: u16, body: &[u8]) -> Option<Self> {
        (schema == Self::SCHEMA).then(|| codec::decode(body).ok())?
    }

    /// Returns the object that `events.body` shows: the struct's fields in their order, digests as hex.
    fn fields(&self) -> Value;
}

/// Lists what follows from one event; `None` for a kind from which nothing ever follows.
pub type Derived<F, T> = Option<fn(&F, &EventView<'_>) -> Vec<T>>;

/// An event as its kind looks at it, whether it is about to be recorded or was read out of an entry.
#[derive(Debug, Clone, Copy)]
pub struct EventView<'a> {
    /// The version of the body's fields.
    pub schema: u16,
    /// The source's own name for the thing.
    pub native_id: &'a str,
    /// The chain's block that it belongs to.
    pub block: Option<u64>,
    /// When the raw answer was had.
    pub fetched_at_ms: i64,
    /// The encoded fact.
    pub body: &'a [u8],
    /// The digest of the last payload that is attached.
    pub payload: Option<Hash>,
}

impl<'a> EventView<'a> {
    /// Views an entry with this body, which may lie beside it.
    pub fn of(envelope: &Envelope<'a>, body: &'a [u8]) -> Self {
        Self {
            schema: envelope.schema,
            native_id: envelope.native_id,
            block: envelope.block,
            fetched_at_ms: envelope.fetched_at_ms,
            body,
            payload: envelope.attached.last().map(PayloadRef::digest),
        }
    }
}
