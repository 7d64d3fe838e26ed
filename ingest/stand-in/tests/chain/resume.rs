//! What a stop, a crash or a lost connection leaves, and how it goes on behind it: no block is lost, and none is there
//! twice.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use annals_ingest::sources::{FollowError, FollowOptions};
use annals_log::{ChainState, Fact as _, NodeTrouble};

use super::following::{Session, blocks, options, outages, run, state};
use super::ladder::{HEAD, NETUID, TRUE, chain};
use super::lines::{self, Line};
use super::node::Node;
use crate::scratch::Scratch;
use crate::seed::seeded;

/// Whoever waits for a node to come back tries for as long as it takes.
fn patient(url: &str) -> FollowOptions {
    FollowOptions { rounds_max: None, ..options([url]) }
}

/// Whatever was between, the log has the blocks and the state of a session that nothing happened to.
fn nothing_is_lost(scratch: &Scratch) {
    let entries = scratch.entries();
    assert_eq!(blocks(&entries), blocks(&TRUE));
    assert_eq!(state(&entries), state(&TRUE));
}

#[test]
fn a_second_session_goes_on_where_the_first_stopped() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let node = Node::sound(chain());
        node.show(1);
        let server = node.serve().await;
        for sessions_head in [8, 9, 14, HEAD] {
            let mut session = Session::new(&scratch, options([server.url().as_str()]));
            let first = session.recorded().map_or(1, |recorded| recorded + 1);
            for head in first..=sessions_head {
                node.show(head);
                session.up_to(head).await.unwrap();
            }
            session.close();
        }
    });
    assert_eq!(scratch.entries(), *TRUE);
}

#[test]
fn a_state_that_was_due_when_the_recorder_crashed_is_read_first() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let server = Node::sound(chain()).serve().await;
        let url = server.url();
        // So far behind the head a block is fetched without the state.
        let mut crashing = Session::new(&scratch, options([url.as_str()]));
        while crashing.recorded().is_none() {
            crashing.step().await.unwrap();
        }
        drop(crashing);
        assert_eq!(blocks(&scratch.entries()).len(), 1);
        assert!(!scratch.entries().iter().any(|entry| entry.kind == ChainState::KIND));

        let mut session = Session::new(&scratch, options([url.as_str()]));
        session.step().await.unwrap();
        let after = scratch.entries();
        let last = after.last().unwrap();
        assert_eq!((last.kind, &last.native_id), (ChainState::KIND, &blocks(&after)[0].native_id));
        assert_eq!(blocks(&after).len(), 1);
        session.up_to(HEAD).await.unwrap();
        session.close();
    });
    nothing_is_lost(&scratch);
}

#[test]
fn a_crash_after_any_fetch_loses_nothing() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let server = Node::sound(chain()).serve().await;
        let url = server.url();
        let mut session = Session::new(&scratch, options([url.as_str()]));
        while !session.has_come_to(HEAD) {
            session.step().await.unwrap();
            drop(session);
            session = Session::new(&scratch, options([url.as_str()]));
        }
    });
    nothing_is_lost(&scratch);
}

/// Polls a future so often, and then drops it.
async fn polled<F: Future>(future: F, mut polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if polls == 0 => Poll::Ready(None),
        Poll::Pending => {
            polls -= 1;
            Poll::Pending
        }
    })
    .await
}

/// Whoever waits for something else besides drops the call, and calls again.
#[test]
fn a_call_that_is_dropped_at_any_time_loses_nothing() {
    let mut rng = seeded("dropped calls");
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let server = Node::sound(chain()).serve().await;
        let mut session = Session::new(&scratch, options([server.url().as_str()]));
        let mut dropped = 0;
        loop {
            // By how often it was woken, and not by a clock, which on a fast machine drops nothing. Longer and longer,
            // so that it comes to an end.
            let polls = rng.usize(0..8) + (1 << (dropped / 8));
            match polled(session.up_to(HEAD), polls).await {
                Some(done) => break done.unwrap(),
                None => dropped += 1,
            }
        }
        assert!(dropped > 1, "{dropped} calls were dropped");
        session.close();
    });
    let entries = scratch.entries();
    assert_eq!(blocks(&entries), blocks(&TRUE));
    assert_eq!(state(&entries), state(&TRUE));
    assert!(outages(&entries).is_empty());
}

#[test]
fn a_node_that_was_away_is_followed_on_without_a_gap() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let node = Node::sound(chain());
        node.show(8);
        let server = node.serve().await;
        let (address, url) = (server.address, server.url());
        let mut session = Session::new(&scratch, patient(&url));
        session.up_to(8).await.unwrap();
        server.stop().await;
        // While it is away the chain goes on.
        node.show(15);
        let comes_back = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            node.serve_at(address).await
        };
        let (followed, _server) = tokio::join!(session.up_to(15), comes_back);
        followed.unwrap();
        node.show(HEAD);
        session.up_to(HEAD).await.unwrap();
        session.close();
        let told = scratch.entries();
        let told = outages(&told);
        assert!(!told.is_empty());
        assert!(told.iter().all(|(node, outage)| *node == url && outage.trouble == NodeTrouble::Unreachable));
        assert!(told.iter().all(|(_, outage)| outage.next_block == 9 && outage.since_ms > 0));
    });
    nothing_is_lost(&scratch);
}

#[test]
fn a_line_that_closes_again_and_again_loses_no_block() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let server = Node::sound(chain()).serve().await;
        let bad = [Line::Closes(70_000), Line::Closes(150_000), Line::Sound];
        let url = lines::to(server.address, bad.to_vec());
        let mut session = Session::new(&scratch, patient(&url));
        session.up_to(HEAD).await.unwrap();
        session.close();
    });
    nothing_is_lost(&scratch);
}

#[test]
fn a_log_has_no_blocks_below_its_first() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let server = Node::sound(chain()).serve().await;
        let from = |block| FollowOptions { from_block: Some(block), ..options([server.url().as_str()]) };
        let mut session = Session::new(&scratch, from(18));
        session.up_to(HEAD).await.unwrap();
        session.close();
        let mut below = Session::new(&scratch, from(17));
        assert_eq!(below.step().await, Err(FollowError::BelowFirst { first: 18, asked: 17 }));
        below.close();
    });
    let entries = scratch.entries();
    assert_eq!(blocks(&entries), blocks(&TRUE)[17..]);
    assert_eq!(state(&entries), state(&TRUE), "the first state is told whole");
}
