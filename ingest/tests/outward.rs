//! Acts outward: what is sent to a node, how often, and what is told of it.

use std::time::{Duration, Instant};

use annals_ingest::outward::{Announced, Announcement, MetricsEndpoint, Wait};
use annals_ingest::sources::{ChainNow, NodeError};
use annals_log::{
    ExtrinsicSubmitted, Fact as _, HotkeySigner, InBlock, NodeTrouble, PrometheusInfo, SubmitOutcome, decode,
};
use sp_core::crypto::Pair as _;
use sp_core::sr25519;

use crate::fake_node::{FakeNode, HEIGHT, Pool};

const ENDPOINT: MetricsEndpoint = MetricsEndpoint {
    ip: std::net::IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 7)),
    port: 9100,
    version: 1,
};

/// As every development node here has it.
const GENESIS: &str = "0x4545454545454545454545454545454545454545454545454545454545454545";

fn info(block: u64) -> PrometheusInfo {
    PrometheusInfo { block, version: 1, ip: 3_405_803_783, port: 9100, ip_type: 4 }
}

fn alice() -> HotkeySigner {
    HotkeySigner::new(sr25519::Pair::from_string("//Alice", None).unwrap())
}

async fn announce(urls: &[String], within: Duration) -> Result<Announced, NodeError> {
    let announcement = Announcement {
        rpc: urls,
        genesis: Some(GENESIS),
        netuid: 3,
        endpoint: ENDPOINT,
        signer: &alice(),
        wait: Wait::Finalized,
        within,
    };
    announcement.make(&mut None).await
}

/// The act as it is recorded, with its block.
async fn act(node: &FakeNode) -> (ExtrinsicSubmitted, Option<u64>) {
    match announce(&[node.url()], Duration::from_secs(1)).await.unwrap() {
        Announced::Sent(event, outcome) => {
            assert_eq!(event.kind, ExtrinsicSubmitted::KIND);
            let act: ExtrinsicSubmitted = decode(&event.body).unwrap();
            assert_eq!((&act.outcome, &act.node), (&outcome, &node.url()));
            (act, event.block)
        }
        Announced::Already(told) => panic!("{told:?}"),
    }
}

#[tokio::test]
async fn what_the_chain_says_already_is_not_sent() {
    let node = FakeNode::start(101, Pool::DropsIt, Some(info(4)), None).await;
    let told = announce(&[node.url()], Duration::from_secs(1)).await.unwrap();
    assert!(matches!(told, Announced::Already(told) if told == info(4)));
    assert!(node.sent().is_empty());
}

#[tokio::test]
async fn each_runtime_is_sent_the_call_in_its_own_form() {
    // Arguments as a node recorded them of another client; the pallet has another index since v143.
    let args = "030001000000077100cb000000000000000000000000";
    for (spec_version, call) in [(101, "0805"), (143, "0705")] {
        let other = PrometheusInfo { port: 9101, ..info(4) };
        let node = FakeNode::start(spec_version, Pool::Refuses(12), Some(other), None).await;
        let (act, block) = act(&node).await;
        let [sent] = &node.sent()[..] else { panic!("{:?}", node.sent()) };
        assert!(sent.ends_with(&format!("{call}{args}8c2304")), "v{spec_version}: {sent}");
        assert_eq!(act.args, r#"{"netuid":3,"version":1,"ip":3405803783,"port":9100,"ip_type":4}"#);
        assert_eq!((act.pallet.as_str(), act.call.as_str()), ("SubtensorModule", "serve_prometheus"));
        assert_eq!(act.signer.0, alice().hotkey().public_key());
        let why = "Invalid Transaction: Custom error: 12, ServingRateLimitExceeded (1010)";
        assert_eq!((act.outcome, block), (SubmitOutcome::Refused(why.to_owned()), None));
    }
}

#[tokio::test]
async fn what_is_lost_sight_of_is_looked_for_and_never_sent_again() {
    let node = FakeNode::start(143, Pool::LosesSightOfIt, None, Some(info(HEIGHT))).await;
    let (act, block) = act(&node).await;
    let in_block = InBlock { hash: [1; 32], is_final: true };
    assert_eq!((act.outcome, block), (SubmitOutcome::Included(in_block), Some(HEIGHT)));
    assert_eq!(node.sent().len(), 1);
}

#[tokio::test]
async fn what_is_not_found_is_unknown_and_was_sent_once() {
    let node = FakeNode::start(143, Pool::DropsIt, None, None).await;
    let (act, block) = act(&node).await;
    assert!(
        matches!(&act.outcome, SubmitOutcome::Unknown(why) if why.contains("does not say it yet")),
        "{act:?}"
    );
    assert_eq!((node.sent().len(), block), (1, None));
}

#[tokio::test]
async fn a_node_that_cannot_be_reached_is_tried_three_times_and_another_chain_once() {
    let closed = vec!["ws://127.0.0.1:9".to_owned()];
    let begun = Instant::now();
    let error = announce(&closed, Duration::from_secs(1)).await.unwrap_err();
    assert_eq!((error.trouble, error.node.as_str()), (NodeTrouble::Unreachable, "ws://127.0.0.1:9"));
    assert!(begun.elapsed() >= Duration::from_secs(3), "{:?}", begun.elapsed());

    let node = FakeNode::start(101, Pool::DropsIt, Some(info(4)), None).await;
    // A second node is as good.
    let told = announce(&[closed[0].clone(), node.url()], Duration::from_secs(1)).await.unwrap();
    assert!(matches!(told, Announced::Already(_)));
    let begun = Instant::now();
    let other = ChainNow::ask(&node.url(), Some("0x01"), Duration::from_secs(5)).await;
    assert!(
        other.is_err_and(|error| error.trouble == NodeTrouble::Wrong && error.what.contains("another chain"))
    );
    // Three tries would take as long.
    assert!(begun.elapsed() < Duration::from_secs(3));
}
