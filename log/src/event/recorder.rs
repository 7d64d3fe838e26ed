//! `recorder_started` and `recorder_stopped`: when somebody held the log to write, and what opening it mended.

use bincode::{Decode, Encode};

use super::{Fact, Kind};

/// First entry of every session of a writer. A session without a `recorder_stopped` at its end was cut off.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RecorderStarted {
    /// Program and version, as `annals 0.1.0`.
    pub recorder: String,
    /// Entries that lay whole on disk beyond the watermark and were taken in: written, never acknowledged.
    pub adopted_entries: u64,
    /// Bytes after them that were no frame, and were zeroed: the rest of an append that was cut off.
    pub cut_bytes: u64,
}

/// Last entry of a session that ended in order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RecorderStopped {
    /// Program and version.
    pub recorder: String,
}

impl Fact for RecorderStarted {
    const KIND: Kind = Kind(0x0008);
    const SCHEMA: u16 = 1;
}

impl Fact for RecorderStopped {
    const KIND: Kind = Kind(0x0009);
    const SCHEMA: u16 = 1;
}
