//! Poll after poll: which pages are asked for, what ends a poll, and what becomes of a server that misleads.

use std::sync::Mutex;
use std::time::Duration;

use annals_ingest::sources::WandbPoller;
use annals_ingest::{Driver, Raw, Taken};
use annals_log::{
    Fact as _, Kind, Log, PollOutcome, PollScope, WandbPoll, WandbRun, WandbRunGone, WandbRunUnseen,
};

use super::asking::poller;
use super::server::{Asked, Reply, Server};
use crate::scratch::{Run, Scratch, page, page_of};

const NOW: Duration = Duration::ZERO;
const NEVER: Duration = Duration::from_secs(3600);

/// A log that is recorded to while somebody polls.
struct Recorder {
    scratch: Scratch,
    log: Log,
    driver: Driver,
}

impl Recorder {
    fn new() -> Self {
        let scratch = Scratch::new();
        let log = scratch.open_now();
        Self { scratch, log, driver: Driver::default().live() }
    }

    /// Takes the answers of one poll in, and says what they were.
    async fn poll(&mut self, poller: &mut WandbPoller) -> Vec<Raw> {
        let mut raws = Vec::new();
        loop {
            let raw = poller.next(self.log.memory("wandb").unwrap()).await;
            self.driver.take(&raw, &mut self.log, &mut Taken::default()).unwrap();
            raws.push(raw);
            if poller.is_between_polls() {
                return raws;
            }
        }
    }

    fn polls(self) -> Vec<WandbPoll> {
        self.log.close().unwrap();
        let found = self.scratch.found().into_iter().filter(|event| event.kind == WandbPoll::KIND);
        found.map(|event| event.fact()).collect()
    }

    fn told_of(&self, kind: Kind) -> Vec<String> {
        let found = self.scratch.found().into_iter().filter(|event| event.kind == kind);
        found.map(|event| event.native_id).collect()
    }
}

fn failure(poll: &WandbPoll) -> &str {
    match &poll.outcome {
        PollOutcome::Failed(what) => what,
        PollOutcome::Complete => "complete",
    }
}

fn run(number: usize) -> Run {
    Run::new(&format!("run{number:03}"), &format!("{{\"n\": {{\"value\": {number}}}}}"))
}

/// Pages of two runs, whose cursors are the place behind them.
fn page_at(runs: &[Run], asked: &Asked) -> Reply {
    let place = |body: &str| body.split(r#""cursor":""#).nth(1)?.split('"').next()?.parse::<usize>().ok();
    let from = place(&asked.body).unwrap_or(0);
    let to = (from + 2).min(runs.len());
    Reply::ok(page(&runs[from..to], to < runs.len()).replace("Mg==", &to.to_string()))
}

#[tokio::test]
async fn a_sweep_sees_every_page_and_a_look_at_recent_runs_ends_where_nothing_is_new() {
    let runs: Vec<Run> = (0..60).map(run).collect();
    let server = Server::start(move |asked| page_at(&runs, asked)).await;
    let mut recorder = Recorder::new();
    let mut poller = poller(server.api(), NOW, NEVER);
    assert_eq!(recorder.poll(&mut poller).await.len(), 30);
    assert_eq!(recorder.poll(&mut poller).await.len(), 10, "twenty runs that are as they were");
    let polls = recorder.polls();
    assert_eq!(
        polls.iter().map(|poll| poll.scope).collect::<Vec<_>>(),
        [PollScope::Sweep, PollScope::Recent]
    );
    assert!(polls.iter().all(|poll| poll.outcome == PollOutcome::Complete));
    let orders = |order: &str| server.asked().iter().filter(|asked| asked.body.contains(order)).count();
    assert_eq!((orders("+created_at"), orders("-heartbeat_at")), (30, 10));
}

#[tokio::test]
async fn after_a_poll_that_failed_the_next_trusts_nothing_that_it_saw() {
    let runs: Vec<Run> = (0..60).map(run).collect();
    // The second poll breaks off behind its first page.
    let server = Server::start(move |asked| match asked.number {
        31 => Reply::of(403, "no"),
        _ => page_at(&runs, asked),
    })
    .await;
    let mut recorder = Recorder::new();
    let mut poller = poller(server.api(), NOW, NEVER);
    recorder.poll(&mut poller).await;
    assert_eq!(recorder.poll(&mut poller).await.len(), 2);
    assert_eq!(poller.trouble(), Some("HTTP status 403"));
    assert_eq!(recorder.poll(&mut poller).await.len(), 30);
    assert_eq!(poller.trouble(), None);
    let polls = recorder.polls();
    assert_eq!(
        polls.iter().map(failure).collect::<Vec<_>>(),
        ["complete", "answer 2: HTTP status 403", "complete"]
    );
}

#[tokio::test]
async fn a_server_that_leads_in_a_circle_is_left() {
    let same = page(&[run(0)], true);
    let lost = same.replace(r#""endCursor": "Mg==", "#, "").replace(r#", "cursor": "Mg==""#, "");
    for (answer, what, pages) in [
        (same, "answer 3: the server sends back to a page that it gave before", 3),
        (lost, "answer 2: the server says that there is a next page, and not where it begins", 2),
    ] {
        let server = Server::start(move |_| Reply::ok(answer.clone())).await;
        let mut recorder = Recorder::new();
        recorder.poll(&mut poller(server.api(), NOW, NOW)).await;
        let poll = recorder.polls().remove(0);
        assert_eq!((failure(&poll), poll.pages), (what, pages));
    }
}

#[tokio::test]
async fn answers_that_are_none_fail_the_poll_and_nothing_else() {
    let good = page(&[run(0)], false);
    let half = good[..good.len() / 2].to_owned();
    let answers: [(Reply, &str); 5] = [
        (Reply::of(403, "{}"), "answer 1: HTTP status 403"),
        (Reply::ok("<html>"), "answer 1: is not the JSON it should be: at byte 0: an object was expected"),
        (Reply::ok(half), "answer 1: is not the JSON it should be"),
        (Reply::ok(r#"{"data":{"project":null}}"#), "answer 1: the answer has no project"),
        (Reply { is_cut: true, ..Reply::ok(good.clone()) }, "answer 1: the answer broke off"),
    ];
    for (answer, what) in answers {
        let (first, good) = (Mutex::new(Some(answer)), good.clone());
        let server =
            Server::start(move |_| first.lock().unwrap().take().unwrap_or_else(|| Reply::ok(good.clone())))
                .await;
        let mut recorder = Recorder::new();
        let mut poller = poller(server.api(), NOW, NEVER);
        recorder.poll(&mut poller).await;
        // The next one is a sweep again: there was none yet.
        recorder.poll(&mut poller).await;
        assert!(recorder.told_of(WandbRunUnseen::KIND).is_empty());
        let polls = recorder.polls();
        assert!(failure(&polls[0]).starts_with(what), "{}", failure(&polls[0]));
        assert_eq!((failure(&polls[1]), polls[1].scope), ("complete", PollScope::Sweep));
    }
}

const PANIC: &str = r#"{"data":null,"errors":[{"message":"a panic occurred"}]}"#;

/// Pages as they are asked for; those with one of `broken` are answered with `status` and errors.
fn page_without(runs: &[Run], broken: &[usize], status: u16, asked: &Asked) -> Reply {
    let text = |key: &str| asked.body.split(&format!("\"{key}\":")).nth(1).unwrap();
    let number = |text: &str| text.trim_matches('"').parse::<usize>().ok();
    let from = number(text("cursor").split(['}', ',']).next().unwrap()).unwrap_or(0);
    let to = (from + number(text("perPage").split(',').next().unwrap()).unwrap()).min(runs.len());
    if broken.iter().any(|place| (from..to).contains(place)) {
        return Reply::of(status, PANIC);
    }
    let from = from.min(to);
    Reply::ok(page(&runs[from..to], to < runs.len()).replace("Mg==", &to.to_string()))
}

#[tokio::test]
async fn a_run_that_breaks_its_page_costs_itself_alone() {
    let all: Vec<Run> = (0..70).map(run).collect();
    for (broken, status) in
        [(vec![13], 500), (vec![13], 200), (vec![0], 500), (vec![69], 502), (vec![20, 21, 60], 500)]
    {
        let (runs, of_server) = (all.clone(), broken.clone());
        let server = Server::start(move |asked| page_without(&runs, &of_server, status, asked)).await;
        let mut recorder = Recorder::new();
        let mut poller = poller(server.patient_api(Duration::from_secs(5), NEVER), NOW, NEVER);
        recorder.poll(&mut poller).await;
        assert!(poller.trouble().is_some_and(|what| what.contains("the server says: a panic occurred")));
        recorder.log.close().unwrap();
        let found = recorder.scratch.found();
        let runs = found.iter().filter(|event| event.kind == WandbRun::KIND);
        let recorded: Vec<&str> = runs.map(|event| event.native_id.as_str()).collect();
        let others = (0..all.len()).filter(|place| !broken.contains(place));
        assert_eq!(recorded, others.map(|place| all[place].id.as_str()).collect::<Vec<_>>(), "{broken:?}");
        let poll: WandbPoll = found.last().unwrap().fact();
        // The tables have the others.
        assert_eq!((&poll.outcome, poll.unreadable.len()), (&PollOutcome::Complete, broken.len()));
        let says_so = |what: &String| what.ends_with("the server says: a panic occurred");
        assert!(poll.unreadable.iter().all(says_so), "{:?}", poll.unreadable);
        assert!(poll.lacks().unwrap().starts_with(&format!("{} of its runs could not", broken.len())));
        assert!(server.asked().len() < 40, "{} of {broken:?}", server.asked().len());
    }
}

#[tokio::test]
async fn a_server_that_breaks_on_everything_fails_the_poll_and_is_heard_again() {
    let runs: Vec<Run> = (0..3).map(run).collect();
    let server = Server::start(move |asked| match asked.number {
        0..12 => Reply::of(500, PANIC),
        _ => page_without(&runs, &[], 500, asked),
    })
    .await;
    let mut recorder = Recorder::new();
    let mut poller = poller(server.api(), NOW, NEVER);
    recorder.poll(&mut poller).await;
    assert!(poller.trouble().is_some());
    let closing: WandbPoll = recorder.scratch.found().last().unwrap().fact();
    assert_ne!(closing.outcome, PollOutcome::Complete);
    while server.asked().len() < 12 {
        recorder.poll(&mut poller).await;
    }
    recorder.poll(&mut poller).await;
    assert_eq!((poller.trouble(), recorder.told_of(WandbRun::KIND).len()), (None, 3));
    assert_eq!(recorder.polls().last().map(|poll| poll.outcome.clone()), Some(PollOutcome::Complete));
}

#[tokio::test]
async fn a_run_that_vanishes_between_pages_is_there_until_the_server_says_that_it_is_not() {
    let all: Vec<Run> = (0..4).map(run).collect();
    let fewer = [all[0].clone(), all[2].clone(), all[3].clone()];
    // It vanishes between two pages of the second sweep, which for that passes over another one.
    let server = Server::start(move |asked| {
        if asked.body.contains("query Run(") {
            return Reply::ok(r#"{"data":{"project":{"run":null}}}"#);
        }
        page_at(if asked.number < 3 { &all } else { &fewer }, asked)
    })
    .await;
    let mut recorder = Recorder::new();
    let mut poller = poller(server.api(), NOW, NOW);
    for (unseen, gone) in [(0, 0), (1, 0), (2, 0), (2, 1), (2, 1)] {
        recorder.poll(&mut poller).await;
        assert_eq!(recorder.told_of(WandbRunUnseen::KIND).len(), unseen);
        assert_eq!(recorder.told_of(WandbRunGone::KIND).len(), gone);
    }
    assert_eq!(recorder.told_of(WandbRunUnseen::KIND), ["run002", "run001"]);
    assert_eq!(recorder.told_of(WandbRunGone::KIND), ["run001"]);
    assert_eq!(server.asked().iter().filter(|asked| asked.body.contains("query Run(")).count(), 1);
}

#[tokio::test]
async fn odd_runs_are_recorded_as_they_are() {
    let large = format!("{{\"note\": {{\"value\": \"{}\"}}}}", "x".repeat(10 << 20));
    let raw_controls = page_of(&[run(1).node().replace("validator-run001", "a\u{1}\tb")], false);
    let reused = run(2).node().replace("2025-06-02T08:36:23", "2026-01-01T00:00:00");
    let answers = [
        page(&[Run::new("large", &large)], false),
        raw_controls,
        page(&[run(2)], false),
        page_of(&[reused], false),
    ];
    let server = Server::start(move |asked| Reply::ok(answers[asked.number].clone())).await;
    let mut recorder = Recorder::new();
    let mut poller = poller(server.patient_api(Duration::from_secs(20), NOW), NOW, NEVER);
    for _ in 0..4 {
        recorder.poll(&mut poller).await;
    }
    recorder.log.close().unwrap();
    let found = recorder.scratch.found();
    let runs: Vec<(String, WandbRun)> = found
        .iter()
        .filter(|event| event.kind == WandbRun::KIND)
        .map(|event| (event.native_id.clone(), event.fact()))
        .collect();
    assert_eq!(
        runs.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(),
        ["large", "run001", "run002", "run002"]
    );
    assert_eq!(runs[1].1.display_name.as_deref(), Some("a\u{1}\tb"));
    assert_eq!(runs[3].1.created_at, "2026-01-01T00:00:00");
}
