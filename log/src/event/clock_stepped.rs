//! `clock_stepped`: the recorder's clock was set while the recorder ran, or between two sessions.

use bincode::{Decode, Encode};

use super::{Fact, Kind};

/// From here on the times of entries are what the clock says now. Only `recorded_at` stays where it was until a clock that
/// was put back has passed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct ClockStepped {
    /// What the clock should have said, in milliseconds since 1970 UTC: by a steady clock while recording, else the time of
    /// the last entry, which it can't be before.
    pub from_ms: i64,
    /// What it said.
    pub to_ms: i64,
    /// How it was noticed.
    pub seen: StepSeen,
}

/// How a step of the clock was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum StepSeen {
    /// Between two commits, by a steady clock that did not share it.
    Recording,
    /// When the log was opened: the clock was behind the last entry.
    Opening,
    /// When it was opened, far behind; an operator declared that the clock is right now and was wrong then.
    Declared,
}

impl Fact for ClockStepped {
    const KIND: Kind = Kind(0x000b);
    const SCHEMA: u16 = 1;
}
