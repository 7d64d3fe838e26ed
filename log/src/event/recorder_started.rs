//! `recorder_started`: a writer opened the log, and what opening it mended.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{number, object, text};
use super::{Derived, Fact, Kind, Memory};

/// The first entry of every session of a writer. A session without a `recorder_stopped` at its end was cut off.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RecorderStarted {
    /// Program and version, as `annals 0.1.0`.
    pub recorder: String,
    /// Entries that lay whole on disk beyond the watermark and were taken in: written, never acknowledged.
    pub adopted_entries: u64,
    /// Bytes after them that were no frame, and were zeroed: the rest of an append that was cut off.
    pub cut_bytes: u64,
}

impl Fact for RecorderStarted {
    const KIND: Kind = Kind(0x0008);
    const NAME: &'static str = "recorder_started";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = None;

    fn fields(&self) -> Value {
        object([
            ("recorder", text(&self.recorder)),
            ("adopted_entries", number(self.adopted_entries)),
            ("cut_bytes", number(self.cut_bytes)),
        ])
    }
}
