//! The vocabulary: what may be recorded, and the number of each kind.
//!
//! To add a kind: a file here with its body, a line in [`KINDS`], a row in LOG-FORMAT.md, a golden vector.

mod log_opened;
mod recorder;

use std::fmt;

use bincode::{Decode, Encode};

use crate::codec;
use crate::hash::Hash;

pub(crate) use log_opened::About;
pub use log_opened::LogOpened;
pub use recorder::{RecorderStarted, RecorderStopped};

/// The number of a kind of event; the high byte is the block of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Kind(pub u16);

/// Every number that is given away, with its name. A number is never given twice.
pub const KINDS: &[(Kind, &str)] = &[
    (Kind(0x0001), "log_opened"),
    (Kind(0x0002), "key_rotated"),
    (Kind(0x0003), "log_continues"),
    (Kind(0x0004), "salvaged"),
    (Kind(0x0005), "payload_erased"),
    (Kind(0x0006), "payloads_pruned"),
    (Kind(0x0007), "projection_state"),
    (Kind(0x0008), "recorder_started"),
    (Kind(0x0009), "recorder_stopped"),
    (Kind(0x000a), "checkpoint_anchored"),
];

/// The source of what the log says of itself.
pub const LOG_SOURCE: &str = "log";

/// A body of some kind: its own struct, written by the entry codec.
pub trait Fact: Encode {
    /// Its number in [`KINDS`].
    const KIND: Kind;
    /// The version of its fields. Old ones stay readable for ever.
    const SCHEMA: u16;
}

/// One fact as its source told it, not yet in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What kind of fact.
    pub kind: Kind,
    /// Which version of the kind's body.
    pub schema: u16,
    /// The outside world that told it.
    pub source: String,
    /// The source's own name for the thing told of.
    pub native_id: String,
    /// When the source says it happened, in milliseconds since 1970 UTC.
    pub observed_at_ms: Option<i64>,
    /// When the raw answer was had.
    pub fetched_at_ms: i64,
    /// The chain's block that it belongs to.
    pub block: Option<u64>,
    /// The encoded body.
    pub body: Vec<u8>,
    /// Bytes to vouch for and keep beside the entry.
    pub attached: Vec<Payload>,
    /// On the last event of a batch only.
    pub closes: Option<BatchEnd>,
}

/// Bytes that an event vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The bytes as they came.
    pub bytes: Vec<u8>,
    /// A payload recorded earlier that these bytes resemble, as the last state of the same run. Only a hint: it may
    /// make them smaller on disk and changes nothing else.
    pub like: Option<Hash>,
}

/// The owned form of [`crate::entry::Closes`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchEnd {
    /// Counts the batches of this source from 1.
    pub sequence: u64,
    /// How far upstream we have read, in the source's own words.
    pub cursor: Vec<u8>,
    /// SHA-256 that tells this batch from another one with the same sequence.
    pub batch_sha256: Hash,
}

impl Kind {
    /// Its name in the registry, `None` for a kind that a later annals wrote.
    pub fn name(self) -> Option<&'static str> {
        KINDS.iter().find(|(kind, _)| *kind == self).map(|&(_, name)| name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "kind {:#06x}", self.0),
        }
    }
}

impl Event {
    /// An event with `fact` as body: no block, no payloads, the source's time unknown.
    pub fn new<F: Fact>(source: &str, native_id: &str, fetched_at_ms: i64, fact: &F) -> Self {
        Self {
            kind: F::KIND,
            schema: F::SCHEMA,
            source: source.to_owned(),
            native_id: native_id.to_owned(),
            observed_at_ms: None,
            fetched_at_ms,
            block: None,
            body: codec::encode(fact),
            attached: Vec::new(),
            closes: None,
        }
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, like: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_and_no_name_is_given_twice() {
        for (place, (kind, name)) in KINDS.iter().enumerate() {
            assert!(KINDS[place + 1..].iter().all(|(k, n)| k != kind && n != name), "{name}");
        }
    }

    #[test]
    fn every_kind_stands_in_the_format_description() {
        let format = include_str!("../../LOG-FORMAT.md");
        for (kind, name) in KINDS {
            assert!(format.contains(&format!("| {:#06x} | {name} |", kind.0)), "{name} is missing");
        }
    }
}
