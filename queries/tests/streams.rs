//! Answers as streams: what is known when, and how they end.

use std::time::Duration;

use annals_log::Event;
use annals_queries::{AnswerStream, Gate, Limits, QueryError};

use crate::scratch::{Scratch, ask, history_row, in_runtime, shown};

fn history(count: u64) -> Vec<Event> {
    (0..count).map(|step| history_row("a", step, "{}")).collect()
}

/// Takes batches until the stream ends, one way or the other.
async fn drain(stream: &mut AnswerStream) -> (usize, Result<(), QueryError>) {
    let mut rows = 0;
    loop {
        match stream.next().await {
            Ok(Some(batch)) => rows += batch.num_rows(),
            Ok(None) => return (rows, Ok(())),
            Err(error) => return (rows, Err(error)),
        }
    }
}

#[test]
fn schema_and_standing_are_known_before_the_first_row() {
    let session = Scratch::with(vec![history(3)]).session();
    in_runtime(async {
        let stream =
            session.stream("SELECT log_index, now() AS t FROM events WHERE log_index > 99").await.unwrap();
        assert_eq!(stream.schema().field(0).name(), "log_index");
        assert_eq!(stream.volatile(), ["now()"]);
        assert_eq!(stream.standing(), session.standing());
    });
}

#[test]
fn a_stream_has_the_rows_of_the_answer() {
    let session = Scratch::with(vec![history(300), history(9_000)]).session();
    for sql in [
        "SELECT * FROM events",
        "SELECT run_id, step FROM wandb_history ORDER BY step DESC",
        "SELECT count(*) FROM events",
        "SELECT log_index FROM events LIMIT 70",
        "SELECT log_index + 1 FROM events WHERE log_index > 5000",
        "SELECT 1 WHERE false",
        "EXPLAIN SELECT 1",
    ] {
        let answer = ask(&session, sql).unwrap();
        let (rows, schema) = in_runtime(async {
            let mut stream = session.stream(sql).await.unwrap();
            let schema = stream.schema().clone();
            let mut rows = Vec::new();
            while let Some(batch) = stream.next().await.unwrap() {
                assert!(batch.num_rows() > 0, "{sql}");
                let one = annals_queries::Answer { batches: vec![batch], ..answer.clone() };
                rows.extend(shown(&one));
            }
            (rows, schema)
        });
        assert_eq!(schema, answer.schema, "{sql}");
        assert_eq!(rows, shown(&answer), "{sql}");
    }
}

#[test]
fn the_first_row_of_a_scan_does_not_wait_for_a_batch() {
    let session = Scratch::with(vec![history(9_000)]).session();
    let sizes = |sql: &'static str| {
        in_runtime(async {
            let mut stream = session.stream(sql).await.unwrap();
            let mut sizes = Vec::new();
            while let Some(batch) = stream.next().await.unwrap() {
                sizes.push(batch.num_rows());
            }
            sizes
        })
    };
    assert_eq!(sizes("SELECT * FROM events"), [1, 8, 64, 512, 2048, 2048, 2048, 2048, 226]);
    assert_eq!(sizes("SELECT log_index + 1 FROM events LIMIT 3"), [1, 2]);
    // Where rows are computed from several, batches are as ever.
    let plan = crate::scratch::plan(&session, "SELECT sum(log_index) FROM events");
    assert!(plan.contains("AggregateExec"), "{plan}");
}

#[test]
fn an_error_behind_the_first_row_is_the_end_of_the_stream() {
    let session = Scratch::with(vec![history(3)]).session();
    in_runtime(async {
        let sql = "SELECT 1 / (value - 100000) FROM generate_series(1, 200000)";
        let (rows, end) = drain(&mut session.stream(sql).await.unwrap()).await;
        let error = end.unwrap_err();
        assert!(rows > 0 && rows < 100_000, "{rows}");
        assert!(matches!(error, QueryError::Sql(_)) && error.to_string().contains("zero"), "{error}");
        assert!(session.query(sql).await.is_err());
    });
}

#[test]
fn a_fault_behind_the_first_row_is_the_end_of_the_stream() {
    let scratch = Scratch::with((0..40).map(|_| history(100)).collect());
    let session = scratch.session();
    let mut segments: Vec<_> = std::fs::read_dir(scratch.root().join("segments"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    segments.sort();
    let last = segments.last().unwrap();
    let mut bytes = std::fs::read(last).unwrap();
    bytes[5000] ^= 1;
    std::fs::write(last, bytes).unwrap();
    in_runtime(async {
        let (rows, end) = drain(&mut session.stream("SELECT * FROM events").await.unwrap()).await;
        let error = end.unwrap_err();
        assert!(rows > 100, "{rows}");
        assert!(matches!(error, QueryError::Log(_)), "{error}");
    });
}

#[test]
fn a_stream_says_at_its_end_where_it_was_cut() {
    let scratch = Scratch::with(vec![history(10)]);
    let session = scratch.session_with(Vec::new(), Limits { rows: Some(3), ..Limits::default() });
    in_runtime(async {
        let mut stream = session.stream("SELECT * FROM events").await.unwrap();
        let (rows, end) = drain(&mut stream).await;
        assert!(end.is_ok());
        assert_eq!((rows, stream.cut_at()), (3, Some(3)));
        let mut whole = session.stream("SELECT * FROM events LIMIT 3").await.unwrap();
        assert_eq!((drain(&mut whole).await.0, whole.cut_at()), (3, None));
        assert_eq!(whole.next().await.unwrap(), None, "the end stays the end");
    });
}

#[test]
fn a_reader_that_stalls_is_told_the_time_and_loses_its_place() {
    let scratch = Scratch::with(Vec::new());
    let limit = Duration::from_millis(200);
    let gate = Gate::new(Limits { time: Some(limit), places: 1, ..Limits::default() });
    let session = scratch.session_of(&gate, Vec::new());
    in_runtime(async {
        let mut stream = session.stream("SELECT value FROM generate_series(1, 1000000000000)").await.unwrap();
        while gate.free_places() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let (_, end) = drain(&mut stream).await;
        assert!(matches!(end, Err(QueryError::Time { limit: told }) if told == limit), "{end:?}");
    });
}
