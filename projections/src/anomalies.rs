//! What an entry says that upstream would stumble over, or that could not be read.

use annals_log::{ClockStepped, Envelope, ReadError, StepSeen, utc_text};

use crate::anomaly::{Anomaly, OddEntry, anomaly};
use crate::worlds;

/// Returns what is odd in an entry with this body; `attached` returns its payloads by their place.
///
/// # Errors
/// Any error of `attached`.
pub fn anomalies_of(
    envelope: &Envelope<'_>,
    body: &[u8],
    attached: &mut dyn FnMut(usize) -> Result<Vec<u8>, ReadError>,
) -> Result<Vec<Anomaly>, ReadError> {
    let mut entry = OddEntry { envelope, body, attached };
    // The recorder's clock belongs to no world.
    if entry.is::<ClockStepped>() {
        return Ok(entry.odd_in(|step| vec![of_step(step)]));
    }
    worlds::anomalies(&mut entry)
}

fn of_step(step: ClockStepped) -> Anomaly {
    let (from, to) = (utc_text(step.from_ms), utc_text(step.to_ms));
    let way = if step.to_ms < step.from_ms { "back" } else { "forward" };
    let told = match step.seen {
        StepSeen::Recording => "a steady clock did not share it",
        StepSeen::Opening => "the last entry is ahead of it",
        StepSeen::Declared => "the last entry is ahead of it, and the operator declared it right",
    };
    let seconds = step.to_ms.abs_diff(step.from_ms) / 1000;
    anomaly(
        "clock_stepped",
        "",
        format!("the recorder's clock went {way} {seconds} s, from {from} to {to}: {told}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_the_clock_says_which_way_how_far_and_how_it_was_noticed() {
        let at = 1_767_225_600_000;
        let step = |from_ms, to_ms, seen| of_step(ClockStepped { from_ms, to_ms, seen }).detail;
        assert_eq!(
            step(at, at + 3_600_000, StepSeen::Recording),
            "the recorder's clock went forward 3600 s, from 2026-01-01T00:00:00Z to 2026-01-01T01:00:00Z: a steady \
             clock did not share it"
        );
        let declared = step(at, at - 172_800_000, StepSeen::Declared);
        assert!(declared.starts_with("the recorder's clock went back 172800 s, from 2026-01-01T00:00:00Z"));
        assert!(declared.ends_with("the operator declared it right"));
    }
}
