//! Following up to the head: it always ends, and what is no trouble is told as none.

use std::time::Duration;

use annals_ingest::sources::{FollowError, FollowOptions};
use annals_stand_in::chain::Head;

use super::following::{Session, blocks, options, outages, retracted, run};
use super::ladder::{HEAD, NETUID, TRUE, chain, fork, hash_at};
use super::node::Node;
use crate::scratch::{Entry, Scratch};

/// A head that does not move is waited for longer than any test takes.
fn to_head(url: &str) -> FollowOptions {
    FollowOptions {
        until_head: true,
        rounds_max: Some(3),
        head_within: Duration::from_secs(3600),
        ..options([url])
    }
}

/// Follows node after node to its end, each in a session of its own.
fn follow(nodes: &[&std::sync::Arc<Node>]) -> Vec<Entry> {
    let scratch = Scratch::of_subnet(NETUID);
    for node in nodes {
        run(async {
            let server = node.serve().await;
            let mut session = Session::new(&scratch, to_head(&server.url()));
            session.follow_to_the_end().await.unwrap();
            session.close();
        });
    }
    scratch.entries()
}

#[test]
fn a_log_at_the_head_or_beyond_it_ends_at_once_and_records_nothing() {
    let (sound, behind) = (Node::sound(chain()), Node::sound(chain()));
    behind.show(10);
    let once = follow(&[&sound]);
    assert_eq!(blocks(&once), blocks(&TRUE));
    assert_eq!(follow(&[&sound, &sound, &behind]), once);
    assert_eq!(outages(&once), []);
}

#[test]
fn another_branch_shows_though_it_is_shorter_than_the_log() {
    let (sound, other) = (Node::sound(chain()), Node::sound(fork(9)));
    other.show(12);
    let entries = follow(&[&sound, &other]);
    assert_eq!(blocks(&entries).len() as u64, HEAD + 4);
    let taken_back: Vec<String> = retracted(&entries).into_iter().map(|(hash, _)| hash).collect();
    assert_eq!(taken_back, (9..=HEAD).rev().map(hash_at).collect::<Vec<_>>());
}

#[test]
fn a_first_block_that_is_not_there_yet_is_said_at_once() {
    let scratch = Scratch::of_subnet(NETUID);
    let error = run(async {
        let server = Node::sound(chain()).serve().await;
        let from_above = FollowOptions { from_block: Some(HEAD + 1), ..to_head(&server.url()) };
        let mut session = Session::new(&scratch, from_above);
        let error = session.follow_to_the_end().await.unwrap_err();
        session.close();
        error
    });
    assert!(matches!(error, FollowError::AboveHead { head: HEAD, asked: 22, .. }), "{error}");
    assert_eq!(scratch.entries(), []);
}

/// The head that was announced first is none: nobody waits until the chain has grown to it.
#[test]
fn a_head_that_no_chain_comes_to_ends_with_the_reason() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let node = Node::sound(chain());
        let server = node.serve().await;
        let honest = node.head();
        let header = honest.header.replacen("\"number\":\"0x00", "\"number\":\"0xff", 1);
        node.tell(Head { header, ..honest.clone() });
        let mut session = Session::new(&scratch, to_head(&server.url()));
        while session.recorded() != Some(HEAD) {
            session.step().await.unwrap();
        }
        node.tell(honest);
        let (_, what) = session.given_up().await;
        assert!(what.contains("called final"), "{what}");
        session.close();
    });
    assert_eq!(blocks(&scratch.entries()), blocks(&TRUE));
}
