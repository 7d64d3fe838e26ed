//! Nodes that lie, hang, close, or have not what they should: an error, a `chain_outage` and another node, never a
//! wrong block and never a missing one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use annals_ingest::sources::FollowOptions;
use annals_log::NodeTrouble;
use annals_stand_in::chain::RecordedChain;

use super::following::{Session, blocks, options, outages, run, state};
use super::ladder::{GENESIS, HEAD, NETUID, TRUE, chain, forked, hash_at};
use super::lines::{self, Line};
use super::node::{Node, Told};
use crate::scratch::Scratch;

/// The keys behind which subnet 3 keeps its Prometheus endpoints.
const PROMETHEUS: &str = "0x658faa385070e074c85bf6b568cf0555e2cb8fd8f8e097862c6255753a3c788a0300";

/// Follows the bad node alone, and then with a sound one that may be asked after it.
pub(super) async fn is_seen_through(
    bad: &str,
    trouble: NodeTrouble,
    what: &str,
    change: impl Fn(&mut FollowOptions),
) {
    let scratch = Scratch::of_subnet(NETUID);
    let mut alone = options([bad]);
    change(&mut alone);
    let mut session = Session::new(&scratch, alone);
    let (node, why) = session.given_up().await;
    assert_eq!(node, bad);
    assert!(why.contains(what) || why.contains("chain_outage says why"), "{why}");
    session.close();
    let recorded = scratch.entries();
    let (told, count) = (outages(&recorded), blocks(&recorded).len());
    assert_eq!(blocks(&recorded), blocks(&TRUE)[..count]);
    assert!(count < blocks(&TRUE).len());
    let (_, outage) = told.last().expect("it is told");
    assert!(told.iter().all(|(node, _)| *node == bad), "{told:?}");
    assert!(outage.trouble == trouble && outage.what.contains(what), "{outage:?}");
    assert_eq!(outage.next_block, 1 + count as u64);

    let sound = Node::sound(chain()).serve().await;
    let scratch = Scratch::of_subnet(NETUID);
    let mut both = options([bad, sound.url().as_str()]);
    change(&mut both);
    // The sound one may be slow.
    both.rounds_max = Some(5);
    let mut session = Session::new(&scratch, both);
    session.up_to(HEAD).await.unwrap();
    session.close();
    let recorded = scratch.entries();
    assert_eq!(blocks(&recorded), blocks(&TRUE));
    assert_eq!(state(&recorded), state(&TRUE));
    assert!(outages(&recorded).iter().all(|(node, outage)| *node == bad && outage.trouble == trouble));
    assert!(!outages(&recorded).is_empty());
}

/// The same for a node whose answers are not those of its chain.
pub(super) fn lie_is_seen_through(
    chain: RecordedChain,
    trouble: NodeTrouble,
    what: &str,
    lie: impl Fn(&str, &str, Told) -> Told + Send + Sync + 'static,
) {
    run(async {
        let server = Node::with(chain, lie).serve().await;
        is_seen_through(&server.url(), trouble, what, |_| {}).await;
    });
}

/// The same for a sound node behind a bad line.
fn line_is_seen_through(line: Line, what: &str) {
    run(async {
        let server = Node::sound(chain()).serve().await;
        let url = lines::to(server.address, vec![line]);
        let change = |options: &mut FollowOptions| options.answer_within = Duration::from_millis(1_500);
        is_seen_through(&url, NodeTrouble::Unreachable, what, change).await;
    });
}

/// Whether this is the question for the events of a block.
fn asks_for_events(method: &str, params: &str, height: u64) -> bool {
    method == "state_getStorage" && params.contains(&hash_at(height))
}

#[test]
fn a_header_that_does_not_hash_is_refused() {
    let what = format!("block 9: its header does not hash to {}", hash_at(9));
    lie_is_seen_through(chain(), NodeTrouble::Wrong, &what, |method, params, told| {
        let is_lie = method == "chain_getBlock" && params.contains(&hash_at(9));
        if is_lie {
            told.map(|told| told.replacen("\"stateRoot\":\"0x0", "\"stateRoot\":\"0x1", 1))
        } else {
            told
        }
    });
}

#[test]
fn a_block_with_another_parent_is_refused() {
    let chain = forked(9, |header| {
        if header.number == 9 {
            header.parent_hash[31] ^= 1;
        }
    });
    let what = format!("and the log has {} at that height", hash_at(8));
    lie_is_seen_through(chain, NodeTrouble::Wrong, &what, |_, _, told| told);
}

#[test]
fn a_block_of_another_height_is_refused() {
    let what = "block 9: its header says that it is block 10";
    lie_is_seen_through(chain(), NodeTrouble::Wrong, what, |method, params, told| {
        if method == "chain_getBlockHash" && params == "[9]" {
            Ok(format!("\"{}\"", hash_at(10)))
        } else {
            told
        }
    });
}

#[test]
fn a_block_that_the_node_does_not_have_is_refused() {
    let what = "block 9: the node does not have it";
    lie_is_seen_through(chain(), NodeTrouble::Wrong, what, |method, params, told| {
        let is_lie = method == "chain_getBlock" && params.contains(&hash_at(9));
        if is_lie { Ok("null".to_owned()) } else { told }
    });
}

#[test]
fn a_height_without_a_block_below_the_head_is_refused() {
    let what = "it has no block at a height up to 9, which it called final";
    lie_is_seen_through(chain(), NodeTrouble::Wrong, what, |method, params, told| {
        if method == "chain_getBlockHash" && params == "[9]" { Ok("null".to_owned()) } else { told }
    });
}

#[test]
fn a_block_without_events_is_refused() {
    let what = "it has no events of block 9, which no block is without";
    lie_is_seen_through(chain(), NodeTrouble::Pruned, what, |method, params, told| {
        if asks_for_events(method, params, 9) { Ok("null".to_owned()) } else { told }
    });
}

#[test]
fn no_events_at_all_are_refused() {
    let what = "block 9: a block without events is not: at the least its timestamp was set";
    lie_is_seen_through(chain(), NodeTrouble::Wrong, what, |method, params, told| {
        if asks_for_events(method, params, 9) { Ok("\"0x00\"".to_owned()) } else { told }
    });
}

#[test]
fn a_node_that_lost_the_state_is_pruned() {
    let what = "state_getStorage: ";
    lie_is_seen_through(chain(), NodeTrouble::Pruned, what, |method, params, told| {
        let is_lost = asks_for_events(method, params, 9);
        if is_lost { Err(format!("Client error: State already discarded for {}", hash_at(9))) } else { told }
    });
}

#[test]
fn a_node_that_refuses_a_question_is_told_with_its_words() {
    let what = "its cellar is flooded";
    lie_is_seen_through(chain(), NodeTrouble::Refused, what, |method, params, told| {
        if asks_for_events(method, params, 9) { Err("its cellar is flooded".to_owned()) } else { told }
    });
}

#[test]
fn answers_of_another_form_are_refused() {
    for method_of_lie in ["chain_getBlockHash", "state_getRuntimeVersion", "chain_getHeader"] {
        let what = format!("its answer to {method_of_lie} cannot be read: ");
        lie_is_seen_through(chain(), NodeTrouble::Wrong, &what, move |method, _, told| {
            if method == method_of_lie { Ok("[[\"no\"], 1e999]".to_owned()) } else { told }
        });
    }
}

#[test]
fn metadata_that_is_none_is_refused() {
    let what = "the metadata does not begin with `meta`";
    lie_is_seen_through(chain(), NodeTrouble::Wrong, what, |method, _, told| {
        if method == "state_getMetadata" { Ok("\"0x00ff\"".to_owned()) } else { told }
    });
}

#[test]
fn a_listing_of_keys_without_an_end_is_refused() {
    let page = |first: usize| {
        let keys = (first..first + 512).map(|key| format!("{PROMETHEUS}{key:096x}"));
        Ok(serde_json::to_string(&keys.collect::<Vec<_>>()).unwrap())
    };
    // The same page again and again, and another one every time.
    for is_same in [true, false] {
        let pages = AtomicUsize::new(0);
        lie_is_seen_through(
            chain(),
            NodeTrouble::Wrong,
            "it lists keys without an end",
            move |method, params, told| {
                let is_lie = method == "state_getKeysPaged" && params.contains(PROMETHEUS);
                let pages = if is_lie { pages.fetch_add(512, Ordering::Relaxed) } else { return told };
                page(if is_same { 0 } else { pages })
            },
        );
    }
}

#[test]
fn keys_that_were_not_asked_for_are_refused() {
    let what = "it lists keys that were not asked for";
    lie_is_seen_through(chain(), NodeTrouble::Wrong, what, |method, params, told| {
        let is_lie = method == "state_getKeysPaged" && params.contains(PROMETHEUS);
        if is_lie { Ok(format!("[\"0x00{}\"]", &PROMETHEUS[2..])) } else { told }
    });
}

/// The blocks before it were under way together with it.
#[test]
fn an_answer_over_the_limit_costs_its_own_block_alone() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let too_long = |method: &str, params: &str, told: Told| {
            let is_lie = method == "chain_getBlock" && params.contains(&hash_at(9));
            if is_lie { Ok(format!("\"{}\"", "0".repeat(64 << 20))) } else { told }
        };
        let server = Node::with(chain(), too_long).serve().await;
        let mut session =
            Session::new(&scratch, FollowOptions { rounds_max: Some(2), ..options([server.url().as_str()]) });
        session.given_up().await;
        session.close();
    });
    let recorded = scratch.entries();
    assert_eq!(blocks(&recorded), blocks(&TRUE)[..8]);
    let told = outages(&recorded);
    assert!(told.iter().all(|(_, outage)| outage.trouble == NodeTrouble::Unreachable), "{told:?}");
    assert_eq!(told.last().unwrap().1.next_block, 9);
}

#[test]
fn another_chain_is_refused_by_its_genesis() {
    run(async {
        let lie = |method: &str, params: &str, told| {
            let is_lie = method == "chain_getBlockHash" && params == "[0]";
            if is_lie { Ok(format!("\"0x{}\"", "46".repeat(32))) } else { told }
        };
        let server = Node::with(chain(), lie).serve().await;
        let what = format!(
            "it is of another chain: its block 0 is 0x{}, not 0x{}",
            "46".repeat(32),
            "45".repeat(32)
        );
        let change = |options: &mut FollowOptions| options.genesis = Some(GENESIS.to_owned());
        is_seen_through(&server.url(), NodeTrouble::Wrong, &what, change).await;
    });
}

/// Each of its answers comes in time, and none is good: once it was praised for every one.
#[test]
fn a_node_that_always_lies_is_given_up_after_as_many_rounds_as_any() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let lie = |method: &str, _: &str, told: Told| match method {
            "chain_getBlock" => told.map(|told| told.replace("\"stateRoot\":\"0x0", "\"stateRoot\":\"0x1")),
            _ => told,
        };
        let server = Node::with(chain(), lie).serve().await;
        let mut session =
            Session::new(&scratch, FollowOptions { rounds_max: Some(2), ..options([server.url().as_str()]) });
        let (node, what) = session.given_up().await;
        assert_eq!(node, server.url());
        assert!(what.contains("chain_outage says why"), "{what}");
        session.close();
    });
    let entries = scratch.entries();
    assert!(blocks(&entries).is_empty());
    assert_eq!(outages(&entries).len(), 2);
}

#[test]
fn a_node_that_accepts_and_does_not_answer_is_unreachable() {
    line_is_seen_through(Line::Hangs(0), "");
}

#[test]
fn a_node_that_hangs_midway_is_unreachable() {
    line_is_seen_through(Line::Hangs(20_000), "timeout");
}

#[test]
fn a_node_that_closes_midway_is_unreachable() {
    line_is_seen_through(Line::Closes(20_000), "");
}

#[test]
fn a_node_that_speaks_no_json_is_unreachable() {
    line_is_seen_through(Line::Garbles, "");
}

/// With two of them each was once told in turn, for ever.
#[test]
fn trouble_of_several_nodes_is_told_once_of_each() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let nobody = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let urls = [nobody(), nobody()].map(|free| format!("ws://{free}"));
        let of_both = options(urls.iter().map(String::as_str));
        let mut session = Session::new(&scratch, FollowOptions { rounds_max: Some(3), ..of_both });
        session.given_up().await;
        session.close();
    });
    assert_eq!(outages(&scratch.entries()).len(), 2);
}

#[test]
fn nobody_there_is_unreachable() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    run(is_seen_through(&format!("ws://{free}"), NodeTrouble::Unreachable, "refused", |_| {}));
}

#[test]
fn the_name_of_a_node_has_no_key_in_it() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url = format!("ws://user:secret@{free}/v1/secret?key=secret");
        let mut session = Session::new(&scratch, options([url.as_str()]));
        let (node, what) = session.given_up().await;
        assert_eq!(node, format!("ws://{free}"));
        assert!(!what.contains("secret"), "{what}");
        session.close();
    });
    let entries = scratch.entries();
    let told = outages(&entries);
    assert!(told.len() == 1 && !told[0].0.contains("secret") && !told[0].1.what.contains("secret"));
}
