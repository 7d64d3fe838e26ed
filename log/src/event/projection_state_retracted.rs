//! `projection_state_retracted`: a state root was wrong.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{number, object, text};
use super::{Derived, Fact, Kind, Memory};

/// A `projection_state` is taken back: it is not what the entries give. The native id is the table's name.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ProjectionStateRetracted {
    /// The entry that is taken back, which lies before this one.
    pub log_index: u64,
    /// The reason, for people.
    pub why: String,
}

impl Fact for ProjectionStateRetracted {
    const KIND: Kind = Kind(0x000c);
    const NAME: &'static str = "projection_state_retracted";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = None;

    fn fields(&self) -> Value {
        object([("log_index", number(self.log_index)), ("why", text(&self.why))])
    }
}
