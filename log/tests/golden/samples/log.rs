//! What the log says of itself, and policies.

use annals_log::{
    ClockStepped, Event, Hash, LOG_SOURCE, LogOpened, PastRows, Policy, ProjectionState,
    ProjectionStateRetracted, QueryableUid, RecorderStarted, RecorderStopped, StepSeen, Upstream, Validators,
    encode,
};

use crate::scratch::START_MS;

pub(super) fn events(opened: &LogOpened) -> Vec<Event> {
    let recorder = "annals test".to_owned();
    let started = RecorderStarted { recorder: recorder.clone(), adopted_entries: 3, cut_bytes: 300 };
    let stopped = RecorderStopped { recorder };
    let own = vec![
        Event::new(LOG_SOURCE, "", START_MS, opened),
        Event::new(LOG_SOURCE, "", START_MS, &started),
        Event::new(LOG_SOURCE, "", START_MS, &stopped),
    ];
    [own, of_tables(), of_the_clock()].concat()
}

/// What tables are folded under, and what they were.
fn of_tables() -> Vec<Event> {
    let uid = |uid, hotkey: Option<&str>| QueryableUid { uid, hotkey: hotkey.map(str::to_owned) };
    let declared = Policy {
        upstream: Upstream::V1_8_3,
        flag: false,
        validators: Validators::Declared(vec!["5F9K".into()]),
        queryable: Some(vec![uid(7, Some("5GVo")), uid(300, None)]),
        blacklisted_hotkeys: vec!["5Hdc".into()],
        ..Policy::of_upstream(27)
    };
    let (policy_sha256, root) = (declared.digest().0, Hash::of(b"root").0);
    let past = Some(PastRows { rows: 300, root: Hash::of(b"past").0 });
    let state = ProjectionState { version: 1, policy_sha256, at_size: 20, root, past };
    // As it was written before a state root named rows that stood.
    let old_state = Event {
        schema: 1,
        body: encode(&(1_u16, policy_sha256, 20_u64, root)),
        ..Event::new(LOG_SOURCE, "stats", START_MS, &state)
    };
    let retracted = ProjectionStateRetracted { log_index: 2, why: "the entries give other rows".into() };
    vec![
        Event::new("policy", "", START_MS, &Policy::of_upstream(27)),
        Event::new("policy", "", START_MS, &declared),
        old_state,
        Event::new(LOG_SOURCE, "stats", START_MS, &state),
        Event::new(LOG_SOURCE, "stats", START_MS, &retracted),
    ]
}

/// A step of the clock, in each way in which it may be noticed.
fn of_the_clock() -> Vec<Event> {
    let seen = [StepSeen::Recording, StepSeen::Opening, StepSeen::Declared];
    let step = |seen| ClockStepped { from_ms: START_MS, to_ms: START_MS - 172_800_000, seen };
    seen.map(|seen| Event::new(LOG_SOURCE, "", START_MS, &step(seen))).into()
}
