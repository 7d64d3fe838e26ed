//! What the validator's clock said: the one thing of an attempt that nobody can verify afterwards.

use crate::bytes::Fields;

/// Bytes of all times.
pub(crate) const TIMES_BYTES: usize = 64;

/// Nanoseconds since 1970 on one clock of the validator that never goes back, and is set by its wall clock once. A
/// duration is gross: nothing is taken off for the way, or the miner would be slow to answer pings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    /// The last byte of the challenge was sent.
    pub challenge_sent_ns: u64,
    /// The last root of the rounds was received.
    pub rounds_received_ns: u64,
    /// The secret for the sweeps was sent.
    pub sweep_sent_ns: u64,
    /// The last root of the sweeps was received.
    pub sweeps_received_ns: u64,
    /// The secret for the openings and the later beacon were sent.
    pub open_sent_ns: u64,
    /// The last opened tile was received. Nothing is judged by it.
    pub openings_received_ns: u64,
    /// The shortest round trip that was measured; 0 if none was. Context, and judged by nobody.
    pub round_trip_min_ns: u64,
    /// The median round trip; 0 if none was measured.
    pub round_trip_median_ns: u64,
}

impl Times {
    /// Returns how long all rounds took.
    pub fn rounds_ns(&self) -> u64 {
        self.rounds_received_ns.saturating_sub(self.challenge_sent_ns)
    }

    /// Returns how long all sweeps took.
    pub fn sweeps_ns(&self) -> u64 {
        self.sweeps_received_ns.saturating_sub(self.sweep_sent_ns)
    }

    /// Returns whether no step came before the one that it follows.
    pub fn is_in_order(&self) -> bool {
        self.moments().is_sorted()
    }

    fn moments(&self) -> [u64; 6] {
        [
            self.challenge_sent_ns,
            self.rounds_received_ns,
            self.sweep_sent_ns,
            self.sweeps_received_ns,
            self.open_sent_ns,
            self.openings_received_ns,
        ]
    }

    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        let round_trips = [self.round_trip_min_ns, self.round_trip_median_ns];
        bytes.extend(self.moments().iter().chain(&round_trips).flat_map(|time| time.to_le_bytes()));
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            challenge_sent_ns: fields.u64(),
            rounds_received_ns: fields.u64(),
            sweep_sent_ns: fields.u64(),
            sweeps_received_ns: fields.u64(),
            open_sent_ns: fields.u64(),
            openings_received_ns: fields.u64(),
            round_trip_min_ns: fields.u64(),
            round_trip_median_ns: fields.u64(),
        }
    }
}
