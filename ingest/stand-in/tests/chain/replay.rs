//! The recorded ladder, played into a log: what a node gave is what its recording gives.

use annals_log::{ChainState, Fact as _, RuntimeUpgraded};

use super::following::{Session, blocks, options, outages, retracted, run, state};
use super::ladder::{GENESIS, HEAD, NETUID, TRUE, chain, raws};
use super::node::Node;
use crate::scratch::Scratch;

#[test]
fn the_ladder_is_recorded_block_by_block() {
    let heights = blocks(&TRUE).into_iter().map(|entry| entry.block().unwrap());
    let told: Vec<_> = heights.map(|block| (block.header().unwrap().number, block.spec_version)).collect();
    let runtime_of = |height| match height {
        ..10 => 101,
        10..14 => 119,
        14..20 => 143,
        _ => 185,
    };
    assert_eq!(told, (1..=HEAD).map(|height| (height, runtime_of(height))).collect::<Vec<_>>());
    let runtimes: Vec<_> = TRUE.iter().filter(|entry| entry.kind == RuntimeUpgraded::KIND).collect();
    assert_eq!(
        runtimes.iter().map(|entry| entry.native_id.as_str()).collect::<Vec<_>>(),
        ["101", "119", "143", "185"]
    );
    assert!(outages(&TRUE).is_empty() && retracted(&TRUE).is_empty());
    assert!(TRUE.iter().any(|entry| entry.kind == ChainState::KIND));
}

#[test]
fn a_followed_node_gives_what_its_recording_gives() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let node = Node::sound(chain());
        node.show(1);
        let server = node.serve().await;
        let mut session = Session::new(&scratch, options([server.url().as_str()]));
        for head in 1..=HEAD {
            node.show(head);
            session.up_to(head).await.unwrap();
        }
        session.close();
    });
    assert_eq!(scratch.entries(), *TRUE);
}

#[test]
fn blocks_caught_up_with_are_the_same_and_lead_to_the_same_state() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let server = Node::sound(chain()).serve().await;
        let mut session = Session::new(&scratch, options([server.url().as_str()]));
        session.up_to(HEAD).await.unwrap();
        session.close();
    });
    let entries = scratch.entries();
    assert_eq!(blocks(&entries), blocks(&TRUE));
    assert_eq!(state(&entries), state(&TRUE));
    assert!(!state(&entries).is_empty() && outages(&entries).is_empty());
}

#[test]
fn a_recording_played_twice_gives_nothing_new() {
    let scratch = Scratch::of_subnet(NETUID);
    let raws = raws();
    let taken = scratch.take(&raws);
    assert_eq!((taken.events, taken.already), (TRUE.len() as u64, 0));
    let again = scratch.take(&raws);
    assert_eq!((again.events, again.already), (0, raws.len() as u64));
    assert_eq!(scratch.entries(), *TRUE);
}

#[test]
fn a_recording_of_another_chain_is_refused_and_none_of_it_is_taken() {
    let other = format!("0x{}", "46".repeat(32));
    let scratch = Scratch::of_chain(NETUID, Some(&other));
    let why = format!("it is of another chain: its block 0 is {GENESIS}, and the log is of {other}");
    assert_eq!(scratch.refused(&raws()[0]), why);
    assert!(scratch.entries().is_empty());

    let scratch = Scratch::of_chain(NETUID, Some(GENESIS));
    scratch.take(&raws());
    assert_eq!(scratch.entries(), *TRUE, "its own");
}
