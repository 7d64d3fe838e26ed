//! Nodes that say now this and now that, and states that are not as the runtime has them.

use std::sync::atomic::{AtomicUsize, Ordering};

use annals_log::{ChainState, Fact as _, NodeTrouble};

use super::following::{Session, blocks, options, outages, run, state};
use super::hostile::lie_is_seen_through;
use super::ladder::{GENESIS, HEAD, NETUID, TRUE, chain};
use super::node::{Node, Told};
use crate::scratch::Scratch;

#[test]
fn a_node_that_names_two_runtimes_for_one_block_is_refused() {
    let asked = AtomicUsize::new(0);
    let what = "it names two runtimes for one block";
    lie_is_seen_through(chain(), NodeTrouble::Wrong, what, move |method, params, told| {
        let is_asked = method == "state_getRuntimeVersion" && params.contains(GENESIS);
        let is_lie = is_asked && asked.fetch_add(1, Ordering::Relaxed) % 2 == 1;
        if is_lie { told.map(|told| told.replace("101", "102")) } else { told }
    });
}

/// Blocks, of which two name accounts: each of those has its state asked for three times.
const FEW: u64 = 4;

/// The tempo of a subnet, cut to one byte.
fn cut_tempo(method: &str, _: &str, told: Told) -> Told {
    if method == "state_queryStorageAt" {
        told.map(|told| told.replace("\"0x6300\"", "\"0x63\""))
    } else {
        told
    }
}

#[test]
fn a_state_that_nobody_tells_well_holds_up_no_block_and_is_told() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let server = Node::with(chain(), cut_tempo).serve().await;
        let mut alone = options([server.url().as_str()]);
        alone.rounds_max = None;
        let mut session = Session::new(&scratch, alone);
        session.up_to(FEW).await.unwrap();
        session.close();
    });
    let recorded = scratch.entries();
    let few = blocks(&recorded);
    assert!(few.len() as u64 >= FEW);
    assert_eq!(few, blocks(&TRUE)[..few.len()]);
    assert!(recorded.iter().all(|entry| entry.kind != ChainState::KIND));
    let passed_over =
        outages(&recorded).into_iter().filter(|(_, outage)| outage.what.contains("is passed over"));
    assert!(passed_over.count() > 0);
}

#[test]
fn a_state_that_another_node_tells_well_is_taken_from_that() {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let (bad, sound) = (Node::with(chain(), cut_tempo).serve().await, Node::sound(chain()).serve().await);
        let mut both = options([bad.url().as_str(), sound.url().as_str()]);
        both.rounds_max = Some(5);
        let mut session = Session::new(&scratch, both);
        session.up_to(HEAD).await.unwrap();
        session.close();
    });
    let recorded = scratch.entries();
    assert_eq!((blocks(&recorded), state(&recorded)), (blocks(&TRUE), state(&TRUE)));
}
