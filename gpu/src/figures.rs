//! What a right attempt proves, as lower bounds. All of it is integer arithmetic, rounded down.

use crate::parameters::Parameters;
use crate::times::Times;

/// The version of the formulas. A stored figure names it.
pub const FIGURES_VERSION: u16 = 1;
/// Operations a second of a prover that may compute missing tiles anew during a sweep: more than the int8 units of any
/// single card sold by November 2026 do (B200: 4.5 * 10^15).
pub const REGENERATION_PER_SECOND: u64 = 5_000_000_000_000_000;

const MILLION: u64 = 1_000_000;
const NANOSECONDS: u128 = 1_000_000_000;

/// What a right attempt proves of everything that the hotkey could reach meanwhile, in the sense of [`right_ppm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Multiplications and additions of int8 a second, over all rounds.
    pub int8_ops_per_second: u64,
    /// Bytes that were in memory during the sweeps.
    pub resident_bytes: u64,
    /// Bytes a second that were read of them.
    pub bytes_per_second: u64,
}

impl Figures {
    /// Returns what an attempt with these parameters and times proves if its tiles are right.
    pub fn of(numbers: &Parameters, times: &Times) -> Self {
        let rounds_ns = u128::from(times.rounds_ns().max(1));
        let done = u128::from(right_ppm(numbers.round_openings)) * operations(numbers);
        let resident_bytes = resident_bytes(numbers, times);
        let read = u128::from(resident_bytes) * u128::from(numbers.sweeps);
        Self {
            int8_ops_per_second: narrow(done * (NANOSECONDS / u128::from(MILLION)) / rounds_ns),
            resident_bytes,
            bytes_per_second: narrow(read * NANOSECONDS / u128::from(times.sweeps_ns().max(1))),
        }
    }

    /// Returns the operations a second in 10^12.
    pub fn int8_tops(&self) -> f64 {
        self.int8_ops_per_second as f64 / 1e12
    }
}

/// Returns the part of all tiles, in millionths, that is right with a confidence of 99 %: whoever has no more right
/// passes `openings` draws in less than one of a hundred attempts.
pub fn right_ppm(openings: u32) -> u32 {
    let (mut few, mut enough) = (0, 1_000_000);
    while few + 1 < enough {
        let middle = u32::midpoint(few, enough);
        if passes_one_of_hundred(middle, openings) {
            enough = middle;
        } else {
            few = middle;
        }
    }
    few
}

/// Returns whether (ppm / 10^6)^openings is at least 1/100, in 32 binary places, each product rounded down.
fn passes_one_of_hundred(ppm: u32, openings: u32) -> bool {
    let mut chance: u64 = 1 << 32;
    for _ in 0..openings {
        chance = chance * u64::from(ppm) / MILLION;
    }
    chance * 100 >= 1 << 32
}

/// Whoever lacks a part of the kept tiles computes it anew in each sweep, for each has another key: in the time of
/// all sweeps that is at most what [`REGENERATION_PER_SECOND`] allows. Another part can be filled with anything: the
/// openings bound that. A cheat does both, so the parts add up.
fn resident_bytes(numbers: &Parameters, times: &Times) -> u64 {
    let all = u128::from(numbers.sweeps)
        * u128::from(numbers.kept_rounds)
        * u128::from(numbers.operations_per_round());
    let anew = u128::from(REGENERATION_PER_SECOND) * u128::from(times.sweeps_ns()) / NANOSECONDS;
    let anew_ppm = (anew * u128::from(MILLION)).div_ceil(all.max(1)).min(u128::from(MILLION));
    let wrong_ppm = u128::from(MILLION) - u128::from(right_ppm(numbers.sweep_openings));
    let there_ppm = u128::from(MILLION).saturating_sub(anew_ppm + wrong_ppm);
    narrow(u128::from(numbers.kept_bytes()) * there_ppm / u128::from(MILLION))
}

/// Returns the operations a second that these attempts prove together, if one validator's clock timed all of them: no
/// prover, however it divides itself among them, did less. Attempts that ran one after the other prove no more than
/// each alone.
pub fn ops_per_second_together(attempts: &[(Parameters, Times)]) -> u64 {
    let begin = attempts.iter().map(|(_, times)| times.challenge_sent_ns).min();
    let end = attempts.iter().map(|(_, times)| times.rounds_received_ns).max();
    let (Some(begin), Some(end)) = (begin, end) else { return 0 };
    let done = |(numbers, _): &(Parameters, Times)| {
        u128::from(right_ppm(numbers.round_openings)) * operations(numbers) / u128::from(MILLION)
    };
    let all: u128 = attempts.iter().map(done).sum();
    narrow(all * NANOSECONDS / u128::from(end.saturating_sub(begin).max(1)))
}

/// Returns the bytes that were in memory at one moment, for attempts timed by one validator. They add up only if all
/// sweeps began after all rounds had ended: and even then one memory can serve two attempts in turn, with each product
/// computed anew once in between, so what can be computed in all that time is taken off.
pub fn resident_bytes_together(attempts: &[(Parameters, Times)]) -> u64 {
    let largest = attempts.iter().map(|(numbers, times)| Figures::of(numbers, times).resident_bytes).max();
    let rounds_ended = attempts.iter().map(|(_, times)| times.rounds_received_ns).max();
    let begin = attempts.iter().map(|(_, times)| times.sweep_sent_ns).min();
    let end = attempts.iter().map(|(_, times)| times.sweeps_received_ns).max();
    let smallest = attempts.iter().map(|(numbers, _)| numbers.size).min();
    let (Some(largest), Some(begin), Some(end), Some(size)) = (largest, begin, end, smallest) else {
        return 0;
    };
    if rounds_ended > Some(begin) {
        return largest;
    }
    let right = |(numbers, _): &(Parameters, Times)| {
        u128::from(numbers.kept_bytes()) * u128::from(right_ppm(numbers.sweep_openings)) / u128::from(MILLION)
    };
    let all: u128 = attempts.iter().map(right).sum();
    // 2 * n^2 bytes for 2 * n^3 operations.
    let anew = u128::from(REGENERATION_PER_SECOND) * u128::from(end.saturating_sub(begin))
        / NANOSECONDS
        / u128::from(size);
    largest.max(narrow(all.saturating_sub(anew)))
}

fn operations(numbers: &Parameters) -> u128 {
    u128::from(numbers.rounds) * u128::from(numbers.operations_per_round())
}

fn narrow(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// 300 rounds in 5 s, 86 of them kept, 16 sweeps in 0.4 s.
    fn full() -> (Parameters, Times) {
        let numbers = Parameters::FULL;
        let times = Times {
            challenge_sent_ns: 100 * SECOND,
            rounds_received_ns: 105 * SECOND,
            sweep_sent_ns: 106 * SECOND,
            sweeps_received_ns: 106 * SECOND + 2 * SECOND / 5,
            ..Times::default()
        };
        (numbers, times)
    }

    #[test]
    fn what_is_right_at_99_percent_is_the_root_of_a_hundredth() {
        for openings in [1, 2, 7, 64, 128, 256, 1024] {
            let exact = 0.01_f64.powf(1.0 / f64::from(openings)) * 1e6;
            assert!((f64::from(right_ppm(openings)) - exact).abs() < 2.0, "{openings}");
        }
        assert_eq!((right_ppm(0), right_ppm(1), right_ppm(128)), (0, 10_000, 964_661));
    }

    #[test]
    fn figures_are_below_what_was_done() {
        let (numbers, times) = full();
        let figures = Figures::of(&numbers, &times);
        let done = 300.0 * 2.0 * 20_480_f64.powi(3) / 5.0 / 1e12;
        assert!(figures.int8_tops() < done && figures.int8_tops() > 0.96 * done);
        // 2 * 10^15 operations in 0.4 s, against 2.36 * 10^16 to compute everything anew in every sweep.
        let part = figures.resident_bytes as f64 / numbers.kept_bytes() as f64;
        let anew = 2e15 / (16.0 * 86.0 * 17_179_869_184_000.0);
        assert!((part - (0.964_661 - anew)).abs() < 2e-6, "{part}");
        assert_eq!(figures.bytes_per_second, figures.resident_bytes * 16 * 5 / 2);
    }

    #[test]
    fn a_slow_sweep_proves_no_memory_and_a_clock_of_zero_does_not_divide() {
        let (numbers, mut times) = full();
        times.sweeps_received_ns += 10 * SECOND;
        assert_eq!(Figures::of(&numbers, &times).resident_bytes, 0);
        let none = Parameters { kept_rounds: 0, sweeps: 0, sweep_openings: 0, ..numbers };
        let figures = Figures::of(&none, &Times::default());
        assert_eq!((figures.resident_bytes, figures.bytes_per_second), (0, 0));
    }

    #[test]
    fn attempts_prove_more_together_only_if_they_ran_together() {
        let (numbers, times) = full();
        let alone = Figures::of(&numbers, &times);
        let by = |ns| Times {
            challenge_sent_ns: times.challenge_sent_ns + ns,
            rounds_received_ns: times.rounds_received_ns + ns,
            sweep_sent_ns: times.sweep_sent_ns + ns,
            sweeps_received_ns: times.sweeps_received_ns + ns,
            ..times
        };
        let rate = |ns| ops_per_second_together(&[(numbers, times), (numbers, by(ns))]);
        let close =
            |rate: u64, times: f64| (rate as f64 / alone.int8_ops_per_second as f64 - times).abs() < 1e-9;
        assert!(close(rate(0), 2.0) && close(rate(5 * SECOND), 1.0));
        // 98 GB can be computed anew in 0.4 s if a product takes 17 * 10^12 operations, and 31 GB if it takes 563.
        let bytes = |numbers, ns| resident_bytes_together(&[(numbers, times), (numbers, by(ns))]);
        assert_eq!(bytes(numbers, 0), alone.resident_bytes);
        let larger = Parameters { size: 65_536, kept_rounds: 8, ..numbers };
        let right = larger.kept_bytes() * 964_661 / 1_000_000;
        assert_eq!(bytes(larger, 0), 2 * right - 2_000_000_000_000_000 / 65_536);
        // The second began its sweeps too late, or the first before the second had done its rounds.
        let alone = Figures::of(&larger, &times);
        assert_eq!(bytes(larger, SECOND), alone.resident_bytes);
        assert_eq!(bytes(larger, 2 * SECOND), alone.resident_bytes);
        assert_eq!((ops_per_second_together(&[]), resident_bytes_together(&[])), (0, 0));
    }
}
