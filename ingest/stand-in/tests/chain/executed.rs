//! Blocks that real runtimes executed, taken apart by the metadata of the runtime that executed each: `expected.txt` is
//! read by people before it is believed. `ANNALS_ACCEPT=1` writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::sync::Arc;

use annals_log::{
    BlockRetracted, CallOutcome, ChainBlock, ChainEvent, ChainOutage, ChainState, EventPhase, Fact as _,
    RuntimeUpgraded, ToldExtrinsic, decode,
};
use annals_stand_in::chain::{ChainServer, Head, ServedChain};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::following::{Session, options, outages, run};
use super::ladder::{NETUID, fixture};
use crate::scratch::{Entry, Scratch};

/// The block in which 119 brings 143.
const BOUNDARY: u64 = 8;
const LAST: u64 = 12;

#[derive(Deserialize)]
struct Executed {
    blocks: Vec<Block>,
}

#[derive(Deserialize)]
struct Block {
    number: u64,
    hash: String,
    header: Value,
    /// `null` where one was left out.
    extrinsics: Vec<Option<String>>,
    /// Behind it.
    spec_version_at_hash: u64,
    events: Option<String>,
    prometheus: BTreeMap<String, String>,
}

/// Whose runtime a node says executed a block.
#[derive(Clone, Copy, PartialEq)]
enum Told {
    /// As it was: the one in force behind the parent.
    Parent,
    /// The one in force behind the block itself, as clients do that ask at the block.
    Itself,
}

/// The blocks, served as a node whose state has nothing but Prometheus endpoints.
struct ExecutedChain {
    blocks: Vec<Block>,
    metadata: BTreeMap<u64, String>,
    told: Told,
    head: watch::Sender<Head>,
}

impl ExecutedChain {
    fn read(told: Told) -> Self {
        let text = std::fs::read(fixture("chain-executed/ladder.json")).unwrap();
        let Executed { blocks } = serde_json::from_slice(&text).unwrap();
        let last = blocks.last().unwrap();
        let head = Head { hash: last.hash.clone(), header: last.header.to_string() };
        let versions: BTreeSet<u64> = blocks.iter().map(|block| block.spec_version_at_hash).collect();
        let metadata = versions.into_iter().map(|version| {
            let file = File::open(fixture(&format!("chain-executed/v{version}.scale.zst"))).unwrap();
            let bytes = zstd::decode_all(file).unwrap();
            (version, json!(format!("0x{}", hex::encode(bytes))).to_string())
        });
        let metadata = metadata.collect();
        Self { blocks, metadata, told, head: watch::Sender::new(head) }
    }

    fn at(&self, hash: &Value) -> &Block {
        self.blocks.iter().find(|block| block.hash == *hash).unwrap()
    }

    /// What is said to be in force behind a block.
    fn spec_version(&self, hash: &Value) -> u64 {
        let block = self.at(hash);
        let next = self.blocks.iter().find(|next| next.number == block.number + 1);
        match self.told {
            Told::Itself if block.number + 1 == BOUNDARY => next.unwrap().spec_version_at_hash,
            _ => block.spec_version_at_hash,
        }
    }
}

impl ServedChain for ExecutedChain {
    fn answer(&self, method: &str, params: &str) -> Result<String, String> {
        let params: Vec<Value> = serde_json::from_str(params).unwrap();
        let answer = match (method, params.as_slice()) {
            ("chain_getBlockHash", [height]) => {
                json!(
                    self.blocks.iter().find(|block| json!(block.number) == *height).map(|block| &block.hash)
                )
            }
            ("chain_getHeader", [hash]) => self.at(hash).header.clone(),
            ("chain_getBlock", [hash]) => {
                let Block { header, extrinsics, .. } = self.at(hash);
                let extrinsics: Vec<&str> =
                    extrinsics.iter().map(|one| one.as_deref().unwrap_or("0x")).collect();
                json!({"block": {"header": header, "extrinsics": extrinsics}, "justifications": null})
            }
            ("state_getRuntimeVersion", [hash]) => {
                json!({"specName": "node-subtensor", "specVersion": self.spec_version(hash), "transactionVersion": 1})
            }
            ("state_getMetadata", [hash]) => return Ok(self.metadata[&self.spec_version(hash)].clone()),
            ("state_getStorage", [_, hash]) => json!(self.at(hash).events),
            ("state_getKeysPaged", [prefix, _, Value::Null, hash]) => {
                let prefix = prefix.as_str().unwrap();
                json!(
                    self.at(hash).prometheus.keys().filter(|key| key.starts_with(prefix)).collect::<Vec<_>>()
                )
            }
            ("state_queryStorageAt", [keys, hash]) => {
                let value = |key: &Value| json!([key, self.at(hash).prometheus.get(key.as_str().unwrap())]);
                json!([{"block": hash, "changes": keys.as_array().unwrap().iter().map(value).collect::<Vec<_>>()}])
            }
            _ => return Err(format!("it has no {method}")),
        };
        Ok(answer.to_string())
    }

    fn head(&self) -> watch::Receiver<Head> {
        self.head.subscribe()
    }
}

fn recorded(told: Told) -> Vec<Entry> {
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let chain = Arc::new(ExecutedChain::read(told));
        let server = ChainServer::start("127.0.0.1:0".parse().unwrap(), chain).await.unwrap();
        let mut session = Session::new(&scratch, options([server.url().as_str()]));
        let followed = session.up_to(LAST).await;
        assert!(told == Told::Itself || followed.is_ok(), "{followed:?}");
        session.close();
    });
    scratch.entries()
}

/// A line an entry, and one each for what is in it.
fn table(entries: &[Entry]) -> String {
    let mut table = String::new();
    for entry in entries {
        match entry.kind {
            RuntimeUpgraded::KIND => {
                let told: RuntimeUpgraded = decode(&entry.body).unwrap();
                writeln!(
                    table,
                    "runtime {} {}, metadata {}",
                    told.spec_name, told.spec_version, told.metadata_version
                )
            }
            ChainBlock::KIND => {
                put_block(&mut table, entry);
                Ok(())
            }
            ChainState::KIND => {
                let told: ChainState = decode(&entry.body).unwrap();
                put_state(&mut table, &told);
                Ok(())
            }
            BlockRetracted::KIND | ChainOutage::KIND => panic!("{:?}", outages(entries)),
            kind => panic!("{kind}"),
        }
        .unwrap();
    }
    table
}

/// A reading that found nothing new is left out: how many there are depends on how fast the node answers.
fn put_state(table: &mut String, told: &ChainState) {
    if told.changes.is_empty() {
        return;
    }
    writeln!(table, "  state since {:?}, stakes {}", told.since, told.stake_source.as_str()).unwrap();
    told.changes.iter().for_each(|change| writeln!(table, "    {change:?}").unwrap());
}

fn put_block(table: &mut String, entry: &Entry) {
    let block = entry.block().unwrap();
    let number = block.header().unwrap().number;
    let (events, extrinsics) = (block.event_count, block.extrinsic_count);
    writeln!(table, "block {number} {} by {}", entry.native_id, block.spec_version).unwrap();
    writeln!(table, "  at {:?}, {events} events, {extrinsics} extrinsics", entry.observed_at_ms).unwrap();
    for ChainEvent { index, phase, pallet, name, fields } in &block.events {
        let phase = match phase {
            EventPhase::Extrinsic(place) => format!("extrinsic {place}"),
            EventPhase::Initialization => "initialization".to_owned(),
            EventPhase::Finalization => "finalization".to_owned(),
        };
        writeln!(table, "  event {index} of {phase}: {pallet}.{name} {fields}").unwrap();
    }
    for extrinsic in &block.extrinsics {
        let told = match &extrinsic.told {
            ToldExtrinsic::Undecoded(why) => format!("not decoded: {why}"),
            ToldExtrinsic::Call(call) => {
                let signer = call.signer.map(hex::encode);
                let outcome = match &call.outcome {
                    CallOutcome::Failed(why) => format!("failed: {why}"),
                    outcome => outcome.as_str().to_owned(),
                };
                format!("{}.{} {} by {signer:?}, {outcome}", call.pallet, call.name, call.args)
            }
        };
        writeln!(table, "  extrinsic {}: {told}", extrinsic.index).unwrap();
    }
}

#[test]
fn every_executed_block_is_decoded_by_the_runtime_that_executed_it() {
    let table = table(&recorded(Told::Parent));
    let path = fixture("chain-executed/expected.txt");
    if std::env::var_os("ANNALS_ACCEPT").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    assert!(table == std::fs::read_to_string(path).unwrap(), "{table}");
}

/// The runtime that a block brings is not the one that executed it, though a node that is asked at the block names it.
#[test]
fn the_block_that_brings_a_runtime_is_none_of_that_runtimes() {
    let truth = recorded(Told::Parent);
    let wrong = recorded(Told::Itself);
    let boundary = |entries: &[Entry]| entries.iter().find(|entry| entry.is_block_at(BOUNDARY)).cloned();
    assert_eq!(boundary(&truth).unwrap().block().unwrap().spec_version, 119);
    assert_eq!(boundary(&wrong), None);
    let (_, outage) = outages(&wrong)[0].clone();
    assert!(outage.what.starts_with("block 8: event "), "{outage:?}");
    assert_eq!(outage.next_block, BOUNDARY);
}
