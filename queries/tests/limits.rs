//! Limits, and what an answer says of itself.

use std::sync::Arc;
use std::time::Duration;

use annals_projections::Snapshot;
use annals_queries::{Gate, Limits, QueryError, Session};

use crate::scratch::{Opened, START_MS, Scratch, ask, folded, history_row, rows, shown};

fn session(limits: Limits) -> Opened {
    let commit = (0..10).map(|step| history_row("a", step, "{}")).collect();
    Scratch::with(vec![commit]).session_with(Vec::new(), limits)
}

#[test]
fn a_cut_answer_says_where() {
    let scratch = Scratch::with(vec![(0..10).map(|step| history_row("a", step, "{}")).collect()]);
    let session = scratch.session_with(Vec::new(), Limits { rows: Some(3), ..Limits::default() });
    let cut = ask(&session, "SELECT log_index FROM events").unwrap();
    assert_eq!((shown(&cut).len(), cut.cut_at), (3, Some(3)));
    let whole = ask(&session, "SELECT log_index FROM events LIMIT 3").unwrap();
    assert_eq!((whole.row_count(), whole.cut_at), (3, None));
    let none = ask(&session, "SELECT log_index FROM events WHERE log_index > 99").unwrap();
    assert_eq!((none.row_count(), none.cut_at, none.schema.fields().len()), (0, None, 1));
}

const HUGE: &str = "SELECT a.value FROM generate_series(1, 1000000) a ORDER BY -a.value";

#[test]
fn a_query_that_needs_too_much_memory_is_told_the_limit() {
    let session = session(Limits { memory_bytes: 1 << 20, ..Limits::default() });
    for sql in [HUGE, "SELECT value FROM generate_series(1, 1000000)"] {
        let error = ask(&session, sql).unwrap_err();
        assert!(matches!(error, QueryError::Memory { limit_bytes: 0x10_0000, .. }), "{sql}: {error}");
        assert!(error.to_string().contains("memory_bytes"), "{error}");
    }
    assert_eq!(rows(&session, "SELECT count(*) FROM events"), ["13"]);
}

#[test]
fn a_query_that_takes_too_long_is_told_the_limit() {
    let session = session(Limits { time: Some(Duration::from_millis(50)), ..Limits::default() });
    // One step of a join, which never pauses.
    let join = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 4000) b WHERE a.value * b.value = 7";
    for sql in [join.to_owned(), format!("{join} UNION ALL SELECT 1"), format!("EXPLAIN ANALYZE {join}")] {
        let started = std::time::Instant::now();
        let error = ask(&session, &sql).unwrap_err();
        assert!(matches!(error, QueryError::Time { .. }), "{error}");
        assert!(error.to_string().contains("0.05 s"), "{error}");
        // The work itself takes far longer.
        println!("{sql}: told after {:?}", started.elapsed());
    }
}

#[test]
fn what_cannot_be_repeated_is_named() {
    let session = session(Limits::default());
    let volatile = |sql: &str| ask(&session, sql).unwrap().volatile;
    assert_eq!(volatile("SELECT now(), random() FROM events"), ["now()", "random()"]);
    assert_eq!(volatile("SELECT 1 WHERE (SELECT uuid()) IS NOT NULL"), ["uuid()"]);
    assert_eq!(volatile("WITH t AS (SELECT current_timestamp AS t) SELECT * FROM t"), ["now()"]);
    assert_eq!(volatile("EXPLAIN ANALYZE SELECT 1"), ["EXPLAIN ANALYZE"]);
    assert_eq!(volatile("SELECT count(*), max(upper(source)) FROM events"), [""; 0]);
}

#[test]
fn an_answer_names_what_it_stands_on() {
    let scratch = Scratch::with(Vec::new());
    let reader = scratch.reader();
    let tables = Snapshot { what_if: true, ..folded(&reader) };
    let session = Session::open(&reader, Arc::new(tables), &Gate::new(Limits::default())).unwrap();
    let standing = ask(&session, "SELECT 1").unwrap().standing;
    assert_eq!(standing.checkpoint, *reader.checkpoint());
    assert_eq!((standing.size, standing.what_if, standing.fixture), (reader.size(), true, true));
    assert_eq!(standing.recorded_at_ms, START_MS + 60_000);
}

#[test]
fn a_session_does_not_see_what_is_recorded_later() {
    let scratch = Scratch::with(Vec::new());
    let session = scratch.session();
    let mut log = annals_log::Log::open(&scratch.root(), scratch.options()).unwrap();
    log.append(vec![history_row("a", 1, "{}")]).unwrap();
    assert_eq!(rows(&session, "SELECT max(log_index) FROM events"), ["2"]);
    assert_eq!(rows(&scratch.session(), "SELECT max(log_index) FROM events"), ["4"]);
}

#[test]
fn queries_run_at_once_in_tasks_of_a_server() {
    fn in_a_task(work: impl Future<Output = usize> + Send + 'static) -> tokio::task::JoinHandle<usize> {
        tokio::spawn(work)
    }
    let opened = session(Limits { time: Some(Duration::from_secs(60)), ..Limits::default() });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let ask = |session: Session| async move {
            session.query("SELECT * FROM events").await.unwrap().row_count()
        };
        let tasks: Vec<_> = (0..8).map(|_| in_a_task(ask(Session::clone(&opened)))).collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), 13);
        }
    });
}
