//! Blocks, their events and extrinsics: as recorded, and without what was taken back.

use annals_log::{CallOutcome, ChainCall, ChainOutage, Event, EventPhase, NodeTrouble, ToldExtrinsic};

use annals_queries::QueryError;

use crate::facts::counted;
use crate::recorded_chain::{
    block, block_of, call, event, extrinsic, fact, hash, made_at_ms, retracted, state,
};
use crate::scratch::{START_MS, Scratch, ask, history_row, plan, refusal, rows};

/// Entry 2 is block 5, 3 is 6; both are taken back by 5 and 4; 6 is another block 5, 7 is the same block 6 again.
fn reorganised() -> Scratch {
    Scratch::with(vec![
        vec![block(5, 0xa5), block(6, 0xa6)],
        vec![retracted(6, 0xa6), retracted(5, 0xa5), block(5, 0xb5)],
        vec![block(6, 0xa6)],
    ])
}

#[test]
fn a_block_shows_its_header_and_how_much_is_in_it() {
    let session = Scratch::with(vec![vec![block(70, 0xaa)]]).session();
    let own =
        "SELECT block_number, block_hash, block_time, is_backfilled, has_raw_events, log_index FROM blocks";
    assert_eq!(rows(&session, own), [format!("70|{}|2026-01-01T00:14:00Z|false|false|2", hash(0xaa))]);
    let header = "SELECT parent_hash, state_root, extrinsics_root, updates_runtime FROM blocks";
    assert_eq!(rows(&session, header), [format!("{}|{}|{}|true", hash(1), hash(2), hash(3))]);
    let counts = "SELECT spec_version, metadata_sha256, event_count, extrinsic_count FROM blocks";
    assert_eq!(rows(&session, counts), [format!("101|{}|9|3", "04".repeat(32))]);
    let times = "SELECT fetched_at, recorded_at FROM blocks";
    assert_eq!(rows(&session, times), ["2026-01-01T00:14:04Z|2026-01-01T00:01:00Z"]);
}

#[test]
fn a_block_fetched_over_ten_minutes_late_is_backfilled() {
    let fetched = |after_ms| Event { fetched_at_ms: made_at_ms(5) + after_ms, ..block(5, 1) };
    let timeless = Event { observed_at_ms: None, ..block(0, 2) };
    let raw = Event { attached: vec![b"events".to_vec().into()], ..fetched(0) };
    let session = Scratch::with(vec![vec![fetched(600_000), fetched(600_001), timeless, raw]]).session();
    let shown = rows(&session, "SELECT is_backfilled, block_time IS NULL, has_raw_events FROM blocks");
    assert_eq!(shown, ["false|false|false", "true|false|false", "|true|false", "false|false|true"]);
}

#[test]
fn events_say_when_they_were_deposited() {
    let events = [EventPhase::Initialization, EventPhase::Extrinsic(2), EventPhase::Finalization];
    let events = (0..).zip(events).map(|(index, phase)| event(index * 3, phase)).collect();
    let session = Scratch::with(vec![vec![block_of(7, 1, &annals_log::ChainBlock { events, ..fact(7) })]]);
    let sql = "SELECT block_number, event_index, phase, extrinsic_index, pallet, event, log_index FROM chain_events";
    assert_eq!(
        rows(&session.session(), sql),
        [
            "7|0|initialization||SubtensorModule|PrometheusServed|2",
            "7|3|extrinsic|2|SubtensorModule|PrometheusServed|2",
            "7|6|finalization||SubtensorModule|PrometheusServed|2"
        ]
    );
    let fields = "SELECT DISTINCT block_hash, block_time, fields->>'netuid', fields FROM chain_events";
    let value = r#"{"netuid":27,"value":340282366920938463463374607431768211455}"#;
    assert_eq!(rows(&session.session(), fields), [format!("{}|2026-01-01T00:01:24Z|27|{value}", hash(1))]);
}

#[test]
fn extrinsics_say_who_called_what_and_what_came_of_it() {
    let inherent = ChainCall { signer: None, outcome: CallOutcome::Succeeded, ..call() };
    let untold = ChainCall { outcome: CallOutcome::Untold, ..call() };
    let extrinsics = vec![
        extrinsic(0, ToldExtrinsic::Call(inherent)),
        extrinsic(1, ToldExtrinsic::Call(call())),
        extrinsic(2, ToldExtrinsic::Undecoded("leftover bytes".into())),
        extrinsic(3, ToldExtrinsic::Call(untold)),
    ];
    let block = block_of(7, 1, &annals_log::ChainBlock { extrinsics, ..fact(7) });
    let session = Scratch::with(vec![vec![block]]).session();
    let sql = "SELECT extrinsic_index, signer, pallet, call, args, outcome, error, undecoded FROM extrinsics";
    let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    let what = r#"SubtensorModule|serve_prometheus|{"netuid":27}"#;
    assert_eq!(
        rows(&session, sql),
        [
            format!("0||{what}|succeeded||"),
            format!("1|{alice}|{what}|failed|SubtensorModule.InvalidPort|"),
            "2|||||||leftover bytes".to_owned(),
            format!("3|{alice}|{what}|untold||")
        ]
    );
    let of =
        "SELECT DISTINCT block_number, block_hash, block_time, extrinsic_hash, log_index FROM extrinsics";
    assert_eq!(rows(&session, of), [format!("7|{}|2026-01-01T00:01:24Z|{}|2", hash(1), hash(6))]);
}

#[test]
fn what_a_later_annals_wrote_of_a_block_is_unknown_and_the_block_is_not() {
    let later = Event { schema: 2, ..block(5, 1) };
    let no_header = block_of(6, 2, &annals_log::ChainBlock { header: vec![9], ..fact(6) });
    let session = Scratch::with(vec![vec![later, no_header]]).session();
    let sql = "SELECT block_number, spec_version, state_root, updates_runtime, log_index FROM blocks";
    assert_eq!(rows(&session, sql), ["5||||2", "6|101|||3"]);
    assert_eq!(rows(&session, "SELECT DISTINCT block_number FROM chain_events"), ["6"]);
    assert_eq!(rows(&session, "SELECT DISTINCT block_number FROM extrinsics"), ["6"]);
}

#[test]
fn what_was_taken_back_is_recorded_and_does_not_count() {
    let session = reorganised().session();
    let shown = |table: &str| rows(&session, &format!("SELECT block_number, log_index FROM {table}"));
    assert_eq!(shown("recorded_blocks"), ["5|2", "6|3", "5|6", "6|7"]);
    assert_eq!(shown("blocks"), ["5|6", "6|7"]);
    assert_eq!(shown("blocks WHERE log_index = 3"), [""; 0]);
    assert_eq!(shown("blocks WHERE log_index > 3 LIMIT 1"), ["5|6"]);
    for [recorded, counted] in
        [["recorded_chain_events", "chain_events"], ["recorded_extrinsics", "extrinsics"]]
    {
        let blocks =
            |table: &str| rows(&session, &format!("SELECT DISTINCT log_index FROM {table} ORDER BY 1"));
        assert_eq!(blocks(recorded), ["2", "3", "6", "7"]);
        assert_eq!(blocks(counted), ["6", "7"]);
    }
}

#[test]
fn a_retraction_names_the_entry_that_it_takes_back() {
    let session = reorganised().session();
    let sql =
        "SELECT block_number, block_hash, replaced_by, retracted_index, log_index FROM block_retractions";
    let row = |number, byte, index, at| format!("{number}|{}|{}|{index}|{at}", hash(byte), hash(0xee));
    assert_eq!(rows(&session, sql), [row(6, 0xa6, 3, 4), row(5, 0xa5, 2, 5)]);
    assert_eq!(rows(&session, &format!("{sql} WHERE log_index = 5")), [row(5, 0xa5, 2, 5)]);
    assert_eq!(rows(&session, &format!("{sql} WHERE block_number > 5")), [row(6, 0xa6, 3, 4)]);
}

#[test]
fn a_block_recorded_again_can_be_taken_back_again() {
    let scratch = Scratch::with(vec![
        vec![block(5, 1), retracted(5, 1), block(5, 2), retracted(5, 2), block(5, 1)],
        vec![retracted(5, 1)],
    ]);
    assert_eq!(rows(&scratch.session(), "SELECT count(*) FROM blocks"), ["0"]);
    let sql = "SELECT retracted_index FROM block_retractions";
    assert_eq!(rows(&scratch.session(), sql), ["2", "4", "6"]);
}

#[test]
fn a_retraction_of_what_was_not_recorded_takes_nothing_back() {
    // Another height, another hash, a block that comes only later, and one that gave its place to a block 4,096 higher.
    let session = Scratch::with(vec![vec![
        block(5, 1),
        retracted(6, 1),
        retracted(5, 2),
        block(5, 2),
        block(5 + annals_log::ChainBlock::REMEMBERED, 3),
        retracted(5, 1),
    ]])
    .session();
    assert_eq!(rows(&session, "SELECT retracted_index FROM block_retractions"), ["", "", ""]);
    assert_eq!(rows(&session, "SELECT count(*) FROM blocks"), ["3"]);
}

#[test]
fn retractions_are_collected_and_blocks_pass_by() {
    let session = reorganised().session();
    for view in ["blocks", "chain_events", "extrinsics"] {
        let sql = format!("SELECT block_hash FROM {view} WHERE block_number = 6 ORDER BY log_index");
        let plan = plan(&session, &sql);
        let scan = format!("ScanExec: recorded_{view}, indexes=0..9, blocks=6..=6");
        assert!(plan.contains("join_type=RightAnti") && plan.contains(&scan), "{plan}");
        assert!(!plan.contains("SortExec") && !plan.contains("FilterExec"), "{plan}");
    }
}

#[test]
fn bodies_are_read_only_for_columns_that_need_them() {
    let long = ChainCall { args: format!("\"{}\"", "x".repeat(20_000)), ..call() };
    let extrinsics = vec![extrinsic(0, ToldExtrinsic::Call(long))];
    let block = block_of(5, 1, &annals_log::ChainBlock { extrinsics, ..fact(5) });
    let session = Scratch::with(vec![vec![block, retracted(4, 2)]]).session();
    let payloads = |sql: &str| counted(&session, sql, "payloads_read");
    let own = "block_number, block_hash, block_time, is_backfilled, has_raw_events, log_index, recorded_at";
    assert_eq!(payloads(&format!("SELECT {own} FROM recorded_blocks")), 0);
    assert_eq!(payloads("SELECT spec_version, state_root, event_count FROM recorded_blocks"), 1);
    assert_eq!(payloads("SELECT fields FROM recorded_chain_events"), 1);
    assert_eq!(payloads("SELECT fields FROM recorded_chain_events WHERE block_number = 6"), 0);
}

#[test]
fn a_filter_on_the_block_keeps_exactly_what_it_says() {
    // No block has a larger number that SQL could tell.
    const LAST: u64 = i64::MAX as u64;
    let at = |block| Event { block, ..history_row("a", 1, "{}") };
    let events = [0, 4, 5, 6, LAST - 1, LAST].map(|block| at(Some(block))).into();
    let session = Scratch::with(vec![events, vec![at(None)]]).session();
    let numbers = ["0", "4", "5", "6", "9223372036854775806", "9223372036854775807"];
    for number in numbers {
        for op in ["=", "<", "<=", ">", ">="] {
            let filter = format!("block_number {op} {number}");
            let told = rows(&session, &format!("SELECT log_index FROM events WHERE {filter}"));
            // What the scan does not understand is decided row by row.
            let sum = filter.replace("block_number", "block_number::decimal(30, 0)");
            let decided = rows(&session, &format!("SELECT log_index FROM events WHERE {sum}"));
            assert_eq!(told, decided, "{filter}");
            let plan = plan(&session, &format!("SELECT log_index FROM events WHERE {filter}"));
            assert!(plan.contains(", blocks=") && !plan.contains("FilterExec"), "{filter}: {plan}");
        }
    }
    let indexes = |filter: &str| rows(&session, &format!("SELECT log_index FROM events WHERE {filter}"));
    assert_eq!(indexes("block_number BETWEEN 4 AND 5"), ["3", "4"]);
    assert_eq!(indexes("block_number BETWEEN 5 AND 4"), [""; 0]);
    assert_eq!(
        indexes("block_number > 4 AND block_number < 9223372036854775807 AND log_index > 4"),
        ["5", "6"]
    );
    assert_eq!(indexes("block_number > -1").len(), 6);
    assert_eq!(rows(&session, "SELECT count(*) FROM events WHERE block_number >= 0"), ["6"]);
    assert_eq!(indexes("block_number IS NULL"), ["0", "1", "8", "9"]);
}

#[test]
fn a_node_that_gave_nothing_left_a_time_uncovered() {
    let outage = |trouble| {
        let what = "it does not answer".into();
        let fact = ChainOutage { next_block: 5, since_ms: START_MS - 60_000, trouble, what };
        Event::new("chain", "wss://node:443", START_MS, &fact)
    };
    let all = [NodeTrouble::Unreachable, NodeTrouble::Refused, NodeTrouble::Pruned, NodeTrouble::Wrong];
    let session = Scratch::with(vec![all.map(outage).into()]).session();
    let sql = "SELECT source, scope, from_at, to_at, outcome, log_index, detail FROM coverage WHERE source = 'chain'";
    let row = |outcome, index| {
        let times = "2025-12-31T23:59:00Z|2026-01-01T00:00:00Z";
        format!("chain||{times}|{outcome}|{index}|wss://node:443: it does not answer")
    };
    assert_eq!(
        rows(&session, sql),
        [row("failed", 2), row("refused", 3), row("refused", 4), row("failed", 5)]
    );
}

#[test]
fn the_time_of_a_block_is_that_of_the_one_that_counts() {
    let remade = Event { observed_at_ms: Some(made_at_ms(5) + 500), ..block(5, 0xb5) };
    let session = Scratch::with(vec![
        vec![block(5, 0xa5), block(6, 0xa6), state(6, 0xa6), block(7, 0xa7)],
        vec![retracted(7, 0xa7), retracted(6, 0xa6), retracted(5, 0xa5)],
        vec![remade, block(6, 0xa6), block(4, 0xa4)],
    ])
    .session();
    let one = |call: &str| rows(&session, &format!("SELECT {call}")).remove(0);
    assert_eq!(one("block_time(5)"), "2026-01-01T00:01:00.500Z");
    assert_eq!(one("block_time(6)"), "2026-01-01T00:01:12Z");
    assert_eq!(one("block_time(4), block_time(7), block_time(8), block_time(-1)"), "2026-01-01T00:00:48Z|||");
    assert_eq!(one("block_time(null), arrow_typeof(block_time(null))"), "|Timestamp(ms, \"UTC\")");
    let column = "SELECT block_number, block_time(block_number) = block_time, block_time(block_number + 1) IS NULL FROM blocks";
    assert_eq!(rows(&session, column), ["5|true|false", "6|true|true", "4|true|false"]);
    assert_eq!(ask(&session, "SELECT block_time(5)").unwrap().volatile, [""; 0]);
    for call in ["block_time('5')", "block_time(5.5)", "block_time()", "block_time(5, 6)"] {
        let refusal = refusal(&session, &format!("SELECT {call}"));
        assert!(refusal.contains("block_time takes the number of a block"), "{call}: {refusal}");
    }
}

#[test]
fn what_the_fold_knows_is_answered_without_reading_the_log() {
    let scratch = Scratch::with(vec![vec![block(5, 1), block(6, 2), retracted(6, 2)]]);
    let session = scratch.session();
    std::fs::remove_dir_all(scratch.root().join("segments")).unwrap();
    let one = |sql: &str| rows(&session, sql).remove(0);
    assert_eq!(one("SELECT count(block_time(value)) FROM generate_series(0, 20000) AS n(value)"), "1");
    assert_eq!(one("SELECT outcome FROM coverage"), "not_running");
    assert_eq!(one("SELECT entries FROM system.sources WHERE source = 'chain'"), "3");
    assert_eq!(one("SELECT block_number, retracted_index FROM block_retractions"), "6|3");
    // The log has no poll, and the fold knows that.
    assert_eq!(one("SELECT count(*) FROM wandb_polls"), "0");
    assert!(matches!(ask(&session, "SELECT block_number FROM blocks"), Err(QueryError::Log(_))));
}

#[test]
fn blocks_are_found_in_any_order_of_recording() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    // As a careful reader would fold it: what was recorded, and which of it counts.
    let (mut events, mut recorded): (Vec<Event>, Vec<(u64, u8, bool)>) = (Vec::new(), Vec::new());
    for _ in 0..300 {
        let (number, byte) = (rng.u64(..12), rng.u8(..3));
        let last = recorded.iter_mut().rev().find(|(n, b, _)| (*n, *b) == (number, byte));
        match last {
            Some((.., counts)) if rng.bool() => {
                *counts = false;
                events.push(retracted(number, byte));
            }
            _ => {
                recorded.push((number, byte, true));
                events.push(block(number, byte));
            }
        }
    }
    let session = Scratch::with(events.chunks(7).map(<[Event]>::to_vec).collect()).session();
    let expected: Vec<_> = recorded
        .iter()
        .filter(|(.., counts)| *counts)
        .map(|(number, byte, _)| format!("{number}|{}", hash(*byte)))
        .collect();
    assert_eq!(rows(&session, "SELECT block_number, block_hash FROM blocks"), expected);
    let none = "SELECT count(*) FROM generate_series(0, 12) n(value) \
                WHERE (block_time(value) IS NOT NULL) <> (value IN (SELECT block_number FROM blocks))";
    assert_eq!(rows(&session, none), ["0"]);
}
