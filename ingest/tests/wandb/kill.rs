//! kill -9 between asking W&B and recording what it said: no state is lost that a whole poll saw, and none is told
//! twice.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use annals_ingest::sources::{HistoryPoller, PollOptions, WandbPoller};
use annals_ingest::{ApiKey, ApiOptions, Driver, Taken, WandbApi};
use annals_log::{Fact as _, Log, Options, PollOutcome, RunConfig, WandbHistoryRow, WandbPoll, WandbRun};
use tokio::time::sleep;

use super::asking::asked;
use super::history::{NO_FILES, rows_of_page};
use super::server::{Asked, KEY, Reply, Server};
use crate::scratch::{Run, Scratch, page_of};
use crate::seed::seeded;

const KILLS: usize = 100;
const RUNS: usize = 12;
const PAGE: usize = 5;
/// Requests that a process may make before it is killed: a poll and its rows take some thirty.
const REQUESTS: usize = 80;
/// However slow the machine is, a process asks for something within this.
const ASKS_WITHIN: Duration = Duration::from_secs(120);
const ROOT: &str = "ANNALS_KILL_ROOT";
const URL: &str = "ANNALS_KILL_URL";

/// Polls for ever, or `polls` times.
async fn record(root: PathBuf, base_url: String, polls: Option<usize>) {
    let key = ApiKey::new(KEY, "the test").unwrap();
    let (answer_within, patience) = (Duration::from_secs(10), Duration::ZERO);
    let api = Arc::new(WandbApi::new(&ApiOptions { base_url, key, answer_within, patience }).unwrap());
    let (every, sweep_every) = (Duration::ZERO, Duration::from_millis(20));
    let options = PollOptions { asked: asked(), always: None, every, sweep_every };
    let (mut poller, extents) = WandbPoller::new(Arc::clone(&api), options);
    let mut rows = HistoryPoller::new(api, asked(), extents);
    let mut log = Log::open(&root, Options::default()).unwrap();
    let (mut driver, mut taken, mut polled) = (Driver::default().live(), Taken::default(), 0);
    while polls.is_none_or(|polls| polled < polls) {
        let raw = poller.next(log.memory("wandb").unwrap()).await;
        driver.take(&raw, &mut log, &mut taken).unwrap();
        while poller.is_between_polls() {
            let memory = log.memory("wandb_history").unwrap();
            // It may have had all rows, or the server is slow: a poll that never ends would record no other state.
            let Ok(raw) = tokio::time::timeout(Duration::from_millis(40), rows.next(memory)).await else {
                break;
            };
            driver.take(&raw.unwrap(), &mut log, &mut taken).unwrap();
        }
        polled += usize::from(poller.is_between_polls());
    }
    // Without polls to wait for, the rows end when all have been had.
    drop(poller);
    while let Some(raw) = rows.next(log.memory("wandb_history").unwrap()).await {
        driver.take(&raw, &mut log, &mut taken).unwrap();
    }
    log.close().unwrap();
}

/// Where a killed process lives: this test program, started again with a log and a server, goes on until somebody kills
/// it. The test runner starts it without them; then it records nothing.
#[tokio::test]
async fn a_process_polls_until_it_is_killed() {
    if let (Ok(root), Ok(url)) = (std::env::var(ROOT), std::env::var(URL)) {
        record(root.into(), url, None).await;
    }
}

fn start(scratch: &Scratch, url: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "wandb::kill::a_process_polls_until_it_is_killed", "--nocapture"])
        .env(ROOT, scratch.root())
        .env(URL, url)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// A project whose every run is in another state whenever a poll begins, and logs a row of it.
fn answer(state: &AtomicUsize, asked: &Asked) -> Reply {
    if asked.body.contains("query RunParquetHistory") {
        return Reply::ok(NO_FILES);
    }
    if asked.body.contains("query HistoryPage") {
        return rows_of_page(asked, state.load(Ordering::SeqCst) as u64 + 1);
    }
    let from = asked.body.split(r#""cursor":""#).nth(1).and_then(|rest| rest.split('"').next()?.parse().ok());
    if from.is_none() {
        state.fetch_add(1, Ordering::SeqCst);
    }
    let (state, from) = (state.load(Ordering::SeqCst), from.unwrap_or(0));
    let to = (from + PAGE).min(RUNS);
    let nodes: Vec<String> = (from..to).map(|run| node(run, state)).collect();
    Reply::ok(page_of(&nodes, to < RUNS).replace("Mg==", &to.to_string()))
}

fn node(run: usize, state: usize) -> String {
    let rows = format!(r#""historyLineCount": {}, "historyKeys": {{"lastStep": {state}}}"#, state + 1);
    let run = Run::new(&format!("run{run:02}"), &format!("{{\"n\": {{\"value\": {state}}}}}"));
    run.node().replace(r#""historyKeys": {"keys": {}}"#, &rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_state_is_lost_or_doubled_by_kill_9() {
    let mut rng = seeded("no_state_is_lost_or_doubled_by_kill_9");
    let (state, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (served, counted) = (Arc::clone(&state), Arc::clone(&requests));
    let server = Server::start(move |asked| {
        counted.fetch_add(1, Ordering::SeqCst);
        answer(&served, asked)
    })
    .await;
    let scratch = Scratch::new();
    for _ in 0..KILLS {
        // By what it has asked, and a moment more: by the clock alone a busy machine kills it before it does anything.
        // Half of them while it asks for the pages of its first poll.
        let most = if rng.bool() { RUNS.div_ceil(PAGE) + 1 } else { REQUESTS };
        let last = requests.load(Ordering::SeqCst) + rng.usize(0..most);
        let mut child = start(&scratch, &server.url);
        let begun = Instant::now();
        while requests.load(Ordering::SeqCst) < last {
            assert!(begun.elapsed() < ASKS_WITHIN, "the process asks for nothing");
            sleep(Duration::from_millis(1)).await;
        }
        sleep(Duration::from_micros(rng.u64(0..3_000))).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    record(scratch.root(), server.url.clone(), Some(1)).await;
    let polls = check(&scratch, state.load(Ordering::SeqCst));
    println!("{KILLS} kills, {} polls begun, {polls} of them whole", state.load(Ordering::SeqCst));
    assert!(polls > 10, "{polls} polls: too few to tell anything");
}

/// What is in the log holds together; says how many whole polls there are.
fn check(scratch: &Scratch, last_state: usize) -> usize {
    let (mut states, mut steps) = (BTreeMap::<String, u64>::new(), BTreeMap::<String, u64>::new());
    let mut polls = 0;
    for event in scratch.found() {
        match event.kind {
            WandbRun::KIND => {
                let text = event.fact::<WandbRun>().config_text(&event.attached).unwrap().unwrap();
                let n = RunConfig::read(&text).unwrap().get("n").unwrap().to_json().parse().unwrap();
                let before = states.insert(event.native_id, n);
                assert!(before.is_none_or(|before| before < n), "state {n} after {before:?}");
            }
            WandbPoll::KIND if event.native_id.is_empty() => {
                let poll: WandbPoll = event.fact();
                assert_eq!(poll.outcome, PollOutcome::Complete);
                let first = *states.values().next().unwrap();
                assert!(states.len() == RUNS && states.values().all(|state| *state == first), "{states:?}");
                polls += 1;
            }
            WandbHistoryRow::KIND => {
                let step = event.fact::<WandbHistoryRow>().step.unwrap();
                let before = steps.insert(event.native_id, step);
                assert_eq!(step, before.map_or(0, |before| before + 1), "every row, once, in order");
            }
            kind => panic!("nothing else is told, and there is a {kind}"),
        }
    }
    assert!(states.values().all(|state| *state == last_state as u64), "{states:?}");
    assert!(steps.len() == RUNS && steps.values().all(|step| *step == last_state as u64), "{steps:?}");
    polls
}
