//! A chain of any length, whose blocks are as busy as finney's: events and extrinsics that a real runtime executed,
//! many times over, under headers that hash.

use std::collections::BTreeMap;
use std::path::Path;

use annals_ingest::{Cassette, Outcome};
use annals_log::BlockHeader;
use annals_stand_in::chain::{Head, ServedChain};
use serde_json::{Value, json};
use sp_crypto_hashing::blake2_256;
use tokio::sync::watch;

use super::subnet::Subnet;

/// The recorded block of runtime 143 that is repeated: a hotkey is swapped in it.
const RECORDED: u64 = 16;
/// So often: some 150 events and 30 extrinsics a block.
const TIMES: usize = 30;

pub(crate) struct Synthetic {
    hashes: Vec<[u8; 32]>,
    by_hash: BTreeMap<String, u64>,
    extrinsics: String,
    events: String,
    version: String,
    metadata: String,
    subnet: Subnet,
    head: watch::Sender<Head>,
}

impl Synthetic {
    /// A chain of `count` blocks behind block 0.
    pub(crate) fn of(count: u64) -> Self {
        let recorded = recorded();
        let block: Value = serde_json::from_str(&recorded["chain_getBlock"]).expect("it was recorded");
        let extrinsics = block["block"]["extrinsics"].as_array().expect("a block has extrinsics");
        let (first, others) = extrinsics.split_first().expect("the first one sets the timestamp");
        let others = std::iter::repeat_n(others, TIMES).flatten();
        let extrinsics: Vec<&Value> = std::iter::once(first).chain(others).collect();
        let mut chain = Self {
            hashes: Vec::new(),
            by_hash: BTreeMap::new(),
            extrinsics: json!(extrinsics).to_string(),
            events: repeated(&recorded["state_getStorage"]),
            version: recorded["state_getRuntimeVersion"].clone(),
            metadata: recorded["state_getMetadata"].clone(),
            subnet: Subnet::of(256),
            head: watch::Sender::new(Head { hash: String::new(), header: String::new() }),
        };
        for number in 0..=count {
            let hash = blake2_256(&chain.header(number).to_scale());
            chain.by_hash.insert(hex_text(&hash), number);
            chain.hashes.push(hash);
        }
        chain.set_head(count);
        chain
    }

    pub(crate) fn set_head(&self, number: u64) {
        let hash = hex_text(&self.hashes[usize::try_from(number).expect("it fits")]);
        self.head.send_replace(Head { hash, header: self.header_text(number) });
    }

    fn header(&self, number: u64) -> BlockHeader {
        let parent_hash = match number.checked_sub(1) {
            Some(parent) => self.hashes[usize::try_from(parent).expect("it fits")],
            None => [0; 32],
        };
        let digest = vec![[b"\x06aura\x20".as_slice(), &number.to_le_bytes()].concat()];
        BlockHeader { parent_hash, number, state_root: [1; 32], extrinsics_root: [2; 32], digest }
    }

    fn header_text(&self, number: u64) -> String {
        let BlockHeader { parent_hash, number, state_root, extrinsics_root, digest } = self.header(number);
        json!({
            "parentHash": hex_text(&parent_hash),
            "number": format!("{number:#x}"),
            "stateRoot": hex_text(&state_root),
            "extrinsicsRoot": hex_text(&extrinsics_root),
            "digest": {"logs": digest.iter().map(|item| hex_text(item)).collect::<Vec<_>>()},
        })
        .to_string()
    }

    fn known(&self, params: &Value) -> Result<u64, String> {
        let hash = params[0].as_str().unwrap_or_default();
        self.by_hash.get(hash).copied().ok_or_else(|| format!("there is no block {hash}"))
    }
}

impl ServedChain for Synthetic {
    fn answer(&self, method: &str, params: &str) -> Result<String, String> {
        let params: Value = serde_json::from_str(params).map_err(|error| error.to_string())?;
        match method {
            "chain_getBlockHash" => {
                let hash =
                    params[0].as_u64().and_then(|number| self.hashes.get(usize::try_from(number).ok()?));
                Ok(json!(hash.map(|hash| hex_text(hash))).to_string())
            }
            "chain_getHeader" => Ok(self.header_text(self.known(&params)?)),
            "chain_getBlock" => {
                let (header, extrinsics) = (self.header_text(self.known(&params)?), &self.extrinsics);
                Ok(format!(
                    r#"{{"block":{{"header":{header},"extrinsics":{extrinsics}}},"justifications":null}}"#
                ))
            }
            "state_getRuntimeVersion" => Ok(self.version.clone()),
            "state_getMetadata" => Ok(self.metadata.clone()),
            "state_getStorage" => Ok(self.events.clone()),
            "state_getKeysPaged" => Ok(self.subnet.keys(&params).to_string()),
            "state_queryStorageAt" => Ok(self.subnet.values(&params).to_string()),
            _ => Err(format!("there is no {method} here")),
        }
    }

    fn head(&self) -> watch::Receiver<Head> {
        self.head.subscribe()
    }
}

/// What was answered about the recorded block, by method.
fn recorded() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/chain-ladder/ladder.cassette.zst");
    let mut cassette = Cassette::open(&path).expect("it is in the repository");
    let (mut answers, mut hash) = (BTreeMap::new(), String::new());
    while let Some(raw) = cassette.next_fetch().expect("it is whole") {
        for exchange in raw.exchanges {
            let Outcome::Answer(answer) = exchange.outcome else { continue };
            let (method, params) = (exchange.request.method, exchange.request.body);
            let answer = String::from_utf8(answer.body).expect("answers are JSON");
            if method == "chain_getBlockHash" && params == format!("[{RECORDED}]") {
                hash.clone_from(&answer);
            }
            let is_of_block = !hash.is_empty() && params.contains(hash.trim_matches('"'));
            let is_of_runtime = method == "state_getRuntimeVersion" || method == "state_getMetadata";
            if is_of_runtime && !answers.contains_key("chain_getBlock") || is_of_block {
                answers
                    .entry(method)
                    .and_modify(|last: &mut String| last.clone_from(&answer))
                    .or_insert(answer);
            }
        }
        if answers.contains_key("state_getStorage") {
            break;
        }
    }
    answers
}

/// `System.Events` with all of its events so many times.
fn repeated(events: &str) -> String {
    let bytes = hex::decode(events.trim_matches('"').trim_start_matches("0x")).expect("they are hex");
    let count = usize::from(bytes[0] >> 2);
    assert_eq!(bytes[0] % 4, 0, "the recorded block has fewer than 64 events");
    let compact = u16::try_from((count * TIMES) << 2 | 1).expect("they are few");
    let all = [compact.to_le_bytes().as_slice(), &bytes[1..].repeat(TIMES)].concat();
    json!(hex_text(&all)).to_string()
}

pub(crate) fn hex_text(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}
