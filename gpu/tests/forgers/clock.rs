//! Provers that are right and late, and one prover for two hotkeys.

use annals_gpu::{CpuProver, Figures, Outcome, Parameters, Phase, Times, ops_per_second_together};

use super::rate::Rate;
use crate::attempt::{Asked, MILLISECOND, MINER, OTHER_MINER, SMALL, VALIDATOR, account, outcome};
use crate::seed::random;

/// What the prover of these tests takes for all rounds if it does nothing else; the limit leaves it half as much
/// again.
const ALONE_MS: u64 = 600;
const LIMITED: Parameters = Parameters { rounds_ms_max: 900, ..SMALL };

/// Returns the times of an attempt that was asked at `from_ms`, and took so long.
fn times(from_ms: u64, rounds_ms: u64) -> Times {
    let at = |ms| (1_790_000_000_000 + from_ms + ms) * MILLISECOND;
    Times {
        challenge_sent_ns: at(0),
        rounds_received_ns: at(rounds_ms),
        sweep_sent_ns: at(rounds_ms),
        sweeps_received_ns: at(rounds_ms + 10),
        open_sent_ns: at(30_000),
        openings_received_ns: at(30_100),
        ..Times::default()
    }
}

fn attempt(random: &mut fastrand::Rng, other: bool, times: Times) -> Outcome {
    let mut asked = Asked::new(random, LIMITED);
    let miner = if other { &OTHER_MINER } else { &MINER };
    asked.challenge.miner = account(miner);
    let mut transcript = asked.run_as(CpuProver::new(LIMITED), miner);
    transcript.times = times;
    transcript.sign(&VALIDATOR);
    outcome(&transcript)
}

#[test]
fn a_slow_prover_is_slow_and_its_figures_say_so() {
    let mut random = random("slow prover");
    let mut rate = Rate::of("slow prover, twice the time");
    for _ in 0..5 {
        rate.seed();
        let found = attempt(&mut random, false, times(0, 2 * ALONE_MS));
        assert_eq!(found, Outcome::Slow(Phase::Rounds));
        rate.count(found);
    }
    rate.is_always_caught();
    let [slow, fast] = [2, 1].map(|factor| Figures::of(&LIMITED, &times(0, factor * ALONE_MS)));
    assert_eq!(slow.int8_ops_per_second, fast.int8_ops_per_second / 2);
}

/// Two hotkeys share a prover. Asked in one window it has to do both at once, in whatever turns; asked apart it has
/// all its time for each. This is why there are windows.
#[test]
fn two_hotkeys_on_one_prover_are_caught_together_and_not_apart() {
    let mut random = random("two hotkeys");
    let mut rate = Rate::of("two hotkeys on one prover, asked together");
    for _ in 0..5 {
        rate.seed();
        // In turns, both end late; one after the other, the second does.
        for (first_ms, second_ms) in [(2 * ALONE_MS, 2 * ALONE_MS), (ALONE_MS, 2 * ALONE_MS)] {
            let first = attempt(&mut random, false, times(0, first_ms));
            let second = attempt(&mut random, true, times(0, second_ms));
            rate.count(if first == Outcome::Passed { second } else { first });
        }
    }
    rate.is_always_caught();
    let apart = [times(0, ALONE_MS), times(60_000, ALONE_MS)];
    let found = [attempt(&mut random, false, apart[0]), attempt(&mut random, true, apart[1])];
    assert_eq!(found, [Outcome::Passed; 2]);

    // With a limit that lets both pass, the figures of both together are still those of one prover.
    let alone = Figures::of(&LIMITED, &times(0, ALONE_MS)).int8_ops_per_second;
    let together = |all: [Times; 2]| ops_per_second_together(&all.map(|times| (LIMITED, times)));
    let shared = together([times(0, 2 * ALONE_MS), times(0, 2 * ALONE_MS)]);
    assert!(shared.abs_diff(alone) <= 1 && together(apart) < alone);
    let two_provers = together([times(0, ALONE_MS), times(0, ALONE_MS)]);
    assert!(two_provers.abs_diff(2 * alone) <= 2);
}
