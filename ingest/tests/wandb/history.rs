//! Rows, page by page, and from files.

use std::sync::Arc;
use std::time::Duration;

use annals_ingest::sources::{HistoryPoller, PollOptions, WandbPoller};
use annals_ingest::{Driver, Raw, Taken};
use annals_log::{Fact as _, PollOutcome, WandbHistoryRow, WandbPoll};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use tokio::time::timeout;

use super::asking::asked;
use super::server::{Asked, Reply, Server};
use crate::scratch::{Run, Scratch, page_of};

pub(super) const NO_FILES: &str =
    r#"{"data":{"project":{"run":{"parquetHistory":{"parquetUrls":[],"liveData":[]}}}}}"#;

/// Longer than any answer takes here.
const WAITED: Duration = Duration::from_millis(500);

/// One poll of runs and the rows behind it.
async fn record(server: &Server, scratch: &Scratch) -> Vec<Raw> {
    record_polls(server, scratch, 1).await
}

/// So many polls of one session, and the rows behind each.
async fn record_polls(server: &Server, scratch: &Scratch, polls: usize) -> Vec<Raw> {
    let api = server.api();
    let (every, sweep_every) = (Duration::ZERO, Duration::ZERO);
    let options = PollOptions { asked: asked(), always: None, every, sweep_every };
    let (mut poller, extents) = WandbPoller::new(Arc::clone(&api), options);
    let mut rows = HistoryPoller::new(api, asked(), extents);
    let (mut log, mut driver, mut taken) = (scratch.open_now(), Driver::default().live(), Taken::default());
    let mut raws = Vec::new();
    for _ in 0..polls {
        loop {
            let raw = poller.next(log.memory("wandb").unwrap()).await;
            driver.take(&raw, &mut log, &mut taken).unwrap();
            if poller.is_between_polls() {
                break;
            }
        }
        // Whoever waits for another poll has had all that there is behind this one.
        while let Ok(Some(raw)) = timeout(WAITED, rows.next(log.memory("wandb_history").unwrap())).await {
            driver.take(&raw, &mut log, &mut taken).unwrap();
            raws.push(raw);
        }
    }
    log.close().unwrap();
    raws
}

fn steps(scratch: &Scratch) -> Vec<u64> {
    let found = scratch.found().into_iter().filter(|event| event.kind == WandbHistoryRow::KIND);
    found.filter_map(|event| event.fact::<WandbHistoryRow>().step).collect()
}

fn failures(scratch: &Scratch) -> Vec<String> {
    let found = scratch.found().into_iter().filter(|event| event.kind == WandbPoll::KIND);
    let failure = |poll: WandbPoll| match poll.outcome {
        PollOutcome::Failed(what) => Some(what),
        PollOutcome::Complete => None,
    };
    found.filter_map(|event| failure(event.fact())).collect()
}

/// A run whose history ends with this step, which the server may not say.
fn node(last_step: u64, is_told: bool) -> String {
    let keys =
        if is_told { format!(r#"{{"lastStep": {last_step}, "keys": {{}}}}"#) } else { "null".to_owned() };
    let rows = format!(r#""historyLineCount": {}, "historyKeys": {keys}"#, u128::from(last_step) + 1);
    Run::new("a", "{}").node().replace(r#""historyKeys": {"keys": {}}"#, &rows)
}

fn step_of(asked: &Asked, key: &str) -> u64 {
    asked
        .body
        .split(&format!("\"{key}\":"))
        .nth(1)
        .unwrap()
        .split([',', '}'])
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

/// The rows from one step up to another, as the server gives them.
fn rows_from(from: u64, to: u64) -> Reply {
    let rows: Vec<_> = (from..to).map(|step| format!(r#""{{\"_step\": {step}}}""#)).collect();
    Reply::ok(format!(r#"{{"data":{{"project":{{"run":{{"history":[{}]}}}}}}}}"#, rows.join(",")))
}

/// The page that is asked for, of a history of so many rows.
pub(super) fn rows_of_page(asked: &Asked, rows: u64) -> Reply {
    rows_from(step_of(asked, "minStep").min(rows), step_of(asked, "maxStep").min(rows))
}

fn answer(asked: &Asked, node: &str, rows_end: u64, files: &str) -> Reply {
    match () {
        () if asked.body.contains("query HistoryPage") => rows_of_page(asked, rows_end),
        () if asked.body.contains("query RunParquetHistory") => Reply::ok(files),
        () => Reply::ok(page_of(&[node.to_owned()], false)),
    }
}

#[tokio::test]
async fn every_row_is_had_page_by_page_and_later_only_what_is_new() {
    for is_told in [true, false] {
        let scratch = Scratch::new();
        let server = Server::start(move |asked| answer(asked, &node(2_499, is_told), 2_500, NO_FILES)).await;
        record(&server, &scratch).await;
        assert_eq!(steps(&scratch), (0..2_500).collect::<Vec<_>>());
        drop(server);
        let server = Server::start(move |asked| answer(asked, &node(2_502, is_told), 2_503, NO_FILES)).await;
        let raws = record(&server, &scratch).await;
        assert_eq!(steps(&scratch).split_off(2_500), [2_500, 2_501, 2_502]);
        // One page; and where the last step is not told, one more and a look at all steps behind it.
        assert_eq!(raws.len(), if is_told { 1 } else { 3 });
        assert!(failures(&scratch).is_empty());
    }
}

#[tokio::test]
async fn a_page_that_was_not_had_waits_for_the_next_poll_and_no_row_is_lost() {
    let scratch = Scratch::new();
    let server = Server::start(|asked| {
        let is_second = asked.body.contains("query HistoryPage") && step_of(asked, "minStep") == 1_000;
        if is_second { Reply::of(500, "busy") } else { answer(asked, &node(2_499, true), 2_500, NO_FILES) }
    })
    .await;
    record(&server, &scratch).await;
    assert_eq!((steps(&scratch).len(), failures(&scratch)), (1_000, vec!["HTTP status 500".to_owned()]));
    drop(server);
    let server = Server::start(|asked| answer(asked, &node(2_499, true), 2_500, NO_FILES)).await;
    record(&server, &scratch).await;
    assert_eq!(steps(&scratch), (0..2_500).collect::<Vec<_>>());
}

/// A file as W&B writes them: a column a key, null where a row does not have it.
fn parquet(steps: std::ops::Range<i64>) -> Vec<u8> {
    let count = usize::try_from(steps.end - steps.start).unwrap();
    let times = steps.clone().map(|step| 1_750_549_440.25 + step as f64);
    let lists = steps.clone().map(|step| (step % 2 == 0).then(|| format!("[\"5A{step}\"]")));
    let columns: [(&str, ArrayRef); 3] = [
        ("_step", Arc::new(Int64Array::from_iter_values(steps))),
        ("_timestamp", Arc::new(Float64Array::from_iter_values(times))),
        ("note", Arc::new(StringArray::from_iter(lists))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    assert_eq!(batch.num_rows(), count);
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

const FILES: &str = r#"{"data":{"project":{"run":{"parquetHistory":{"parquetUrls":["/one.parquet?sig=5ec2e7","two.parquet?sig=5ec2e7"],"liveData":[]}}}}}"#;

#[tokio::test]
async fn rows_that_lie_in_files_are_read_from_there_and_the_rest_from_pages() {
    let scratch = Scratch::new();
    let server = Server::start(|asked| match asked.target.as_str() {
        "/one.parquet?sig=5ec2e7" => Reply::ok(parquet(0..100)),
        "/two.parquet?sig=5ec2e7" => Reply::ok(parquet(100..200)),
        _ => answer(asked, &node(204, true), 205, FILES),
    })
    .await;
    let raws = record(&server, &scratch).await;
    assert_eq!(steps(&scratch), (0..205).collect::<Vec<_>>());
    let found = scratch.found();
    let row = found.iter().find(|event| event.kind == WandbHistoryRow::KIND).unwrap();
    assert_eq!(row.attached[0], br#"{"_step":0,"_timestamp":1750549440.25,"note":"[\"5A0\"]"}"#);
    assert_eq!(row.observed_at_ms, Some(1_750_549_440_250));
    // What lets anybody read the files is not recorded.
    assert!(!format!("{raws:?}").contains("5ec2e7"));
}

#[tokio::test]
async fn a_file_that_cannot_be_had_is_told_and_no_later_row_takes_its_place() {
    let broken = [Reply::of(404, "no"), Reply::ok("no parquet"), Reply::ok(&parquet(0..100)[..300])];
    for (place, broken) in broken.into_iter().enumerate() {
        let scratch = Scratch::new();
        let broken = std::sync::Mutex::new(Some(broken));
        let server = Server::start(move |asked| match asked.target.split('?').next().unwrap() {
            "/one.parquet" => broken.lock().unwrap().take().unwrap_or_else(|| Reply::ok(parquet(0..100))),
            "/two.parquet" => Reply::ok(parquet(100..200)),
            // The pages have all rows, too.
            _ => answer(asked, &node(204, true), 205, FILES),
        })
        .await;
        record(&server, &scratch).await;
        assert!(failures(&scratch)[0].starts_with("/one.parquet: "), "{place}: {:?}", failures(&scratch));
        record(&server, &scratch).await;
        assert_eq!(steps(&scratch), (0..205).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_file_that_is_never_had_leaves_what_the_pages_have() {
    let scratch = Scratch::new();
    let server = Server::start(|asked| match asked.target.split('?').next().unwrap() {
        "/one.parquet" | "/two.parquet" => Reply::of(404, "no"),
        _ => answer(asked, &node(204, true), 205, FILES),
    })
    .await;
    record_polls(&server, &scratch, 2).await;
    assert!(steps(&scratch).is_empty(), "they wait for the files");
    record_polls(&server, &scratch, 4).await;
    assert_eq!(steps(&scratch), (0..205).collect::<Vec<_>>());
}

/// As for a timer: a session a poll.
#[tokio::test]
async fn a_file_that_is_refused_for_ever_is_given_up_over_sessions() {
    let scratch = Scratch::new();
    let server = Server::start(|asked| match asked.target.split('?').next().unwrap() {
        "/one.parquet" | "/two.parquet" => Reply::of(403, "no"),
        "/graphql" if asked.body.contains("query HistoryPage") => rows_at(asked, &[5, 6, 7]),
        _ => answer(asked, &node(7, true), 0, FILES),
    })
    .await;
    for tries in 1..=2 {
        record(&server, &scratch).await;
        assert!(steps(&scratch).is_empty(), "it waits for the files");
        assert_eq!(failures(&scratch), vec!["/one.parquet: HTTP status 403"; tries]);
    }
    record(&server, &scratch).await;
    assert_eq!(steps(&scratch), [5, 6, 7]);
    let asked = server.asked().len();
    record(&server, &scratch).await;
    assert_eq!((steps(&scratch).len(), failures(&scratch).len()), (3, 3));
    assert!(server.asked()[asked..].iter().all(|asked| !asked.target.contains("parquet")));
}

#[tokio::test]
async fn a_row_just_behind_its_page_is_left_to_the_next() {
    let all: Vec<u64> = (0..2_002).collect();
    for is_told in [true, false] {
        let (scratch, all) = (Scratch::new(), all.clone());
        let expected = all.clone();
        let server = Server::start(move |asked| {
            if asked.body.contains("query HistoryPage") {
                let end = step_of(asked, "maxStep").saturating_add(1).min(all.len() as u64);
                return rows_from(step_of(asked, "minStep").min(end), end);
            }
            answer(asked, &node(2_001, is_told), 0, NO_FILES)
        })
        .await;
        record(&server, &scratch).await;
        assert_eq!((steps(&scratch), failures(&scratch)), (expected, vec![]));
    }
}

#[tokio::test]
async fn rows_that_come_late_are_had_with_the_next_poll() {
    let scratch = Scratch::new();
    let server = Server::start(|asked| answer(asked, &node(150, true), 149, NO_FILES)).await;
    record(&server, &scratch).await;
    assert_eq!(steps(&scratch).len(), 149);
    drop(server);
    let server = Server::start(|asked| answer(asked, &node(152, true), 153, NO_FILES)).await;
    record(&server, &scratch).await;
    assert_eq!(steps(&scratch), (0..153).collect::<Vec<_>>());
}

/// A history with rows at these steps alone.
fn rows_at(asked: &Asked, steps: &[u64]) -> Reply {
    let (from, to) = (step_of(asked, "minStep"), step_of(asked, "maxStep"));
    let rows = steps.iter().filter(|step| (from..to).contains(step));
    let rows: Vec<_> = rows.map(|step| format!(r#""{{\"_step\": {step}}}""#)).collect();
    Reply::ok(format!(r#"{{"data":{{"project":{{"run":{{"history":[{}]}}}}}}}}"#, rows.join(",")))
}

#[tokio::test]
async fn steps_that_lie_far_apart_take_few_questions() {
    const STEPS: [u64; 4] = [0, 3, 5_000_000, 1 << 60];
    for is_told in [true, false] {
        let scratch = Scratch::new();
        let server = Server::start(move |asked| {
            if asked.body.contains("query HistoryPage") {
                return rows_at(asked, &STEPS);
            }
            answer(asked, &node(1 << 60, is_told), 0, NO_FILES)
        })
        .await;
        record(&server, &scratch).await;
        assert_eq!(steps(&scratch), STEPS);
        assert!(server.asked().len() < 300, "{}", server.asked().len());
    }
}

#[tokio::test]
async fn a_step_that_cannot_be_ends_nothing_but_its_page() {
    for last in [u64::MAX, i64::MAX as u64] {
        let scratch = Scratch::new();
        let server = Server::start(move |asked| {
            if asked.body.contains("query HistoryPage") {
                // It answers with a row that belongs to no page that is asked for.
                return rows_from(1 << 61, (1 << 61) + 1);
            }
            answer(asked, &node(last, true).replace("18446744073709551616", "9"), 0, NO_FILES)
        })
        .await;
        record(&server, &scratch).await;
        assert!(steps(&scratch).is_empty());
        assert!(
            failures(&scratch)[0].contains("a row of step 2305843009213693952 is on the page"),
            "{:?}",
            failures(&scratch)
        );
    }
}
