//! State tables, as they stand and as they stood.

use std::sync::Arc;

use annals_log::{Event, RecorderStopped};
use annals_projections::{Cell, CellType, ClosedRows, Column, Snapshot, TableSchema, TableSnapshot};
use annals_queries::{Gate, Limits, QueryError, Session};
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};

use crate::scratch::{
    CHECKLIST, HOTKEYS, Opened, START_MS, STEP_MS, Scratch, ask, checklist, folded, hotkeys, list_batch,
    plan, refusal, rows, shown,
};

const RUNS: &str = "SELECT run_id, hotkey, log_index, valid_from FROM";

/// Entries 0 and 1 at the start; 2 and 3 a minute later; 4 another minute later; 5 stops.
fn scratch() -> Scratch {
    let event = || Event::new("test", "", START_MS, &RecorderStopped { recorder: "x".into() });
    Scratch::with(vec![vec![event(), event()], vec![event()]])
}

fn session(scratch: &Scratch) -> Opened {
    scratch.session_with(vec![hotkeys(), checklist()], Limits::default())
}

#[test]
fn a_table_has_the_rows_that_stand_in_the_order_of_their_key() {
    let scratch = scratch();
    let session = session(&scratch);
    assert_eq!(rows(&session, &format!("{RUNS} penalized_hotkeys")), ["a|5New|3|4", "c|5Late|4|5"]);
    assert_eq!(rows(&session, "SELECT count(*) FROM penalized_hotkeys"), ["2"]);
    assert!(refusal(&session, "SELECT valid_to FROM penalized_hotkeys").contains("valid_to"));
}

#[test]
fn rows_are_counted_without_reading_them() {
    let plan = plan(&session(&scratch()), "SELECT count(*) FROM penalized_hotkeys");
    assert!(!plan.contains("ScanExec"), "{plan}");
}

#[test]
fn columns_and_limits_are_pushed_into_the_scan() {
    let plan = plan(&session(&scratch()), "SELECT hotkey FROM penalized_hotkeys_history LIMIT 1");
    assert!(plan.contains("ScanExec: penalized_hotkeys_history, columns=[hotkey], fetch=1"), "{plan}");
}

#[test]
fn history_is_what_ended_and_then_what_stands() {
    let scratch = scratch();
    let session = session(&scratch);
    let all = rows(&session, "SELECT hotkey, valid_from, valid_to FROM penalized_hotkeys_history");
    assert_eq!(all, ["5Old|2|4", "5Gone|3|5", "5New|4|", "5Late|5|"]);
    assert_eq!(rows(&session, "SELECT count(*) FROM penalized_hotkeys_history"), ["4"]);
}

/// Knows of a row that ended why.
static ENDED: TableSchema = TableSchema {
    name: "endpoints",
    about: "Where something was.",
    version: 1,
    columns: &[Column::of("hotkey", CellType::Text)],
    ending: &[Column::nullable("left_by", CellType::Text)],
    key_columns: 1,
    origin_columns: 0,
    keeps_history: true,
    follows_chain_alone: false,
    evidence: &[],
};

#[test]
fn how_a_row_ended_history_alone_tells() {
    let rows_of = |hotkey: &str, left_by: Option<&str>, from: u64, to: Option<u64>| {
        let texts = [Some(hotkey), left_by].map(|text| Arc::new(StringArray::from(vec![text])) as ArrayRef);
        let numbers = [Some(1), Some(from), to].map(|n| Arc::new(UInt64Array::from(vec![n])) as ArrayRef);
        RecordBatch::try_new(ENDED.arrow(), texts.into_iter().chain(numbers).collect()).unwrap()
    };
    let old = vec!["5Old".into(), "swapped".into(), 1_u64.into(), 2_u64.into(), 4_u64.into()];
    let closed = ClosedRows::in_memory(&[old]);
    let snapshot = TableSnapshot { schema: &ENDED, open: rows_of("5New", None, 4, None), closed };
    let scratch = scratch();
    let session = scratch.session_with(vec![snapshot], Limits::default());
    assert_eq!(rows(&session, "SELECT * FROM endpoints"), ["5New|1|4"]);
    assert_eq!(rows(&session, "SELECT * FROM endpoints_at('size', 3)"), ["5Old|1|2"]);
    assert_eq!(rows(&session, "SELECT valid_from, hotkey FROM endpoints_at('size', 4)"), ["4|5New"]);
    let history = rows(&session, "SELECT * FROM endpoints_history");
    let (start, minute) = ("2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z");
    assert_eq!(history, [format!("5Old|swapped|1|2|4|{start}|{minute}"), format!("5New||1|4||{minute}|")]);
    for table in ["endpoints", "endpoints_at('size', 3)"] {
        assert!(refusal(&session, &format!("SELECT left_by FROM {table}")).contains("left_by"));
    }
}

#[test]
fn at_a_size_the_rows_are_those_that_stood_then_by_key() {
    let scratch = scratch();
    let session = session(&scratch);
    let at = |size: u64| rows(&session, &format!("SELECT hotkey FROM penalized_hotkeys_at('size', {size})"));
    assert_eq!(at(0), [""; 0]);
    assert_eq!(at(2), ["5Old"]);
    assert_eq!(at(3), ["5Old", "5Gone"]);
    // The closed row of b ended later than a's began: by key it still comes second.
    assert_eq!(at(4), ["5New", "5Gone"]);
    assert_eq!(at(5), ["5New", "5Late"]);
    assert_eq!(at(6), ["5New", "5Late"]);
    // Whatever stands around it.
    let first = "SELECT max(hotkey) FROM (SELECT hotkey FROM penalized_hotkeys_at('size', 4) LIMIT 1)";
    assert_eq!(rows(&session, first), ["5New"]);
    let sql = "SELECT count(*), max(valid_from) FROM penalized_hotkeys_at('size', 4)";
    assert_eq!(rows(&session, sql), ["2|4"]);
}

#[test]
fn two_moments_in_one_query_are_two() {
    let scratch = scratch();
    let session = session(&scratch);
    let at = |size: u64| format!("penalized_hotkeys_at('size', {size})");
    let (early, late) = (at(3), at(5));
    let both = |from: &str, to: &str| {
        let gone = format!(
            "SELECT hotkey FROM {from} a WHERE a.hotkey IN (SELECT hotkey FROM {from}) \
             AND NOT a.hotkey IN (SELECT hotkey FROM {to})"
        );
        let max =
            format!("SELECT (SELECT max(hotkey) FROM {from}) AS a, (SELECT max(hotkey) FROM {to}) AS b");
        let lateral = format!(
            "SELECT (SELECT max(hotkey) FROM LATERAL {from}) AS a, (SELECT max(hotkey) FROM LATERAL {to}) AS b"
        );
        [gone, max, lateral].map(|sql| rows(&session, &sql))
    };
    let [gone, max, lateral] = both(&early, &late);
    assert_eq!(gone, ["5Old", "5Gone"]);
    assert_eq!(max, ["5Old|5New"]);
    assert_eq!(lateral, max);
    let [gone, max, lateral] = both(&late, &early);
    assert_eq!(gone, ["5New", "5Late"]);
    assert_eq!(max, ["5New|5Old"]);
    assert_eq!(lateral, max);
    let series = "SELECT (SELECT max(value) FROM generate_series(1, 3)) AS a, (SELECT max(value) FROM generate_series(1, 4)) AS b";
    assert_eq!(rows(&session, series), ["3|4"]);
    let named = refusal(&session, "SELECT * FROM penalized_hotkeys_at('size', size => 4)");
    assert!(named.contains("in their order"), "{named}");
}

#[test]
fn a_size_to_come_is_refused_with_the_size_there_is() {
    let scratch = scratch();
    let session = session(&scratch);
    let refusal = refusal(&session, "SELECT * FROM penalized_hotkeys_at('size', 7)");
    assert_eq!(refusal, "what is looked at has size 6; size 7 is still to come");
}

#[test]
fn a_size_inside_a_commit_says_that_nobody_signed_it() {
    let scratch = scratch();
    let session = session(&scratch);
    let notes = |size: u64| {
        ask(&session, &format!("SELECT * FROM penalized_hotkeys_at('size', {size})")).unwrap().notes
    };
    assert_eq!(notes(3), ["size 3 lies inside a commit: its root can be computed, and nobody signed it"]);
    assert_eq!(notes(4), [""; 0]);
    assert_eq!(notes(6), [""; 0]);
}

#[test]
fn at_a_time_it_is_the_last_size_recorded_then_or_before() {
    let scratch = scratch();
    let session = session(&scratch);
    let at = |ms: i64| {
        let sql = format!("SELECT hotkey FROM penalized_hotkeys_at('time', {ms})");
        ask(&session, &sql).map(|answer| (shown(&answer).join(" "), answer.notes.join(" ")))
    };
    let came_to = |asked: &str, size: u64, recorded: &str| {
        format!("2026-01-01T00:0{asked}Z is size {size}, recorded at 2026-01-01T00:0{recorded}:00Z")
    };
    assert!(matches!(at(START_MS - 1), Err(QueryError::Moment(_))));
    assert_eq!(at(START_MS).unwrap(), ("5Old".to_owned(), came_to("0:00", 2, "0")));
    assert_eq!(at(START_MS + STEP_MS - 1).unwrap(), ("5Old".to_owned(), came_to("0:59.999", 2, "0")));
    assert_eq!(at(START_MS + STEP_MS).unwrap(), ("5New 5Gone".to_owned(), came_to("1:00", 4, "1")));
    // The last entry, and later: more may still be recorded for it.
    for at_ms in [START_MS + 3 * STEP_MS, i64::MAX] {
        let (shown, note) = at(at_ms).unwrap();
        assert_eq!(shown, "5New 5Late");
        assert!(note.starts_with("not final: what is looked at ends at 2026-01-01T00:03:00Z"), "{note}");
    }
}

#[test]
fn times_are_taken_as_people_write_them() {
    let scratch = scratch();
    let session = session(&scratch);
    for time in ["'2026-01-01 00:01'", "'2026-01-01T01:01:30+01:00'", "timestamp '2026-01-01 00:01:59'"] {
        let sql = format!("SELECT hotkey FROM penalized_hotkeys_at('time', {time})");
        assert_eq!(rows(&session, &sql), ["5New", "5Gone"], "{time}");
    }
    let refusal = refusal(&session, "SELECT * FROM penalized_hotkeys_at('time', '2025-12-31')");
    assert!(refusal.contains("the log begins at 2026-01-01T00:00:00Z"), "{refusal}");
}

#[test]
fn now_is_a_moment_that_nobody_can_ask_for_again() {
    let scratch = scratch();
    let answer = ask(&session(&scratch), "SELECT hotkey FROM penalized_hotkeys_at('time', now())").unwrap();
    assert_eq!(shown(&answer), ["5New", "5Late"]);
    assert_eq!((answer.volatile, answer.notes.len()), (vec!["now()".to_owned()], 1));
}

#[test]
fn what_is_no_moment_is_told_what_is_one() {
    let scratch = scratch();
    let session = session(&scratch);
    for arguments in [
        "",
        "3",
        "'size'",
        "'size', '3'",
        "'size', -1",
        "'size', 1.5",
        "'when', 3",
        "'time', 'noon'",
        "'size', null",
    ] {
        let refusal = refusal(&session, &format!("SELECT * FROM penalized_hotkeys_at({arguments})"));
        assert!(refusal.starts_with("penalized_hotkeys_at takes"), "{arguments}: {refusal}");
    }
}

#[test]
fn a_table_without_history_says_so() {
    let scratch = scratch();
    let session = session(&scratch);
    let refusal = refusal(&session, "SELECT * FROM penalized_checklist_at('size', 1)");
    assert!(refusal.starts_with("penalized_checklist keeps no history"), "{refusal}");
    assert!(ask(&session, "SELECT * FROM penalized_checklist_history").is_err());
}

#[test]
fn penalized_joins_both_lists_and_says_what_each_does() {
    let scratch = scratch();
    let session = session(&scratch);
    let all = rows(
        &session,
        "SELECT hotkey, list, run_id, validator, since_size, log_index, effect FROM penalized",
    );
    assert_eq!(
        all,
        [
            "5New|penalized_hotkeys|a|5Validator|4|3|display",
            "5Zero|checklist|a|5Validator|4|3|score_zero",
            "5Fixed|fixed_run|f|5Validator|5|4|display"
        ]
    );
    assert_eq!(rows(&session, "SELECT hotkey FROM penalized LIMIT 2"), ["5New", "5Zero"]);
    assert_eq!(rows(&session, "SELECT list, count(*) FROM penalized GROUP BY list").len(), 3);
    assert!(ask(&scratch.session(), "SELECT * FROM penalized").is_err());
}

/// A checklist of which hotkey 5Zero stood from 3 to 5.
fn past_checklist() -> TableSnapshot {
    static KEPT: TableSchema = TableSchema { keeps_history: true, ..CHECKLIST };
    let cells = ["z", "5Zero", "5Validator"].map(Cell::from).into_iter();
    let cells = cells.chain([true.into(), false.into(), 2_u64.into(), 3_u64.into(), 5_u64.into()]);
    let closed = ClosedRows::in_memory(&[cells.collect()]);
    TableSnapshot { schema: &KEPT, open: list_batch(&KEPT, &[("f", "5Fixed", false, 4, 5, None)]), closed }
}

#[test]
fn penalized_has_a_past_where_its_lists_have_one() {
    let scratch = scratch();
    let session = scratch.session_with(vec![hotkeys(), past_checklist()], Limits::default());
    let shown = "hotkey, list, since_size, until_size, since_at, until_at, effect";
    let minute = |minute: u64| format!("2026-01-01T00:0{minute}:00Z");
    let history = rows(&session, &format!("SELECT {shown} FROM penalized_history ORDER BY hotkey, list"));
    assert_eq!(
        history,
        [
            format!("5Fixed|fixed_run|5||{}||display", minute(2)),
            format!("5Gone|penalized_hotkeys|3|5|{}|{}|display", minute(1), minute(2)),
            format!("5New|penalized_hotkeys|4||{}||display", minute(1)),
            format!("5Old|penalized_hotkeys|2|4|{}|{}|display", minute(0), minute(1)),
            format!("5Zero|checklist|3|5|{}|{}|score_zero", minute(1), minute(2)),
        ]
    );
    let columns = "hotkey, list, run_id, validator, since_size, log_index, effect";
    let now = rows(&session, &format!("SELECT {columns} FROM penalized"));
    let open = format!("SELECT {columns} FROM penalized_history WHERE until_size IS NULL");
    assert_eq!(rows(&session, &open), now);
    assert_eq!(rows(&session, &format!("SELECT {columns} FROM penalized_at('size', 6)")), now);
    let at = |size: u64| rows(&session, &format!("SELECT hotkey FROM penalized_at('size', {size})"));
    assert_eq!(at(2), ["5Old"]);
    assert_eq!(at(3), ["5Old", "5Gone", "5Zero"]);
    let both = "SELECT hotkey FROM penalized_at('size', 3) WHERE hotkey NOT IN (SELECT hotkey FROM penalized_at('size', 4))";
    assert_eq!(rows(&session, both), ["5Old"]);
    let refused = refusal(&session, "SELECT * FROM penalized_at('when', 3)");
    assert!(refused.starts_with("penalized_at takes ('size', number)"), "{refused}");
    assert!(ask(&self::session(&scratch), "SELECT * FROM penalized_history").is_err());
}

#[test]
fn tables_at_another_size_than_the_log_are_refused() {
    let scratch = scratch();
    let reader = scratch.reader();
    let tables = Snapshot { position: annals_log::TreeSize(5), ..folded(&reader) };
    let refused = Session::open(&reader, Arc::new(tables), &Gate::new(Limits::default())).err().unwrap();
    assert!(matches!(refused, QueryError::TablesElsewhere { .. }), "{refused}");
}

#[test]
fn rows_come_in_the_same_order_every_time() {
    let runs: Vec<_> = (0..20_000).map(|n| ["a", "b", "c"][n % 3]).collect();
    let open: Vec<_> = runs.iter().map(|&run| (run, "5Same", true, 1, 2, None)).collect();
    let open = list_batch(&HOTKEYS, &open);
    let table = TableSnapshot { schema: &HOTKEYS, open, closed: ClosedRows::default() };
    let session = scratch().session_with(vec![table], Limits::default());
    let sql = "SELECT a.run_id, count(*), sum(0.1 * a.log_index) FROM penalized_hotkeys a GROUP BY a.run_id";
    let first = rows(&session, sql);
    assert_eq!(first.iter().map(|row| &row[..1]).collect::<Vec<_>>(), ["a", "b", "c"]);
    (0..5).for_each(|_| assert_eq!(rows(&session, sql), first));
    assert_eq!(rows(&session, "SELECT count(*) FROM penalized_hotkeys WHERE run_id = 'a'"), ["6667"]);
}
