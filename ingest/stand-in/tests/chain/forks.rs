//! Chains that part from what is recorded, and nodes that only seem to.

use std::time::Duration;

use annals_ingest::sources::FollowOptions;
use annals_log::{ChainState, Fact as _, NodeTrouble};
use annals_stand_in::chain::{RecordedChain, ServedChain as _};
use serde_json::json;

use super::following::{Session, blocks, options, outages, retracted, run, state};
use super::ladder::{HEAD, NETUID, TRUE, chain, fork, hash_at};
use super::node::Node;
use crate::scratch::{Entry, Scratch};

#[derive(Clone, Copy, PartialEq)]
enum Recorder {
    Runs,
    /// While the chain turned to the fork.
    WasAway,
}

/// The hash that a chain gives at a height.
fn hash_of(chain: &RecordedChain, height: u64) -> String {
    serde_json::from_str(&chain.answer("chain_getBlockHash", &json!([height]).to_string()).unwrap()).unwrap()
}

fn bytes_of(hash: &str) -> [u8; 32] {
    hex::decode(&hash[2..]).unwrap().try_into().unwrap()
}

/// What the log has when this is the last block.
fn true_up_to(height: u64) -> &'static [Entry] {
    let next = TRUE.iter().position(|entry| entry.is_block_at(height + 1));
    &TRUE[..next.unwrap_or(TRUE.len())]
}

/// Records up to `recorded`, and then goes on up to `head` with a chain that has other blocks from `first` on.
fn follow_over_a_fork(recorded: u64, first: u64, head: u64, recorder: Recorder) {
    let scratch = Scratch::of_subnet(NETUID);
    let (old, new) = (chain(), fork(first));
    let told: Vec<_> = (first..=recorded)
        .rev()
        .map(|height| (hash_of(&old, height), Some(bytes_of(&hash_of(&new, height)))))
        .collect();
    let hashes: Vec<_> = (1..=recorded).map(|height| hash_of(&old, height)).collect();
    let hashes = hashes.into_iter().chain((first..=head).map(|height| hash_of(&new, height)));
    let hashes: Vec<_> = hashes.collect();
    run(async {
        let node = Node::sound(old);
        node.show(recorded);
        let server = node.serve().await;
        let mut session = Session::new(&scratch, options([server.url().as_str()]));
        session.up_to(recorded).await.unwrap();
        node.turn_to(new, head);
        if recorder == Recorder::WasAway {
            session.close();
            session = Session::new(&scratch, options([server.url().as_str()]));
        }
        // At the same height nothing is missing before the first answer.
        session.step().await.unwrap();
        session.up_to(head).await.unwrap();
        session.close();
    });
    let entries = scratch.entries();
    assert!(outages(&entries).is_empty());
    assert_eq!(retracted(&entries), told, "the highest first");
    let recorded_hashes: Vec<_> = blocks(&entries).iter().map(|entry| entry.native_id.clone()).collect();
    assert_eq!(recorded_hashes, hashes);
    assert_eq!(state(&entries), state(true_up_to(head)), "the fork executed the same");
    // Behind the first new block all of the state was read, with the metadata of the runtime that executed that block.
    let first_new = &hashes[usize::try_from(recorded).unwrap()];
    let mut states = entries.iter().filter(|entry| entry.kind == ChainState::KIND);
    let is_other = state(true_up_to(first)) != state(true_up_to(recorded));
    assert_eq!(states.any(|entry| entry.native_id == *first_new), is_other);
    for (new, old) in blocks(&entries)[usize::try_from(recorded).unwrap()..].iter().zip(first..) {
        let old = TRUE.iter().find(|entry| entry.is_block_at(old)).unwrap().block().unwrap();
        let new = new.block().unwrap();
        assert_eq!((new.spec_version, &new.events), (old.spec_version, &old.events));
    }
}

#[test]
fn blocks_that_are_none_of_the_chains_any_more_are_retracted() {
    follow_over_a_fork(7, 5, 8, Recorder::Runs);
}

#[test]
fn a_fork_of_the_same_height_is_seen() {
    follow_over_a_fork(7, 7, 7, Recorder::Runs);
}

#[test]
fn a_fork_below_new_code_is_decoded_by_the_old_runtime() {
    follow_over_a_fork(12, 8, 15, Recorder::Runs);
}

#[test]
fn a_fork_on_the_block_that_brings_new_code_is_decoded_by_the_new_runtime() {
    follow_over_a_fork(16, 14, HEAD, Recorder::Runs);
}

#[test]
fn a_fork_that_came_while_nobody_recorded_is_seen() {
    follow_over_a_fork(12, 8, 15, Recorder::WasAway);
}

/// Its state was due, and no node has that any more.
#[test]
fn a_block_that_is_retracted_before_its_state_was_read_holds_nothing_up() {
    let scratch = Scratch::of_subnet(NETUID);
    let new = fork(3);
    let hash = hash_of(&new, 3);
    run(async {
        let node = Node::with(chain(), |method, params, told| {
            let is_gone = method.starts_with("state_query") && params.contains(&hash_at(3));
            if is_gone { Err("Unknown block: header was not found".to_owned()) } else { told }
        });
        let server = node.serve().await;
        let mut session = Session::new(&scratch, options([server.url().as_str()]));
        while session.recorded() != Some(3) {
            session.step().await.unwrap();
        }
        node.turn_to(new, HEAD);
        session.up_to(HEAD).await.unwrap();
        session.close();
    });
    let entries = scratch.entries();
    assert!(outages(&entries).is_empty());
    assert_eq!(retracted(&entries), [(hash_at(3), Some(bytes_of(&hash)))]);
    assert_eq!(blocks(&entries).len() as u64, HEAD + 1);
    assert_eq!(state(&entries), state(&TRUE));
}

#[test]
fn a_fork_is_refused_while_another_node_holds_on_to_the_recorded_block() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let (turning, sound) = (Node::sound(chain()), Node::sound(chain()));
        turning.show(12);
        let (first, second) = (turning.serve().await, sound.serve().await);
        let (first_url, second_url) = (first.url(), second.url());
        let mut session = Session::new(&scratch, options([first_url.as_str(), second_url.as_str()]));
        session.up_to(12).await.unwrap();
        turning.turn_to(fork(10), 13);
        session.up_to(HEAD).await.unwrap();
        session.close();
        let entries = scratch.entries();
        let told = outages(&entries);
        assert_eq!((told.len(), told[0].0, told[0].1.trouble), (1, first_url.as_str(), NodeTrouble::Wrong));
        assert_eq!(told[0].1.what, format!("it has another block 12 than the log and {second_url}"));
    });
    let entries = scratch.entries();
    assert!(retracted(&entries).is_empty());
    assert_eq!(blocks(&entries), blocks(&TRUE));
    assert_eq!(state(&entries), state(&TRUE));
}

#[test]
fn a_chain_that_has_nothing_in_common_with_the_log_is_refused() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let node = Node::sound(chain());
        node.show(9);
        let server = node.serve().await;
        let from_the_middle = FollowOptions { from_block: Some(5), ..options([server.url().as_str()]) };
        let mut session = Session::new(&scratch, from_the_middle);
        session.up_to(9).await.unwrap();
        node.turn_to(fork(4), 11);
        let (_, what) = session.given_up().await;
        let why = "down to block 5 its chain has nothing in common with the log: it is another chain, or was rewritten";
        assert_eq!(what, why);
        session.close();
    });
    let entries = scratch.entries();
    assert!(retracted(&entries).is_empty());
    assert_eq!(blocks(&entries).len(), 5);
    assert_eq!(outages(&entries).last().unwrap().1.trouble, NodeTrouble::Wrong);
}

#[test]
fn a_node_that_only_lags_behind_is_waited_for() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let node = Node::sound(chain());
        node.show(12);
        let server = node.serve().await;
        let mut session = Session::new(&scratch, options([server.url().as_str()]));
        session.up_to(12).await.unwrap();
        node.show(8);
        let catches_up = async {
            for head in 9..=HEAD {
                tokio::time::sleep(Duration::from_millis(30)).await;
                node.show(head);
            }
        };
        let (followed, ()) = tokio::join!(session.up_to(HEAD), catches_up);
        followed.unwrap();
        session.close();
    });
    let entries = scratch.entries();
    assert!(retracted(&entries).is_empty() && outages(&entries).is_empty());
    assert_eq!(blocks(&entries), blocks(&TRUE));
    assert_eq!(state(&entries), state(&TRUE));
    assert_eq!(blocks(&entries).last().unwrap().native_id, hash_at(HEAD));
}
