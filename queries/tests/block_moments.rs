//! Tables as they were right behind a block.

use annals_log::Event;
use annals_projections::{TableSchema, TableSnapshot};
use annals_queries::{Limits, Moment, QueryError};

use crate::recorded_chain::{block, made_at_ms, retracted, state};
use crate::scratch::{
    HOTKEYS, Opened, START_MS, STEP_MS, Scratch, ask, folded, history_row, hotkeys, refusal, rows,
};

/// A table of the chain that has what that of the hotkeys has.
static NEURONS: TableSchema = TableSchema { name: "neurons", follows_chain_alone: true, ..HOTKEYS };

/// Of the hotkeys in any log, as they stood at its first six sizes.
fn session(scratch: &Scratch) -> Opened {
    let neurons = TableSnapshot { schema: &NEURONS, ..hotkeys() };
    scratch.session_with(vec![hotkeys(), neurons], Limits::default())
}

fn size_behind(scratch: &Scratch, number: u64) -> Result<u64, QueryError> {
    let reader = scratch.reader();
    Moment::Block(number).place(&reader, &folded(&reader)).map(|place| place.size.0)
}

/// Blocks that were made when the log was begun, a minute before the first of its commits.
fn on_time(commit: Vec<Event>) -> Vec<Event> {
    let made = |event: Event| Event { observed_at_ms: event.observed_at_ms.map(|_| START_MS), ..event };
    commit.into_iter().map(made).collect()
}

#[test]
fn a_block_is_what_stood_right_behind_its_entry() {
    let first = on_time(vec![history_row("a", 1, "{}"), block(70, 1)]);
    let session = session(&Scratch::with(vec![first, on_time(vec![block(71, 2)])]));
    let at = |block: u64| format!("SELECT hotkey FROM penalized_hotkeys_at('block', {block})");
    assert_eq!(rows(&session, &at(70)), ["5New", "5Gone"]);
    assert_eq!(rows(&session, &at(71)), ["5New", "5Late"]);
    assert_eq!(refusal(&session, &at(72)), "this log has no block 72; ask with 'time' or 'size'");
}

#[test]
fn the_state_behind_a_block_belongs_to_it_even_when_it_comes_later() {
    let scratch = Scratch::with(vec![
        on_time(vec![block(70, 1), history_row("a", 1, "{}")]),
        on_time(vec![state(70, 1), Event { block: Some(70), ..history_row("a", 2, "{}") }]),
        on_time(vec![block(71, 2)]),
    ]);
    assert_eq!(size_behind(&scratch, 70).unwrap(), 5);
    assert_eq!(size_behind(&scratch, 71).unwrap(), 7);
    let reader = scratch.reader();
    let note = Moment::Block(70).place(&reader, &folded(&reader)).unwrap().note.unwrap();
    assert!(note.starts_with("size 5 lies inside a commit"), "{note}");
}

#[test]
fn a_block_that_was_taken_back_is_none_until_it_is_recorded_again() {
    let taken_back =
        vec![on_time(vec![block(69, 9), block(70, 1)]), on_time(vec![state(70, 1), retracted(70, 1)])];
    let scratch = Scratch::with(taken_back.clone());
    let error = size_behind(&scratch, 70).unwrap_err();
    assert_eq!(error.to_string(), "this log has no block 70; ask with 'time' or 'size'");
    assert_eq!(size_behind(&scratch, 69).unwrap(), 3);
    for byte in [1, 2] {
        // The last state is that of the other block, which is none, or was taken back.
        let again = on_time(vec![block(70, byte), state(70, byte), state(70, 3 - byte)]);
        let scratch = Scratch::with([taken_back.clone(), vec![again]].concat());
        assert_eq!(size_behind(&scratch, 70).unwrap(), 8, "{byte}");
    }
}

#[test]
fn behind_a_backfilled_block_only_tables_of_the_chain_are_known() {
    // Recorded a minute behind the start: ten minutes after the first was made, and a millisecond more after the
    // second.
    let made = |event, ms| Event { observed_at_ms: Some(ms), ..event };
    let recorded_ms = START_MS + STEP_MS;
    let scratch = Scratch::with(vec![vec![
        made(block(69, 1), recorded_ms - 600_000),
        made(block(70, 2), recorded_ms - 600_001),
        Event { observed_at_ms: None, ..block(71, 3) },
    ]]);
    let session = session(&scratch);
    let at = |table: &str, block: u64| format!("SELECT hotkey FROM {table}_at('block', {block})");
    assert_eq!(rows(&session, &at("penalized_hotkeys", 69)), ["5Old", "5Gone"]);
    for block in [69, 70, 71] {
        assert!(!rows(&session, &at("neurons", block)).is_empty());
    }
    let error = ask(&session, &at("penalized_hotkeys", 70)).unwrap_err();
    assert!(matches!(error, QueryError::Moment(_)), "{error}");
    assert_eq!(
        error.to_string(),
        "block 70 was backfilled: the log had it only at 2026-01-01T00:01:00Z, and it was made at 2025-12-31T23:50:59.999Z. \
         Tables of the chain can be asked for as of it, as neurons_at('block', 70); for any other ask with 'time'"
    );
    let unknown = refusal(&session, &at("penalized_hotkeys", 71));
    assert!(unknown.contains("made at a time that it does not say"), "{unknown}");
    // The whole log as it stood there is more than the chain.
    assert!(size_behind(&scratch, 69).is_ok());
    assert!(matches!(size_behind(&scratch, 70), Err(QueryError::Moment(_))));
}

#[test]
fn a_state_told_too_late_is_of_another_time_than_its_block() {
    let scratch = Scratch::new();
    let mut log = scratch.create();
    log.append(vec![block(0, 1)]).unwrap();
    (0..11).for_each(|_| scratch.tick());
    log.append(vec![block(55, 2)]).unwrap();
    assert_eq!(made_at_ms(55), START_MS + 11 * STEP_MS);
    assert!(size_behind(&scratch, 0).is_ok());
    log.append(vec![state(0, 1)]).unwrap();
    log.close().unwrap();
    assert!(matches!(size_behind(&scratch, 0), Err(QueryError::Moment(_))));
    assert_eq!(size_behind(&scratch, 55).unwrap(), 4);
}
