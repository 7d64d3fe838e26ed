//! Nodes whose head stays, or is not what it should be.

use std::time::Duration;

use annals_ingest::sources::FollowOptions;
use annals_log::NodeTrouble;
use annals_stand_in::chain::Head;

use super::following::{Session, blocks, options, outages, run};
use super::hostile::is_seen_through;
use super::ladder::{HEAD, NETUID, TRUE, chain};
use super::node::Node;
use crate::scratch::Scratch;

#[test]
fn a_head_that_stays_is_given_up() {
    run(async {
        let node = Node::sound(chain());
        node.show(10);
        let server = node.serve().await;
        // The same head, sent again and again, stays as well.
        let again = tokio::spawn(async move {
            loop {
                node.tell(node.head());
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        let change = |options: &mut FollowOptions| options.head_within = Duration::from_millis(1_000);
        is_seen_through(&server.url(), NodeTrouble::Unreachable, "its head has been block 10 for", change)
            .await;
        again.abort();
    });
}

#[test]
fn a_head_that_is_no_header_is_refused() {
    run(async {
        let node = Node::sound(chain());
        let server = node.serve().await;
        node.tell(Head { header: "{\"number\": \"0x15\"}".to_owned(), ..node.head() });
        is_seen_through(&server.url(), NodeTrouble::Wrong, "it sends what is no header", |_| {}).await;
    });
}

#[test]
fn a_head_above_all_blocks_is_refused_and_costs_none_of_them() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let node = Node::sound(chain());
        let server = node.serve().await;
        let header = node.head().header.replacen("\"number\":\"0x00", "\"number\":\"0xff", 1);
        assert_ne!(header, node.head().header);
        node.tell(Head { header, ..node.head() });
        let mut session = Session::new(&scratch, options([server.url().as_str()]));
        let (_, what) = session.given_up().await;
        assert!(what.contains("it has no block at a height up to 22, which it called final"), "{what}");
        session.close();
    });
    let recorded = scratch.entries();
    assert_eq!(blocks(&recorded), blocks(&TRUE));
    assert!(outages(&recorded).iter().all(|(_, outage)| outage.trouble == NodeTrouble::Wrong));
}

/// What a node sends is not what it answers. Such a node was once asked again and again, without a pause.
#[test]
fn a_head_that_is_not_the_block_at_its_height_is_refused() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let node = Node::sound(chain());
        let server = node.serve().await;
        let mut session = Session::new(&scratch, options([server.url().as_str()]));
        session.up_to(HEAD).await.unwrap();
        let header = node.head().header.replacen("\"stateRoot\":\"0x0", "\"stateRoot\":\"0x1", 1);
        node.tell(Head { header, ..node.head() });
        let (_, what) = session.given_up().await;
        assert!(what.contains("it told two hashes of block 21"), "{what}");
        session.close();
    });
    assert_eq!(blocks(&scratch.entries()), blocks(&TRUE));
}
