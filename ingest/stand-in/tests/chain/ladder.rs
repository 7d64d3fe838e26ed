//! The recorded ladder: 21 blocks that real runtimes executed, 101 to 185, of subnet 3.

use std::path::PathBuf;
use std::sync::LazyLock;

use annals_ingest::{Cassette, Exchange, Outcome, Raw};
use annals_log::BlockHeader;
use annals_stand_in::chain::RecordedChain;
use serde_json::Value;
use sp_crypto_hashing::blake2_256;

use crate::scratch::{Entry, Scratch};

pub(crate) const NETUID: u16 = 3;
/// Of the last block.
pub(crate) const HEAD: u64 = 21;
/// The hash of block 0, as the recorded node tells it.
pub(crate) const GENESIS: &str = "0x4545454545454545454545454545454545454545454545454545454545454545";

pub(crate) fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../fixtures", name].iter().collect()
}

/// As they were fetched: a block with the state behind it each.
pub(crate) fn raws() -> Vec<Raw> {
    let mut cassette = Cassette::open(&fixture("chain-ladder/ladder.cassette.zst")).unwrap();
    std::iter::from_fn(|| cassette.next_fetch().unwrap()).collect()
}

pub(crate) fn exchanges() -> Vec<Exchange> {
    raws().into_iter().flat_map(|raw| raw.exchanges).collect()
}

pub(crate) fn chain() -> RecordedChain {
    RecordedChain::of(exchanges()).unwrap()
}

/// What the log has of it when nothing goes wrong.
pub(crate) static TRUE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let scratch = Scratch::of_subnet(NETUID);
    scratch.take(&raws());
    scratch.entries()
});

/// The hash of a block of it.
pub(crate) fn hash_at(height: u64) -> String {
    let block = TRUE.iter().find(|entry| entry.is_block_at(height));
    block.unwrap().native_id.clone()
}

/// The same chain with other blocks from `first` on: `change` makes their headers others, and all hashes follow.
pub(crate) fn forked(first: u64, change: impl Fn(&mut BlockHeader)) -> RecordedChain {
    let mut exchanges = exchanges();
    let mut renamed: Vec<(String, String)> = Vec::new();
    for Exchange { request, outcome, .. } in &mut exchanges {
        let Outcome::Answer(answer) = outcome else { continue };
        if request.method != "chain_getBlock" {
            continue;
        }
        // They come in their order: the parent's new hash is known.
        let mut block: Value = serde_json::from_str(&put_in(&answer.body, &renamed)).unwrap();
        let mut header = header_of(&block["block"]["header"]);
        if header.number >= first {
            change(&mut header);
            let told = &mut block["block"]["header"];
            told["parentHash"] = hex_text(&header.parent_hash).into();
            told["extrinsicsRoot"] = hex_text(&header.extrinsics_root).into();
            let hash: (String,) = serde_json::from_str(&request.body).unwrap();
            renamed.push((hash.0, hex_text(&blake2_256(&header.to_scale()))));
            answer.body = block.to_string().into_bytes();
        }
    }
    for Exchange { request, outcome, .. } in &mut exchanges {
        request.body = put_in(request.body.as_bytes(), &renamed);
        let Outcome::Answer(answer) = outcome else { continue };
        answer.body = put_in(&answer.body, &renamed).into_bytes();
    }
    RecordedChain::of(exchanges).unwrap()
}

/// A fork as of another author: all of it is sound.
pub(crate) fn fork(first: u64) -> RecordedChain {
    forked(first, |header| header.extrinsics_root[0] ^= 1)
}

fn put_in(text: &[u8], renamed: &[(String, String)]) -> String {
    let text = String::from_utf8(text.to_vec()).unwrap();
    renamed.iter().fold(text, |text, (before, after)| text.replace(before, after))
}

pub(crate) fn hex_text(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn header_of(told: &Value) -> BlockHeader {
    let hash = |name: &str| bytes(&told[name]).try_into().unwrap();
    BlockHeader {
        parent_hash: hash("parentHash"),
        number: u64::from_str_radix(&told["number"].as_str().unwrap()[2..], 16).unwrap(),
        state_root: hash("stateRoot"),
        extrinsics_root: hash("extrinsicsRoot"),
        digest: told["digest"]["logs"].as_array().unwrap().iter().map(bytes).collect(),
    }
}

fn bytes(told: &Value) -> Vec<u8> {
    hex::decode(&told.as_str().unwrap()[2..]).unwrap()
}
