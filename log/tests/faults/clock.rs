//! Clocks that are set at random, while a log is recorded to and between sessions.

use std::sync::Arc;

use annals_log::{Clock, Envelope, Event, Hands, Log, OpenError, Options, Verification};

use super::trials::{each, wanted};
use super::world::held;
use crate::scratch::{START_MS, Scratch, all_entries, event, new_log};

const ACTIONS: usize = 40;
const HOUR_MS: i64 = 3_600_000;
/// By how much a clock is set.
const STEPS_MS: [i64; 6] =
    [HOUR_MS, -HOUR_MS, 48 * HOUR_MS, -48 * HOUR_MS, 87_600 * HOUR_MS, -87_600 * HOUR_MS];

fn with(hands: &Arc<Hands>, clock_is_right: bool) -> Options {
    Options { clock: Clock::Hands(Arc::clone(hands)), clock_is_right, ..held() }
}

/// A recorder that starts again; where the log is ahead of the clock, its operator declares that the clock is right.
fn reopened(scratch: &Scratch, hands: &Arc<Hands>) -> Log {
    match Log::open(scratch.root(), with(hands, false)) {
        Err(OpenError::ClockBehind { .. }) => Log::open(scratch.root(), with(hands, true)).unwrap(),
        opened => opened.unwrap(),
    }
}

/// What the log has of test events: when each was fetched; and how often it says that the clock stepped.
fn told(scratch: &Scratch) -> (Vec<i64>, usize) {
    let (mut fetched, mut steps, mut recorded_at_ms) = (Vec::new(), 0, i64::MIN);
    for entry in all_entries(&scratch.reader()) {
        let envelope = Envelope::decode(&entry).unwrap();
        assert!(envelope.recorded_at_ms >= recorded_at_ms, "recorded times never decrease");
        recorded_at_ms = envelope.recorded_at_ms;
        match envelope.source {
            "test" => fetched.push(envelope.fetched_at_ms),
            _ => steps += usize::from(envelope.kind.name() == Some("clock_stepped")),
        }
    }
    (fetched, steps)
}

/// One walk: appends, sets the clock, lets it pass, closes and opens, in any order.
fn walk(mut rng: fastrand::Rng) {
    let (scratch, hands) = (Scratch::new(), Hands::at(START_MS));
    let mut log = Log::create(scratch.root(), new_log(), with(&hands, false)).unwrap();
    let (mut fetched, mut steps, mut stepped_ms) = (Vec::new(), 0, 0);
    for _ in 0..ACTIONS {
        match rng.u8(..4) {
            0 => {
                let step_ms = STEPS_MS[rng.usize(..STEPS_MS.len())];
                hands.step(step_ms);
                stepped_ms += step_ms;
            }
            1 => hands.pass(rng.i64(1..10 * HOUR_MS)),
            2 => {
                let fetched_at_ms = with(&hands, false).clock.now_ms();
                log.append(vec![Event { fetched_at_ms, ..event(fetched.len() as u64) }]).unwrap();
                fetched.push(fetched_at_ms);
                // Set by as much forth and back between two commits, it was not set.
                steps += usize::from(stepped_ms != 0);
                stepped_ms = 0;
            }
            _ => {
                log.close().unwrap();
                log = reopened(&scratch, &hands);
                stepped_ms = 0;
            }
        }
    }
    log.close().unwrap();
    let (found, told) = told(&scratch);
    assert_eq!(found, fetched, "what the clock said of each answer");
    assert!(told >= steps, "{told} of {steps} steps are told");
    let verified = Verification::default().run(scratch.root()).unwrap();
    assert!(verified.is_sound(), "{:?}", verified.faults);
}

#[test]
fn a_clock_that_is_set_at_random_makes_up_no_time_and_shuts_nobody_out() {
    let mut rng = crate::scratch::seeded("a clock set at random");
    let seeds: Vec<_> = (0..wanted().div_ceil(20)).map(|_| rng.u64(..)).collect();
    each(0..seeds.len(), |trial| walk(fastrand::Rng::with_seed(seeds[trial])), |_, ()| {});
}
