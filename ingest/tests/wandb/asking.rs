//! One request: when it is tried again, when not, and what is told of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use annals_ingest::sources::{PollOptions, WandbPoller};
use annals_ingest::{ApiError, ApiKey, ApiOptions, Exchange, Outcome, RunsAsked, WandbApi};
use annals_log::SourceMemory;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::server::{KEY, Reply, Server};
use crate::scratch::page;

pub(super) fn asked() -> RunsAsked {
    RunsAsked::of_subnet("neuralinternet", "opencompute", 27)
}

/// Polls often, and sweeps now and then.
pub(super) fn poller(api: Arc<WandbApi>, every: Duration, sweep_every: Duration) -> WandbPoller {
    WandbPoller::new(api, PollOptions { asked: asked(), always: None, every, sweep_every }).0
}

/// What the first request of a poll came to.
async fn first_of(api: Arc<WandbApi>) -> Exchange {
    let mut poller = poller(api, Duration::ZERO, Duration::ZERO);
    poller.next(&SourceMemory::default()).await.exchanges.remove(0)
}

fn status(exchange: &Exchange) -> Option<u16> {
    match &exchange.outcome {
        Outcome::Answer(answer) => Some(answer.status),
        Outcome::Failed(_) => None,
    }
}

fn failure(exchange: &Exchange) -> &str {
    match &exchange.outcome {
        Outcome::Failed(what) => what,
        Outcome::Answer(answer) => panic!("answered with {}", answer.status),
    }
}

#[tokio::test]
async fn a_server_that_says_when_is_asked_again_then_and_not_before() {
    let server = Server::start(|asked| match asked.number {
        0 => Reply::of(429, "").with("Retry-After", "1"),
        1 => Reply::of(503, "").with("RateLimit-Remaining", "0").with("RateLimit-Reset", "1"),
        _ => Reply::ok(page(&[], false)),
    })
    .await;
    let began = Instant::now();
    // Its own pauses would be three seconds at least, and patience would end before.
    let exchange = first_of(server.patient_api(Duration::from_secs(5), Duration::from_millis(2_900))).await;
    assert_eq!((status(&exchange), server.asked().len()), (Some(200), 3));
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_server_that_wants_longer_than_anybody_waits_is_left_alone() {
    let server = Server::start(|_| Reply::of(429, "slow down").with("Retry-After", "600")).await;
    let api = server.patient_api(Duration::from_secs(5), Duration::from_secs(1));
    assert_eq!(status(&first_of(Arc::clone(&api)).await), Some(429));
    assert!(api.quiet_until().is_some_and(|at| at > Instant::now() + Duration::from_secs(590)));
    // The next poll waits for that moment, and asks nothing.
    let waiting = tokio::time::timeout(Duration::from_millis(200), first_of(api)).await;
    assert!(waiting.is_err());
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn what_does_not_change_is_not_tried_again() {
    for refused in [400, 401, 403, 404, 302, 501] {
        let server =
            Server::start(move |_| Reply::of(refused, "<html>").with("Location", "/elsewhere")).await;
        let exchange = first_of(server.patient_api(Duration::from_secs(5), Duration::from_secs(5))).await;
        assert_eq!((status(&exchange), server.asked().len()), (Some(refused), 1));
    }
}

#[tokio::test]
async fn a_server_that_stalls_breaks_off_or_is_not_there_is_told_of_in_words() {
    let stalls = Server::start(|_| Reply { after: Duration::from_secs(20), ..Reply::ok("{}") }).await;
    let hasty = stalls.patient_api(Duration::from_millis(700), Duration::ZERO);
    assert!(failure(&first_of(hasty).await).starts_with("no answer in time"));
    let breaks_off = Server::start(|_| Reply { is_cut: true, ..Reply::ok(page(&[], false)) }).await;
    let exchange = first_of(breaks_off.api()).await;
    assert!(failure(&exchange).starts_with("the answer broke off"), "{exchange:?}");
    let gone = Server::start(|_| Reply::ok("{}")).await;
    let api = gone.api();
    drop(gone);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let exchange = first_of(api).await;
    assert!(failure(&exchange).starts_with("no connection"), "{exchange:?}");
}

#[tokio::test]
async fn the_key_goes_to_the_server_and_nowhere_else() {
    let server = Server::start(|asked| match asked.number {
        0 => Reply::of(401, format!("no such key: {KEY}")),
        _ => Reply::ok(page(&[], false)),
    })
    .await;
    let exchange = first_of(server.api()).await;
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("api:{KEY}")));
    assert_eq!(server.asked()[0].authorization.as_deref(), Some(basic.as_str()));
    assert!(!format!("{:?}", exchange.request).contains(KEY));
    // A server that repeats it has it struck out.
    assert!(!format!("{exchange:?}").contains(KEY), "{exchange:?}");
    let Outcome::Answer(answer) = exchange.outcome else { panic!("it was answered") };
    assert_eq!(answer.body, b"no such key: (the key)");
}

#[test]
fn an_url_that_is_none_is_refused_and_its_secrets_are_not_repeated() {
    let refused = |base_url: &str| {
        let key = ApiKey::new(KEY, "the test").unwrap();
        let (answer_within, patience) = (Duration::from_secs(1), Duration::ZERO);
        match WandbApi::new(&ApiOptions { base_url: base_url.into(), key, answer_within, patience }) {
            Err(error @ ApiError::Url(_)) => error.to_string(),
            Err(error) => panic!("{error}"),
            Ok(api) => panic!("{} is taken", api.name()),
        }
    };
    for wrong in ["api.wandb.ai", "ftp://api.wandb.ai", "", "https://user:5ec2e7@api.wandb.ai"] {
        let error = refused(wrong);
        assert!(error.contains("one is as https://api.wandb.ai") && !error.contains("5ec2e7"), "{error}");
    }
}

#[tokio::test]
async fn a_page_that_is_too_long_is_asked_for_in_shorter_ones() {
    let server = Server::start(|asked| {
        let is_long = asked.body.contains(r#""perPage":50"#);
        Reply::ok(if is_long { vec![b' '; 65 << 20] } else { page(&[], false).into_bytes() })
    })
    .await;
    let exchange = first_of(server.patient_api(Duration::from_secs(30), Duration::ZERO)).await;
    assert_eq!(status(&exchange), Some(200));
    assert!(exchange.request.body.contains(r#""perPage":12"#), "{}", exchange.request.body);
}
