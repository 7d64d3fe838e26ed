//! Clocks that somebody sets: the log says so, keeps its order, and never shuts its recorder out.

use std::sync::Arc;

use annals_log::{
    Body, Clock, ClockStepped, Envelope, Event, Hands, Log, OpenError, Options, StepSeen, decode,
};

use crate::scratch::{START_MS, Scratch, event, new_log, options};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

fn with(hands: &Arc<Hands>) -> Options {
    Options { clock: Clock::Hands(Arc::clone(hands)), ..options() }
}

/// The kinds of a log's entries from `first` on, each with when it was recorded.
fn told(scratch: &Scratch, first: usize) -> Vec<(String, i64)> {
    let entries = scratch.entries();
    let told = entries[first..].iter().map(|entry| {
        let envelope = Envelope::decode(entry).unwrap();
        (envelope.kind.to_string(), envelope.recorded_at_ms)
    });
    told.collect()
}

fn steps(scratch: &Scratch) -> Vec<ClockStepped> {
    let mut steps = Vec::new();
    for entry in scratch.entries() {
        let envelope = Envelope::decode(&entry).unwrap();
        if envelope.kind.name() == Some("clock_stepped") {
            let Body::Inline(body) = envelope.body else { panic!() };
            steps.push(decode(body).unwrap());
        }
    }
    steps
}

#[test]
fn a_clock_that_is_set_while_recording_is_told_before_what_comes_next() {
    let scratch = Scratch::new();
    let hands = Hands::at(START_MS);
    let mut log = Log::create(scratch.root(), new_log(), with(&hands)).unwrap();
    hands.pass(DAY_MS);
    log.append(vec![event(1)]).unwrap();
    hands.step(HOUR_MS);
    log.append(vec![event(2)]).unwrap();
    hands.pass(3_000);
    hands.step(-2 * DAY_MS);
    let first = log.append(vec![Event { fetched_at_ms: START_MS - DAY_MS, ..event(3) }]).unwrap().first;
    log.close().unwrap();

    let (at, ahead) = (START_MS + DAY_MS, START_MS + DAY_MS + HOUR_MS);
    let expected = [
        ("kind 0x7f01", at),
        ("clock_stepped", ahead),
        ("kind 0x7f01", ahead),
        ("clock_stepped", ahead),
        ("kind 0x7f01", ahead),
        ("recorder_stopped", ahead),
    ];
    assert_eq!(told(&scratch, 2), expected.map(|(kind, at)| (kind.to_owned(), at)));
    let back = ahead + 3_000 - 2 * DAY_MS;
    let seen = StepSeen::Recording;
    assert_eq!(
        steps(&scratch),
        [
            ClockStepped { from_ms: at, to_ms: ahead, seen },
            ClockStepped { from_ms: ahead + 3_000, to_ms: back, seen },
        ]
    );
    // What the clock said of the answer stays what it said.
    let entry = scratch.reader().entry(first).unwrap();
    assert_eq!(Envelope::decode(&entry).unwrap().fetched_at_ms, START_MS - DAY_MS);
    assert!(scratch.verify().is_sound());
}

#[test]
fn a_batch_that_meets_a_step_is_the_batch_that_it_was() {
    let scratch = Scratch::new();
    let hands = Hands::at(START_MS);
    let mut log = Log::create(scratch.root(), new_log(), with(&hands)).unwrap();
    let batch = |after| annals_log::Batch { after, cursor: b"c".to_vec(), events: vec![event(1)] };
    hands.step(-HOUR_MS);
    let annals_log::Recorded::Now(appended) = log.record(batch(0)).unwrap() else { panic!() };
    assert_eq!(appended.size.0, appended.first.0 + 1, "a commit of its own");
    assert_eq!(log.record(batch(0)).unwrap(), annals_log::Recorded::Already);
    assert_eq!(log.memory("test").unwrap().sequence, 1);
}

#[test]
fn a_log_ahead_of_the_clock_goes_on_when_the_clock_is_declared_right() {
    let scratch = Scratch::new();
    let hands = Hands::at(START_MS + 3_650 * DAY_MS);
    Log::create(scratch.root(), new_log(), with(&hands)).unwrap().close().unwrap();
    let ahead = START_MS + 3_650 * DAY_MS;
    let hands = Hands::at(START_MS);
    let refused = Log::open(scratch.root(), with(&hands));
    assert!(matches!(refused, Err(OpenError::ClockBehind { ahead_s: 315_360_000 })));

    let declared = || Options { clock_is_right: true, ..with(&hands) };
    let mut log = Log::open(scratch.root(), declared()).unwrap();
    assert_eq!(log.append(vec![event(1)]).unwrap().recorded_at_ms, ahead, "time never runs back");
    log.close().unwrap();
    let seen = StepSeen::Declared;
    assert_eq!(steps(&scratch), [ClockStepped { from_ms: ahead, to_ms: START_MS, seen }]);
    let kinds: Vec<_> = told(&scratch, 3).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds[..2], ["recorder_started", "clock_stepped"]);

    // It has said so: nobody has to say it again, unless the clock goes back further.
    hands.pass(DAY_MS);
    Log::open(scratch.root(), with(&hands)).unwrap().close().unwrap();
    assert_eq!(steps(&scratch).last().unwrap().seen, StepSeen::Opening);
    hands.step(-2 * DAY_MS);
    assert!(matches!(Log::open(scratch.root(), with(&hands)), Err(OpenError::ClockBehind { .. })));

    // Until the clock has passed it.
    hands.step(2 * DAY_MS);
    hands.pass(3_650 * DAY_MS);
    let log = Log::open(scratch.root(), declared()).unwrap();
    assert_eq!(log.close().unwrap().recorded_at_ms, START_MS + 3_651 * DAY_MS);
    assert_eq!(steps(&scratch).len(), 2, "a clock that is not behind is no step");
    assert!(scratch.verify().is_sound());
}

#[test]
fn a_recorder_that_recorded_how_its_clock_went_back_starts_again() {
    let scratch = Scratch::new();
    let hands = Hands::at(START_MS);
    let mut log = Log::create(scratch.root(), new_log(), with(&hands)).unwrap();
    hands.step(-2 * DAY_MS);
    log.append(vec![event(1)]).unwrap();
    log.close().unwrap();
    hands.pass(5_000);
    let log = Log::open(scratch.root(), with(&hands)).unwrap();
    assert_eq!(log.close().unwrap().recorded_at_ms, START_MS);
}

#[test]
fn a_clock_a_little_behind_the_log_is_told_and_no_reason_to_stop() {
    let scratch = Scratch::new();
    Log::create(scratch.root(), new_log(), with(&Hands::at(START_MS))).unwrap().close().unwrap();
    let second_behind = Hands::at(START_MS - 1_000);
    Log::open(scratch.root(), with(&second_behind)).unwrap().close().unwrap();
    assert_eq!(steps(&scratch), []);
    let minutes_behind = Hands::at(START_MS - 300_000);
    Log::open(scratch.root(), with(&minutes_behind)).unwrap().close().unwrap();
    let (from_ms, to_ms) = (START_MS, START_MS - 300_000);
    assert_eq!(steps(&scratch), [ClockStepped { from_ms, to_ms, seen: StepSeen::Opening }]);
}
