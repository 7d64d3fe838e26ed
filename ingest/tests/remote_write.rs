//! Metrics that neurons send by themselves: what is signed, and what only claims to be.

use std::sync::Arc;

use annals_ingest::sources::{Inbox, InboxFeed, ReceivedRequest, Verdict};
use annals_ingest::{Driver, Feed as _, Taken};
use annals_log::{Account, Log, MetricsReceived};
use prost::Message;
use sp_core::crypto::Pair as _;
use sp_core::sr25519;

use crate::scratch::Scratch;

#[derive(Clone, PartialEq, Message)]
struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    timeseries: Vec<Series>,
}

#[derive(Clone, PartialEq, Message)]
struct Series {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
}

#[derive(Clone, PartialEq, Message)]
struct Label {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Sample {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    timestamp: i64,
}

fn pair(secret: &str) -> sr25519::Pair {
    sr25519::Pair::from_string(secret, None).unwrap()
}

fn address(pair: &sr25519::Pair) -> String {
    Account(pair.public().0).address()
}

/// A body with a series for each of `hotkeys`.
fn body(hotkeys: &[&str]) -> Vec<u8> {
    let label = |name: &str, value: &str| Label { name: name.into(), value: value.into() };
    let series = hotkeys.iter().map(|hotkey| Series {
        labels: vec![label("__name__", "up"), label("hotkey", hotkey)],
        samples: vec![Sample { value: 1.0, timestamp: 1_700_000_000_000 }],
    });
    let message = WriteRequest { timeseries: series.collect() }.encode_to_vec();
    snap::raw::Encoder::new().compress_vec(&message).unwrap()
}

fn request(pair: &sr25519::Pair, body: &[u8]) -> ReceivedRequest {
    ReceivedRequest {
        hotkey: Some(address(pair)),
        netuid: Some("27".into()),
        signature: Some(hex::encode(pair.sign(body).0)),
        peer: Some("203.0.113.9".into()),
        has_neuron: Some(true),
    }
}

/// Takes requests into a log, one after the other. Returns the answers, and the events that were recorded.
async fn received(
    requests: Vec<(ReceivedRequest, Vec<u8>)>,
) -> (Vec<Option<Verdict>>, Vec<(MetricsReceived, Vec<Vec<u8>>)>) {
    let scratch = Scratch::new();
    let mut log = scratch.open_now();
    let (inbox, feed) = Inbox::new(27);
    let sending = async move {
        let mut answers = Vec::new();
        for (request, body) in requests {
            answers.push(inbox.take(request, body).await);
        }
        answers
    };
    let (answers, ()) = tokio::join!(sending, record(feed, &mut log));
    drop(log);
    let found = scratch.found().into_iter().filter(|found| found.source == "remote_write");
    (answers, found.map(|found| (found.fact(), found.attached.clone())).collect())
}

/// Records as a supervisor does, until nobody can send any more.
async fn record(mut feed: InboxFeed, log: &mut Log) {
    let mut driver = Driver::default().live();
    while let Some(raw) = feed.next(Arc::default()).await.unwrap() {
        driver.take(&raw, log, &mut Taken::default()).unwrap();
        feed.taken(&raw, log.memory("remote_write").unwrap());
    }
}

#[tokio::test]
async fn a_request_is_right_only_if_all_of_it_is() {
    let (miner, other) = (pair("//Miner"), pair("//Other"));
    let right = body(&[&address(&miner), &address(&miner)]);
    let of = |change: fn(&mut ReceivedRequest)| {
        let mut request = request(&miner, &right);
        change(&mut request);
        (request, right.clone())
    };
    let foreign = body(&[&address(&miner), &address(&other)]);
    let nobody = body(&[""]);
    let wrapped = hex::encode(miner.sign(&[b"<Bytes>", right.as_slice(), b"</Bytes>"].concat()).0);
    let mut of_wallet = request(&miner, &right);
    of_wallet.signature = Some(format!("0x{wrapped}"));
    let cases = [
        ("right", true, of(|_| ())),
        ("right", false, (of_wallet, right.clone())),
        ("right", true, (request(&miner, &body(&[])), body(&[]))),
        ("bad_header", false, of(|request| request.hotkey = None)),
        ("bad_header", false, of(|request| request.hotkey = Some("5Nobody".into()))),
        ("bad_header", false, of(|request| request.netuid = Some("65536".into()))),
        ("bad_header", false, of(|request| request.signature = Some("00".into()))),
        ("bad_header", false, of(|request| request.signature = None)),
        ("other_netuid", false, of(|request| request.netuid = Some("12".into()))),
        ("no_neuron", false, of(|request| request.has_neuron = Some(false))),
        ("right", true, {
            let other_body = body(&[&address(&miner)]);
            let mut sent = request(&miner, &other_body);
            sent.has_neuron = None;
            (sent, other_body)
        }),
        ("bad_signature", false, (request(&miner, &right), foreign.clone())),
        ("bad_signature", false, {
            let mut sent = request(&other, &right);
            sent.hotkey = Some(address(&miner));
            (sent, right.clone())
        }),
        ("other_hotkey", true, (request(&miner, &foreign), foreign.clone())),
        ("other_hotkey", true, (request(&miner, &nobody), nobody.clone())),
        ("undecodable", true, (request(&miner, b"no snappy"), b"no snappy".to_vec())),
    ];
    let (answers, recorded) = received(cases.iter().map(|(_, _, sent)| sent.clone()).collect()).await;
    let names: Vec<_> = answers.iter().map(|answer| answer.as_ref().unwrap().name()).collect();
    assert_eq!(names, cases.iter().map(|(name, ..)| *name).collect::<Vec<_>>());
    assert_eq!(answers[0], Some(Verdict::Right { series: 2, samples: 2 }));
    // The second is the first again, in another signature: nothing new.
    assert_eq!(recorded.len(), cases.len() - 1);
    let without_second = cases.iter().enumerate().filter(|(place, _)| *place != 1).map(|(_, case)| case);
    for ((name, keeps_body, (_, body)), (told, attached)) in without_second.zip(&recorded) {
        assert_eq!(told.verdict.name(), *name);
        assert_eq!(attached.len(), usize::from(*keeps_body), "{name}");
        assert!(attached.iter().all(|attached| attached == body));
        assert_eq!(told.peer.as_deref(), Some("203.0.113.9"));
    }
}

#[tokio::test]
async fn whoever_sends_nothing_but_wrong_requests_fills_no_log() {
    let miner = pair("//Miner");
    let mut wrong = request(&miner, b"a");
    wrong.signature = Some("00".repeat(64));
    let right = body(&[&address(&miner)]);
    let mut requests = vec![(wrong, b"a".to_vec()); 200];
    requests.push((request(&miner, &right), right));
    let (answers, recorded) = received(requests).await;
    // At most two minutes are touched.
    let refused = answers.iter().flatten().filter(|answer| answer.name() == "bad_signature").count();
    assert!((60..=120).contains(&refused) && recorded.len() == refused + 1, "{refused}");
    assert_eq!(answers.last().unwrap().as_ref().map(Verdict::name), Some("right"));
}
