//! Recordings that somebody damaged: never a panic, never memory by a length that is only claimed, and no block whose
//! header is not the true one.

use std::collections::BTreeMap;

use annals_ingest::sources::{Chain, Following};
use annals_ingest::{Driver, Exchange, Outcome, Raw, Source as _, Taken};
use annals_log::{ChainBlock, ChainOutage, Event, Fact as _, SourceMemory, decode};

use super::following::blocks;
use super::ladder::{NETUID, TRUE, raws};
use crate::scratch::Scratch;
use crate::seed::seeded;

/// SCALE's compact form of 2^30 - 1, of 2^32 - 1, of 2^62 and of a number of 67 bytes.
const CLAIMS: [&str; 4] = ["feffffff", "03ffffffff", "130000000000000040", "fffefefefefefefefe"];

/// Answers that a block's body follows from; the rest says which block it is, or what the state behind it is.
const OF_BODY: [&str; 5] =
    ["chain_getBlock", "state_getStorage", "state_getMetadata", "state_call", "state_getRuntimeVersion"];

fn body(exchange: &mut Exchange) -> &mut Vec<u8> {
    match &mut exchange.outcome {
        Outcome::Answer(answer) => &mut answer.body,
        Outcome::Failed(why) => panic!("{why}"),
    }
}

/// Damages one answer, and tells to which method it was.
fn damage(exchanges: &mut [Exchange], rng: &mut fastrand::Rng) -> Vec<String> {
    let at = rng.usize(..exchanges.len());
    let other = rng.usize(..exchanges.len());
    let bytes = body(&mut exchanges[at]);
    let place = rng.usize(..bytes.len());
    match rng.u8(..6) {
        0 => bytes[place] ^= 1 << rng.u8(..7),
        // Another digit: it stays hex where it was.
        1 => bytes[place] = b"0123456789abcdef\"\\"[rng.usize(..18)],
        2 => bytes.truncate(place),
        // Hex that ends too early.
        3 => {
            bytes.truncate(place);
            bytes.push(b'"');
        }
        4 => {
            let claim = CLAIMS[rng.usize(..CLAIMS.len())].as_bytes();
            // Where a list of events begins, or anywhere.
            let place = if rng.bool() { 3.min(bytes.len()) } else { place };
            let end = bytes.len().min(place + claim.len());
            bytes.splice(place..end, claim.iter().copied());
        }
        _ => {
            let swapped = std::mem::take(bytes);
            let swapped = std::mem::replace(body(&mut exchanges[other]), swapped);
            *body(&mut exchanges[at]) = swapped;
            return [at, other].map(|at| exchanges[at].request.method.clone()).to_vec();
        }
    }
    vec![exchanges[at].request.method.clone()]
}

/// Bodies of the true blocks, by native id.
fn truth() -> BTreeMap<&'static str, (ChainBlock, &'static [u8])> {
    let block = |entry: &&'static crate::scratch::Entry| {
        (entry.native_id.as_str(), (entry.block().unwrap(), entry.body.as_slice()))
    };
    blocks(&TRUE).iter().map(block).collect()
}

/// A source that has learned the runtimes of these fetches, as it is behind them.
fn learned(raws: &[Raw]) -> Following {
    let mut following = Following::default();
    for raw in raws {
        chain().decode(raw, &mut following, &SourceMemory::default()).unwrap();
    }
    following
}

fn chain() -> Chain {
    Chain { netuid: NETUID, ..Chain::default() }
}

fn is_block(event: &&Event) -> bool {
    event.kind == ChainBlock::KIND
}

/// Each fetch by itself, as if its block were the first of a log.
#[test]
fn damaged_answers_give_no_block_that_is_not() {
    let mut rng = seeded("answers of a chain");
    let (truth, raws, memory) = (truth(), raws(), SourceMemory::default());
    let (mut taken, mut refused) = (0, 0);
    for place in 0..raws.len() {
        let mut following = learned(&raws[..=place]);
        for _ in 0..60 {
            let mut raw = raws[place].clone();
            let damaged = damage(&mut raw.exchanges, &mut rng);
            let Ok(decoded) = chain().decode(&raw, &mut following, &memory) else { continue };
            let events: Vec<&Event> = decoded.steps.iter().flatten().collect();
            assert!(events.len() <= 4);
            for event in events.iter().copied().filter(is_block) {
                let (block, body) = &truth[event.native_id.as_str()];
                let told: ChainBlock = decode(&event.body).unwrap();
                assert_eq!(told.header, block.header);
                let is_body_sound = damaged.iter().all(|method| !OF_BODY.contains(&method.as_str()));
                assert!(!is_body_sound || event.body == *body, "{damaged:?}");
                taken += 1;
            }
            refused += u32::from(!events.iter().any(is_block));
            if damaged.iter().any(|method| ["state_getMetadata", "state_call"].contains(&method.as_str())) {
                following = learned(&raws[..=place]);
            }
        }
    }
    assert!(taken > 100 && refused > 100, "{taken} {refused}");
}

/// What comes behind a damaged fetch joins the sound ones before it, or is refused.
#[test]
fn a_damaged_recording_is_taken_as_far_as_it_joins() {
    let mut rng = seeded("recordings of a chain");
    let (truth, raws) = (truth(), raws());
    let mut counts = Vec::new();
    for _ in 0..12 {
        let scratch = Scratch::of_subnet(NETUID);
        let (mut log, mut driver) = (scratch.open(), Driver::default());
        for raw in &raws {
            let mut raw = raw.clone();
            if rng.u8(..15) == 0 {
                damage(&mut raw.exchanges, &mut rng);
            }
            // An error says that the recording itself lacks something.
            let _ = driver.take(&raw, &mut log, &mut Taken::default());
        }
        log.close().unwrap();
        let entries = scratch.entries();
        let recorded = blocks(&entries);
        // The log begins with the first that is sound.
        let first = recorded.first().map_or(1, |first| first.block().unwrap().header().unwrap().number);
        for (recorded, height) in recorded.iter().zip(first..) {
            assert!(recorded.is_block_at(height), "none is missing in between");
            assert_eq!(recorded.block().unwrap().header, truth[recorded.native_id.as_str()].0.header);
        }
        counts.push(recorded.len());
    }
    println!("{counts:?}");
    assert!(counts.iter().any(|count| (1..raws.len()).contains(count)), "{counts:?}");
}

/// Metadata is the largest thing that a node gives, and nobody can check it.
#[test]
fn damaged_metadata_is_refused_or_decodes_nothing_else() {
    let mut rng = seeded("metadata");
    let raws: Vec<Raw> = raws();
    let asks = |exchange: &Exchange| {
        exchange.request.method == "state_getMetadata"
            || exchange.request.body.contains("metadata_at_version")
    };
    let with_metadata: Vec<&Raw> = raws.iter().filter(|raw| raw.exchanges.iter().any(asks)).collect();
    assert_eq!(with_metadata.len(), 4);
    let mut refused = 0;
    for turn in 0..400 {
        let mut raw = with_metadata[turn % 4].clone();
        let metadata = raw.exchanges.iter_mut().find(|exchange| asks(exchange)).unwrap();
        let bytes = body(metadata);
        for _ in 0..rng.usize(1..4) {
            let place = rng.usize(4..bytes.len() - 1);
            if rng.u8(..3) == 0 {
                let claim = CLAIMS[rng.usize(..CLAIMS.len())].as_bytes();
                let place = place & !1;
                let end = (place + claim.len()).min(bytes.len() - 1);
                bytes.splice(place..end, claim.iter().copied());
            } else {
                bytes[place] = b"0123456789abcdef"[rng.usize(..16)];
            }
        }
        let decoded = chain().decode(&raw, &mut Following::default(), &SourceMemory::default());
        let is_refused =
            decoded.is_err() || !decoded.unwrap().steps.iter().flatten().any(|event| is_block(&event));
        refused += u32::from(is_refused);
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn the_greatest_of_all_heights_is_one_like_any() {
    let mut raw = raws().remove(0);
    let hash_of_1 = raw.exchanges.iter_mut().find(|exchange| exchange.request.body == "[1]").unwrap();
    hash_of_1.request.body = format!("[{}]", u64::MAX);
    let decoded = chain().decode(&raw, &mut Following::default(), &SourceMemory::default()).unwrap();
    let [step] = decoded.steps.as_slice() else { panic!("{decoded:?}") };
    let outage: ChainOutage = decode(&step[0].body).unwrap();
    assert_eq!(outage.what, "block 18446744073709551615: its header says that it is block 1");
}

#[test]
fn a_fetch_that_lacks_its_metadata_is_an_error_of_the_recording() {
    let mut raw = raws().remove(0);
    raw.exchanges.retain(|exchange| exchange.request.method != "state_getMetadata");
    let error = chain().decode(&raw, &mut Following::default(), &SourceMemory::default()).unwrap_err();
    assert_eq!(error.to_string(), "the recording has blocks of runtime 101, and not its metadata");
    raw.exchanges[0].request.method = "chain_makeTea".to_owned();
    let error = chain().decode(&raw, &mut Following::default(), &SourceMemory::default()).unwrap_err();
    assert!(error.to_string().contains("chain_makeTea"), "{error}");
}
