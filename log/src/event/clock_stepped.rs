//! `clock_stepped`: the recorder's clock was set while the recorder ran, or between two sessions.

use bincode::{Decode, Encode};

use super::json::Value;
use super::json::fields::{object, text, time};
use super::{Anomaly, Derived, Fact, Kind, Memory, utc_text};

/// From here on the times of entries are what the clock says now. Only `recorded_at` stays where it was until a clock
/// that was put back has passed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct ClockStepped {
    /// What the clock should have said, in milliseconds since 1970 UTC: by a steady clock while recording, else the
    /// time of the last entry, which it can't be before.
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
    const NAME: &'static str = "clock_stepped";
    const SCHEMA: u16 = 1;
    const MEMORIES: Derived<Self, Memory> = None;
    const ANOMALIES: Derived<Self, Anomaly> = Some(|step, _| vec![step.anomaly()]);

    fn fields(&self) -> Value {
        object([
            ("from_ms", time(self.from_ms)),
            ("to_ms", time(self.to_ms)),
            ("seen", text(self.seen.as_str())),
        ])
    }
}

impl ClockStepped {
    fn anomaly(self) -> Anomaly {
        let (from, to) = (utc_text(self.from_ms), utc_text(self.to_ms));
        let way = if self.to_ms < self.from_ms { "back" } else { "forward" };
        let noticed = match self.seen {
            StepSeen::Recording => "a steady clock did not share it",
            StepSeen::Opening => "the last entry is ahead of it",
            StepSeen::Declared => "the last entry is ahead of it, and the operator declared it right",
        };
        let seconds = self.to_ms.abs_diff(self.from_ms) / 1000;
        let detail = format!("the recorder's clock went {way} {seconds} s, from {from} to {to}: {noticed}");
        Anomaly::new("clock_stepped", "", detail)
    }
}

impl StepSeen {
    /// As SQL shows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Opening => "opening",
            Self::Declared => "declared",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_the_clock_says_which_way_how_far_and_how_it_was_noticed() {
        let at = 1_767_225_600_000;
        let step = |from_ms, to_ms, seen| ClockStepped { from_ms, to_ms, seen }.anomaly().detail;
        assert_eq!(
            step(at, at + 3_600_000, StepSeen::Recording),
            "the recorder's clock went forward 3600 s, from 2026-01-01T00:00:00Z to 2026-01-01T01:00:00Z: \
             a steady clock did not share it"
        );
        let declared = step(at, at - 172_800_000, StepSeen::Declared);
        assert!(declared.starts_with("the recorder's clock went back 172800 s, from 2026-01-01T00:00:00Z"));
        assert!(declared.ends_with("the operator declared it right"));
    }
}
