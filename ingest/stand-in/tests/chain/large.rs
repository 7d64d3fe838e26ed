//! Blocks as large as their runtime allows, made up by its metadata: each is recorded, and what is too large to be
//! taken apart by its digest.

use std::fs::File;
use std::sync::Arc;

use annals_ingest::{Answer, Exchange, Outcome, Raw, Request};
use annals_log::{
    BlockHeader, BlockLeftOut, CallOutcome, ChainBlock, ChainCall, ChainExtrinsic, Fact as _, LeftOutPiece,
    PieceOfBlock, ToldExtrinsic,
};
use annals_stand_in::chain::{ChainServer, Head, ServedChain};
use parity_scale_codec::{Compact, Decode as _, Encode as _};
use scale_info::{PortableRegistry, TypeDef};
use serde_json::{Value, json};
use sp_crypto_hashing::blake2_256;
use subxt::Metadata;
use tokio::sync::watch;

use super::following::{Session, blocks, options, outages, run};
use super::ladder::{NETUID, fixture, hex_text};
use crate::scratch::{Entry, START_MS, Scratch};

const SPEC_VERSION: u32 = 143;
/// `System.Events`.
const EVENTS: &str = "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7";
/// By whose key extrinsics are signed here.
const SIGNER: [u8; 32] = [7; 32];

/// A runtime that real blocks were executed by, and what may be made up with it.
struct Runtime {
    bytes: Vec<u8>,
    metadata: Metadata,
}

struct Block {
    header: BlockHeader,
    hash: String,
    extrinsics: Vec<String>,
    events: String,
}

/// A chain that gives blocks and no states.
struct Made {
    metadata: String,
    blocks: Vec<Block>,
    head: watch::Sender<Head>,
}

impl Runtime {
    fn read() -> Self {
        let file = File::open(fixture(&format!("chain-executed/v{SPEC_VERSION}.scale.zst"))).unwrap();
        let bytes = zstd::decode_all(file).unwrap();
        Self { metadata: Metadata::decode(&mut bytes.as_slice()).unwrap(), bytes }
    }

    fn call(&self, pallet: &str, name: &str, args: &[u8]) -> Vec<u8> {
        let pallet = self.metadata.pallet_by_name(pallet).unwrap();
        let call = pallet.call_variant_by_name(name).unwrap();
        [&[pallet.call_index(), call.index], args].concat()
    }

    fn batch(&self, calls: &[Vec<u8>]) -> Vec<u8> {
        let count = Compact(u32::try_from(calls.len()).unwrap()).encode();
        self.call("Utility", "batch", &[count, calls.concat()].concat())
    }

    fn serve_axon(&self) -> Vec<u8> {
        // netuid, version, ip, port, ip type, protocol, placeholders.
        let args = [&NETUID.to_le_bytes()[..], &[1, 0, 0, 0], &[1; 16], &[1, 2], &[4, 4, 0, 0]].concat();
        self.call("SubtensorModule", "serve_axon", &args)
    }

    fn set_weights(&self, count: u32) -> Vec<u8> {
        let list = [Compact(count).encode(), vec![0xff; 2 * count as usize]].concat();
        let args = [&NETUID.to_le_bytes()[..], &list, &list, &[0; 8]].concat();
        self.call("SubtensorModule", "set_weights", &args)
    }

    fn remark(&self, length: u32) -> Vec<u8> {
        let bytes = [Compact(length).encode(), vec![7; length as usize]].concat();
        self.call("System", "remark", &bytes)
    }

    /// Calls inside of each other.
    fn nested(&self, depth: usize) -> Vec<u8> {
        (0..depth).fold(self.remark(1), |call, _| self.batch(&[call]))
    }

    fn signed(&self, call: &[u8]) -> String {
        let extensions = self.metadata.extrinsic().transaction_extensions_by_version(0).unwrap();
        let types = self.metadata.types();
        let extensions: Vec<u8> =
            extensions.flat_map(|extension| least(types, extension.extra_ty())).collect();
        // An account, and a signature of sr25519.
        let from = [&[0x84, 0][..], &SIGNER, &[1], &[9; 64], &extensions].concat();
        extrinsic(&[&from, call].concat())
    }

    /// An event of the extrinsic at this place.
    fn event(&self, extrinsic: u32, pallet: &str, name: &str, fields: &[u8]) -> Vec<u8> {
        let pallet = self.metadata.pallet_by_name(pallet).unwrap();
        let mut variants = pallet.event_variants().unwrap().iter();
        let event = variants.find(|variant| variant.name == name).unwrap();
        [&[0][..], &extrinsic.to_le_bytes(), &[pallet.event_index(), event.index], fields, &[0]].concat()
    }

    /// `System.ExtrinsicSuccess`.
    fn success(&self, extrinsic: u32) -> Vec<u8> {
        self.event(extrinsic, "System", "ExtrinsicSuccess", &[0, 0, 0, 0])
    }

    fn remarked(&self, count: usize) -> Vec<Vec<u8>> {
        vec![self.event(0, "System", "Remarked", &[5; 64]); count]
    }
}

/// The least value of a type, in SCALE.
fn least(types: &PortableRegistry, id: u32) -> Vec<u8> {
    match &types.resolve(id).unwrap().type_def {
        TypeDef::Composite(of) => of.fields.iter().flat_map(|field| least(types, field.ty.id)).collect(),
        TypeDef::Tuple(of) => of.fields.iter().flat_map(|field| least(types, field.id)).collect(),
        TypeDef::Compact(_) | TypeDef::Variant(_) => vec![0],
        other => panic!("no extension has {other:?}"),
    }
}

fn extrinsic(bytes: &[u8]) -> String {
    hex_text(&[Compact(u32::try_from(bytes.len()).unwrap()).encode(), bytes.to_vec()].concat())
}

impl Made {
    /// Blocks from 1 on, by their extrinsics and events.
    fn of(runtime: &Runtime, contents: Vec<(Vec<String>, Vec<Vec<u8>>)>) -> Self {
        let mut parent_hash = [0; 32];
        let mut made = Vec::new();
        for (number, (extrinsics, events)) in (1..).zip(contents) {
            let (state_root, extrinsics_root) = ([1; 32], [2; 32]);
            let header = BlockHeader { parent_hash, number, state_root, extrinsics_root, digest: Vec::new() };
            parent_hash = blake2_256(&header.to_scale());
            let count = Compact(u32::try_from(events.len()).unwrap()).encode();
            let events = hex_text(&[count, events.concat()].concat());
            made.push(Block { header, hash: hex_text(&parent_hash), extrinsics, events });
        }
        let last = made.last().unwrap();
        let head = Head { hash: last.hash.clone(), header: header_json(&last.header).to_string() };
        Self { metadata: hex_text(&runtime.bytes), blocks: made, head: watch::Sender::new(head) }
    }

    fn hash_at(&self, height: usize) -> String {
        match height.checked_sub(1) {
            None => hex_text(&[0; 32]),
            Some(place) => self.blocks[place].hash.clone(),
        }
    }

    /// The answers about its block 1, as they are fetched.
    fn fetch(&self) -> Raw {
        let (parent, hash) = (self.hash_at(0), self.hash_at(1));
        let asked = [
            ("chain_getBlockHash", json!([0])),
            ("state_getRuntimeVersion", json!([parent])),
            ("state_getMetadata", json!([parent])),
            ("chain_getBlockHash", json!([1])),
            ("chain_getBlock", json!([hash])),
            ("state_getStorage", json!([EVENTS, hash])),
        ];
        let exchanges = asked.map(|(method, params)| {
            let body = self.answer(method, &params.to_string()).unwrap().into_bytes();
            let request =
                Request { method: method.into(), target: "ws://made".into(), body: params.to_string() };
            let outcome = Outcome::Answer(Answer { status: 200, body });
            Exchange { fetched_at_ms: START_MS, request, outcome }
        });
        Raw { source: "chain".into(), exchanges: exchanges.into(), part: 0, more: true }
    }
}

fn header_json(header: &BlockHeader) -> Value {
    json!({
        "parentHash": hex_text(&header.parent_hash), "number": format!("{:#x}", header.number),
        "stateRoot": hex_text(&header.state_root), "extrinsicsRoot": hex_text(&header.extrinsics_root),
        "digest": {"logs": []},
    })
}

impl ServedChain for Made {
    fn answer(&self, method: &str, params: &str) -> Result<String, String> {
        let params: Vec<Value> = serde_json::from_str(params).unwrap();
        let at = |hash: &Value| self.blocks.iter().find(|block| block.hash == *hash);
        let answer = match (method, params.as_slice()) {
            ("chain_getBlockHash", [height]) => {
                let height = usize::try_from(height.as_u64().unwrap()).unwrap();
                json!((height <= self.blocks.len()).then(|| self.hash_at(height)))
            }
            ("chain_getHeader", [hash]) => json!(at(hash).map(|block| header_json(&block.header))),
            ("chain_getBlock", [hash]) => {
                let Block { header, extrinsics, .. } = at(hash).unwrap();
                json!({"block": {"header": header_json(header), "extrinsics": extrinsics}})
            }
            ("state_getRuntimeVersion", _) => json!({"specName": "made", "specVersion": SPEC_VERSION}),
            ("state_getMetadata", _) => json!(self.metadata),
            ("state_getStorage", [key, hash]) if key == EVENTS => json!(at(hash).unwrap().events),
            _ => return Err("Method not found".to_owned()),
        };
        Ok(answer.to_string())
    }

    fn head(&self) -> watch::Receiver<Head> {
        self.head.subscribe()
    }
}

/// What is recorded of a chain of one block.
fn recorded(runtime: &Runtime, extrinsics: Vec<String>, events: Vec<Vec<u8>>) -> (Vec<Entry>, ChainBlock) {
    let (count, event_count) = (extrinsics.len(), events.len());
    let scratch = Scratch::of_subnet(NETUID);
    scratch.take(&[Made::of(runtime, vec![(extrinsics, events)]).fetch()]);
    let entries = scratch.entries();
    assert_eq!(outages(&entries), []);
    let block = blocks(&entries)[0].block().unwrap();
    assert_eq!((block.extrinsic_count as usize, block.event_count as usize), (count, event_count));
    (entries, block)
}

fn left_out(entries: &[Entry]) -> Vec<LeftOutPiece> {
    let told = entries.iter().find(|entry| entry.kind == BlockLeftOut::KIND);
    told.map(|entry| annals_log::decode::<BlockLeftOut>(&entry.body).unwrap().pieces).unwrap_or_default()
}

fn call_of(extrinsic: &ChainExtrinsic) -> &ChainCall {
    match &extrinsic.told {
        ToldExtrinsic::Call(call) => call,
        ToldExtrinsic::Undecoded(why) => panic!("{why}"),
    }
}

/// Whether arguments stand in the block as digest and length of these bytes.
fn are_digest_of(args: &str, bytes: &[u8]) -> bool {
    let digest = hex_text(&blake2_256(bytes));
    *args == format!(r#"{{"length":{},"blake2_256":"{digest}"}}"#, bytes.len())
}

#[test]
fn an_extrinsic_that_is_too_large_to_take_apart_is_told_with_its_digest() {
    let runtime = Runtime::read();
    let batch = runtime.batch(&vec![runtime.serve_axon(); 64_000]);
    for (call, pallet, name) in [
        (runtime.set_weights(1_000_000), "SubtensorModule", "set_weights"),
        (batch, "Utility", "batch"),
        // Other calls are inside of it, of whatever pallet.
        (runtime.nested(200), "Utility", "batch"),
    ] {
        let events = vec![runtime.success(0), runtime.success(1)];
        let (entries, block) =
            recorded(&runtime, vec![runtime.signed(&runtime.remark(2)), runtime.signed(&call)], events);
        let [small, large] = block.extrinsics.as_slice() else { panic!("{:?}", block.extrinsics) };
        assert_eq!(call_of(small).args, r#"{"remark":"0x0707"}"#);
        let told = call_of(large);
        assert_eq!((told.pallet.as_str(), told.name.as_str(), told.signer), (pallet, name, Some(SIGNER)));
        assert_eq!(told.outcome, CallOutcome::Succeeded);
        assert!(are_digest_of(&told.args, &call[2..]), "{}", told.args);
        let piece = LeftOutPiece {
            place: PieceOfBlock::Args(1),
            length: call.len() as u64 - 2,
            blake2_256: blake2_256(&call[2..]),
        };
        assert_eq!(left_out(&entries), [piece]);
    }
}

#[test]
fn what_is_large_and_can_be_taken_apart_is() {
    let runtime = Runtime::read();
    // Remarks as long as a block may be, and calls inside of each other.
    let calls = [runtime.remark(7_800_000), runtime.remark(2_500_000), runtime.nested(80)];
    let events = (0..3).map(|place| runtime.success(place)).collect();
    let (entries, block) = recorded(&runtime, calls.map(|call| runtime.signed(&call)).into(), events);
    assert_eq!((block.extrinsics.len(), left_out(&entries)), (3, vec![]));
    assert!(call_of(&block.extrinsics[0]).args.starts_with(r#"{"remark":{"length":7800000,"#));
    assert_eq!(call_of(&block.extrinsics[2]).args.matches("calls").count(), 80);
}

#[test]
fn many_events_are_counted_and_those_that_are_watched_are_listed() {
    let runtime = Runtime::read();
    let served = runtime.event(0, "SubtensorModule", "AxonServed", &[&[3, 0][..], &[8; 32]].concat());
    let events = [runtime.remarked(20_000), vec![served; 64_000], vec![runtime.success(0)]].concat();
    let (entries, block) = recorded(&runtime, vec![runtime.signed(&runtime.remark(1))], events);
    assert_eq!((block.events.len(), left_out(&entries)), (64_000, vec![]));
}

#[test]
fn events_without_room_are_kept_raw_and_raw_events_without_room_by_their_digest() {
    let runtime = Runtime::read();
    // Watched, and more of them than a body takes.
    let served = runtime.event(0, "SubtensorModule", "AxonServed", &[&[3, 0][..], &[8; 32]].concat());
    let events = [vec![runtime.success(0)], vec![served; 120_000]].concat();
    let (entries, block) = recorded(&runtime, vec![runtime.signed(&runtime.remark(1))], events.clone());
    let listed = u32::try_from(block.events.len()).unwrap();
    let place = PieceOfBlock::Events(listed + 1, 120_000 - listed);
    assert_eq!(left_out(&entries).iter().map(|piece| piece.place).collect::<Vec<_>>(), [place]);
    assert_eq!(call_of(&block.extrinsics[0]).outcome, CallOutcome::Succeeded);
    let raw = [Compact(120_001_u32).encode(), events.concat()].concat();
    assert_eq!(blocks(&entries)[0].attached, [raw.as_slice()]);

    // Not watched, and more bytes than are kept of a block.
    let events = [vec![runtime.success(0)], runtime.remarked(176_000)].concat();
    let (entries, _) = recorded(&runtime, vec![runtime.signed(&runtime.remark(1))], events.clone());
    let raw = [Compact(176_001_u32).encode(), events.concat()].concat();
    let piece = LeftOutPiece {
        place: PieceOfBlock::RawEvents,
        length: raw.len() as u64,
        blake2_256: blake2_256(&raw),
    };
    assert_eq!(left_out(&entries), [piece]);
    assert_eq!(blocks(&entries)[0].attached, [] as [&[u8]; 0]);
}

/// Both of its answers are longer than 16 MiB, and small blocks are under way with it.
#[test]
fn a_full_block_comes_over_the_wire_with_those_around_it() {
    let runtime = Runtime::read();
    let small = || (vec![runtime.signed(&runtime.remark(1))], vec![runtime.success(0)]);
    let full = (vec![runtime.signed(&runtime.remark(9_000_000))], runtime.remarked(120_000));
    let made = Made::of(&runtime, vec![small(), small(), full, small(), small()]);
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let server = ChainServer::start("127.0.0.1:0".parse().unwrap(), Arc::new(made)).await.unwrap();
        let mut to_head = options([server.url().as_str()]);
        to_head.until_head = true;
        let mut session = Session::new(&scratch, to_head);
        session.follow_to_the_end().await.unwrap();
        session.close();
    });
    let counts: Vec<u32> =
        blocks(&scratch.entries()).iter().map(|entry| entry.block().unwrap().event_count).collect();
    assert_eq!(counts, [1, 1, 120_000, 1, 1]);
}

#[test]
fn a_node_that_refuses_states_gives_all_blocks_of_one_session() {
    let runtime = Runtime::read();
    // Each may have moved the state.
    let served = runtime.event(0, "SubtensorModule", "AxonServed", &[&[3, 0][..], &[8; 32]].concat());
    let block = || (vec![runtime.signed(&runtime.remark(1))], vec![served.clone(), runtime.success(0)]);
    let made = Made::of(&runtime, (0..20).map(|_| block()).collect());
    let scratch = Scratch::of_subnet(NETUID);
    run(async {
        let server = ChainServer::start("127.0.0.1:0".parse().unwrap(), Arc::new(made)).await.unwrap();
        let mut to_head = options([server.url().as_str()]);
        (to_head.until_head, to_head.rounds_max) = (true, Some(3));
        let mut session = Session::new(&scratch, to_head);
        session.follow_to_the_end().await.unwrap();
        session.close();
    });
    let entries = scratch.entries();
    assert_eq!(blocks(&entries).len(), 20);
    let told = outages(&entries);
    let passed_over = told.iter().filter(|(_, outage)| outage.what.contains("is passed over"));
    assert_eq!(passed_over.count(), 20);
}
