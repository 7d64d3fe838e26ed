//! `recorder_stopped`: a session of a writer ended in order.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{object, text};
use super::{Derived, Fact, Kind, Memory};

/// The last entry of a session that ended in order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RecorderStopped {
    /// Program and version.
    pub recorder: String,
}

impl Fact for RecorderStopped {
    const KIND: Kind = Kind(0x0009);
    const NAME: &'static str = "recorder_stopped";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = None;

    fn fields(&self) -> Value {
        object([("recorder", text(&self.recorder))])
    }
}
