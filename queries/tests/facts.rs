//! Fact tables: their rows, and what is not read to make them.

use annals_log::{ConfigClaim, ConfigVerdict, Event, Kind, Log, PollOutcome, PollScope, WandbConfigSigned};

use crate::scratch::{Scratch, ask, history_row, plan, poll, rows, size_of};

/// Entries 0 and 1, then a poll, two history rows and a failed poll, then a kind of the future, then the end.
fn scratch() -> Scratch {
    let future = Event { kind: Kind(0x7f01), ..history_row("later", 1, "{}") };
    Scratch::with(vec![
        vec![poll(PollScope::Sweep, PollOutcome::Complete)],
        vec![
            history_row("a", 7, r#"{"_timestamp":1767225600.5,"x":1}"#),
            history_row("b", 8, "NaN"),
            poll(PollScope::Recent, PollOutcome::Failed("502".into())),
        ],
        vec![future],
    ])
}

#[test]
fn events_has_every_entry_in_order() {
    let session = scratch().session();
    let kinds = rows(&session, "SELECT log_index, source, kind, native_id FROM events WHERE log_index > 0");
    assert_eq!(
        kinds,
        [
            "1|log|recorder_started|",
            "2|wandb|wandb_poll|",
            "3|wandb|wandb_history_row|a",
            "4|wandb|wandb_history_row|b",
            "5|wandb|wandb_poll|",
            "6|wandb|kind 0x7f01|later",
            "7|log|recorder_stopped|"
        ]
    );
    assert_eq!(rows(&session, "SELECT count(*) FROM events"), [size_of(&session).to_string()]);
}

#[test]
fn leaf_hashes_are_those_of_the_tree() {
    let scratch = scratch();
    let entry = scratch.reader().entry(annals_log::LogIndex(3)).unwrap();
    let hash = rows(&scratch.session(), "SELECT leaf_hash, entry_bytes FROM events WHERE log_index = 3");
    assert_eq!(hash, [format!("{}|{}", annals_log::Hash::leaf(&entry), entry.len())]);
}

#[test]
fn a_range_of_indexes_is_all_that_is_scanned() {
    let session = scratch().session();
    for (filter, range) in [
        ("log_index = 3", "3..4"),
        ("log_index >= 2 AND 5 > log_index", "2..5"),
        ("log_index > 2 AND log_index <= 5", "3..6"),
        ("log_index BETWEEN 2 AND 4", "2..5"),
    ] {
        let sql = format!("SELECT log_index FROM events WHERE {filter}");
        let plan = plan(&session, &sql);
        assert!(plan.contains(&format!("ScanExec: events, indexes={range}, columns=[log_index]")), "{plan}");
        assert!(!plan.contains("FilterExec"), "{plan}");
        let (from, to) = range.split_once("..").unwrap();
        let expected: Vec<_> =
            (from.parse::<u64>().unwrap()..to.parse().unwrap()).map(|n| n.to_string()).collect();
        assert_eq!(rows(&session, &sql), expected);
    }
    assert_eq!(rows(&session, "SELECT log_index FROM events WHERE log_index > 5 AND log_index < 3"), [""; 0]);
    assert_eq!(rows(&session, "SELECT count(*) FROM events WHERE log_index > -1"), ["8"]);
    assert_eq!(rows(&session, "SELECT count(*) FROM events WHERE log_index > 99"), ["0"]);
}

#[test]
fn kind_and_source_are_decided_by_the_scan() {
    let session = scratch().session();
    let sql = "SELECT log_index FROM events WHERE kind = 'wandb_poll' AND source = 'wandb'";
    let plan = plan(&session, sql);
    assert!(plan.contains("kind=wandb_poll, source=wandb") && !plan.contains("FilterExec"), "{plan}");
    assert_eq!(rows(&session, sql), ["2", "5"]);
    assert_eq!(rows(&session, "SELECT log_index FROM events WHERE kind = 'kind 0x7f01'"), ["6"]);
    assert_eq!(rows(&session, "SELECT log_index FROM events WHERE kind = 'no such kind'"), [""; 0]);
    assert_eq!(rows(&session, "SELECT log_index FROM events WHERE kind = 'a' AND kind = 'b'"), [""; 0]);
    assert_eq!(rows(&session, "SELECT log_index FROM events WHERE kind IN ('wandb_poll', 'x')"), ["2", "5"]);
    assert_eq!(rows(&session, "SELECT log_index FROM events WHERE kind <> 'wandb_poll' LIMIT 1"), ["0"]);
}

/// What `EXPLAIN ANALYZE` counted.
pub(crate) fn counted(session: &annals_queries::Session, sql: &str, what: &str) -> u64 {
    let text = rows(session, &format!("EXPLAIN ANALYZE {sql}")).join("");
    let after = text.split(&format!("{what}=")).nth(1).unwrap_or_else(|| panic!("no {what} in {text}"));
    after.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

#[test]
fn payloads_are_read_only_for_columns_that_need_them() {
    let session = scratch().session();
    let payloads = |sql: &str| counted(&session, sql, "payloads_read");
    assert_eq!(payloads("SELECT run_id, step FROM wandb_history"), 0);
    assert_eq!(payloads("SELECT \"row\" FROM wandb_history"), 2);
    assert_eq!(payloads("SELECT \"row\", logged_at FROM wandb_history WHERE log_index = 3"), 1);
    assert_eq!(payloads("SELECT outcome, missing FROM wandb_polls"), 0);
    assert_eq!(payloads("SELECT runs FROM wandb_polls"), 2);
    assert_eq!(payloads("SELECT log_index, attached, body FROM events"), 0);
}

#[test]
fn a_limit_ends_the_scan() {
    let session = scratch().session();
    let sql = "SELECT log_index FROM events LIMIT 2";
    assert_eq!(rows(&session, sql), ["0", "1"]);
    assert_eq!(counted(&session, sql, "entries_seen"), 2);
    let ordered = plan(&session, "SELECT log_index FROM events ORDER BY log_index LIMIT 2");
    assert!(!ordered.contains("SortExec"), "{ordered}");
    assert_eq!(rows(&session, "SELECT log_index FROM events ORDER BY log_index DESC LIMIT 2"), ["7", "6"]);
}

#[test]
fn polls_say_what_was_asked_and_what_came_of_it() {
    let polls = rows(
        &scratch().session(),
        "SELECT log_index, scope, asked, pages, outcome, error, runs, missing, unreadable FROM wandb_polls",
    );
    assert_eq!(
        polls,
        [
            r#"2|sweep|{"project":"x"}|3|complete||2|["gone"]|[]"#,
            r#"5|recent|{"project":"x"}|3|failed|502|0|["gone"]|[]"#
        ]
    );
}

#[test]
fn history_shows_rows_as_they_came() {
    let session = scratch().session();
    let all = rows(&session, "SELECT run_id, step, logged_at, \"row\" FROM wandb_history");
    assert_eq!(all, [r#"a|7|2026-01-01T00:00:00.500Z|{"_timestamp":1767225600.5,"x":1}"#, "b|8||NaN"]);
    let since =
        "SELECT run_id FROM wandb_history WHERE logged_at >= '2026-01-01' AND logged_at < '2026-01-02'";
    assert_eq!(rows(&session, since), ["a"]);
}

#[test]
fn config_signatures_show_whose_word_a_config_is() {
    let signed = |run_id: &str, claim, verdict| {
        let hotkey = Some("5F9K".to_owned());
        Event::new("wandb", run_id, 0, &WandbConfigSigned { hotkey, claim, verdict })
    };
    let claim =
        ConfigClaim { origin: "log.example/a".into(), tree_size: 9, root: [0; 32], content_sha256: [1; 32] };
    let scratch = Scratch::with(vec![vec![
        signed("a", Some(claim), ConfigVerdict::Changed),
        signed("b", None, ConfigVerdict::Malformed),
    ]]);
    let rows = rows(
        &scratch.session(),
        "SELECT log_index, run_id, hotkey, verdict, origin, tree_size, root, left(content_sha256, 4) \
         FROM config_signatures",
    );
    let root = format!("{}=", "A".repeat(43));
    assert_eq!(
        rows,
        [format!("2|a|5F9K|changed|log.example/a|9|{root}|0101"), "3|b|5F9K|malformed||||".into()]
    );
}

#[test]
fn coverage_tells_polls_and_pauses_apart() {
    let scratch = scratch();
    for _ in 0..2 {
        scratch.tick();
        let log = Log::open(&scratch.root(), scratch.options()).unwrap();
        scratch.tick();
        // Cut off: nothing says that it ended.
        drop(log);
    }
    let covered = rows(
        &scratch.session(),
        "SELECT source, scope, outcome, log_index, detail IS NULL, (to_at - from_at)::text FROM coverage",
    );
    let shown: Vec<_> = covered.iter().map(|row| row.rsplit_once('|').unwrap().0).collect();
    assert_eq!(
        shown,
        [
            "wandb|sweep|ok|2|true",
            "wandb|history|missing|3|false",
            "wandb|history|missing|4|false",
            "wandb|recent|failed|5|false",
            "log||not_running|8|true",
            "log||not_running|9|false",
            "log||not_final|9|false"
        ]
    );
    let last = "SELECT to_at FROM coverage WHERE outcome = 'not_final'";
    assert_eq!(rows(&scratch.session(), last), [""]);
}

#[test]
fn steps_that_no_row_of_a_history_has_are_missing() {
    let row = |run_id: &str, step| history_row(run_id, step, "{}");
    let scratch = Scratch::with(vec![vec![row("a", 0), row("a", 1), row("b", 3), row("a", 5), row("a", 6)]]);
    let sql = "SELECT scope, run_id, log_index, detail FROM coverage WHERE outcome = 'missing'";
    assert_eq!(
        rows(&scratch.session(), sql),
        [
            "history|b|4|steps 0 to 2 are not in the history",
            "history|a|5|steps 2 to 4 are not in the history"
        ]
    );
}

#[test]
fn a_stopped_recorder_covers_nothing_from_then_on() {
    let rows =
        rows(&scratch().session(), "SELECT outcome, log_index, to_at FROM coverage WHERE source = 'log'");
    assert_eq!(rows, ["not_running|7|"]);
}

#[test]
fn a_fault_met_on_the_way_fails_the_query() {
    let scratch = scratch();
    let session = scratch.session();
    let segment = scratch.root().join("segments").join(format!("{:020}.seg", 0));
    let mut bytes = std::fs::read(&segment).unwrap();
    let place = bytes.windows(5).position(|window| window == b"later").unwrap();
    bytes[place] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let error = ask(&session, "SELECT native_id FROM events").unwrap_err();
    assert!(matches!(error, annals_queries::QueryError::Log(_)), "{error}");
    assert!(error.to_string().contains("checksum"), "{error}");
    // Of what lies before, nothing says any more that it is what was signed.
    let error = ask(&session, "SELECT log_index FROM events WHERE log_index < 2").unwrap_err();
    assert!(error.to_string().contains("checksum"), "{error}");
}
