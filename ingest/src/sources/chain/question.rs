//! The questions to a node, and how its answers read.

use std::borrow::Cow;

use annals_log::{BlockHeader, NodeTrouble};
use serde::Deserialize;
use serde_json::{Value, json};

use super::name::NAME;
use crate::raw::{Exchange, Outcome, Request};
use crate::source::SourceError;

/// A block's hash.
pub(super) type BlockHash = [u8; 32];

/// A question to a node, in the legacy JSON-RPC that every Substrate node speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// The hash of the last final block.
    FinalizedHead,
    /// The hash of the block at a height, of the chain that the node holds for the best.
    HashAt(u64),
    /// A block with its extrinsics.
    Block(BlockHash),
    /// The header alone.
    Header(BlockHash),
    /// The runtime in force after a block.
    RuntimeVersion(BlockHash),
    /// The metadata of that runtime, in version 14.
    Metadata(BlockHash),
    /// One value of the state after a block.
    Value { key: Vec<u8>, at: BlockHash },
    /// Keys of the state after a block, from the one that follows `after` on.
    Keys { prefix: Vec<u8>, count: u32, after: Vec<u8>, at: BlockHash },
    /// Values of the state after a block.
    Values { keys: Vec<Vec<u8>>, at: BlockHash },
    /// A runtime API, called on the state after a block.
    Call { method: String, args: Vec<u8>, at: BlockHash },
    /// The block that a follower wanted of a node when it gave up on it.
    Follow { next_block: u64, since_ms: i64 },
}

/// Hex with `0x`, as nodes write bytes.
pub(super) fn hex_text(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// Bytes from hex with `0x`.
pub(super) fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("0x")?).ok()
}

pub(super) fn hash_of_hex(text: &str) -> Option<BlockHash> {
    hex_bytes(text)?.try_into().ok()
}

impl Question {
    /// Returns the request that is sent to `node`.
    pub(super) fn request(&self, node: &str) -> Request {
        let (method, params) = match self {
            Self::FinalizedHead => ("chain_getFinalizedHead", json!([])),
            Self::HashAt(height) => ("chain_getBlockHash", json!([height])),
            Self::Block(hash) => ("chain_getBlock", json!([hex_text(hash)])),
            Self::Header(hash) => ("chain_getHeader", json!([hex_text(hash)])),
            Self::RuntimeVersion(at) => ("state_getRuntimeVersion", json!([hex_text(at)])),
            Self::Metadata(at) => ("state_getMetadata", json!([hex_text(at)])),
            Self::Value { key, at } => ("state_getStorage", json!([hex_text(key), hex_text(at)])),
            Self::Keys { prefix, count, after, at } => {
                let after = (!after.is_empty()).then(|| hex_text(after));
                ("state_getKeysPaged", json!([hex_text(prefix), count, after, hex_text(at)]))
            }
            Self::Values { keys, at } => {
                let keys: Vec<String> = keys.iter().map(|key| hex_text(key)).collect();
                ("state_queryStorageAt", json!([keys, hex_text(at)]))
            }
            Self::Call { method, args, at } => ("state_call", json!([method, hex_text(args), hex_text(at)])),
            Self::Follow { next_block, since_ms } => (FOLLOW, json!([next_block, since_ms])),
        };
        Request { method: method.to_owned(), target: node.to_owned(), body: params.to_string() }
    }

    /// Reads a request.
    ///
    /// # Errors
    /// `UnknownRequest`.
    pub(super) fn of(request: &Request) -> Result<Self, SourceError> {
        Self::read(request).ok_or_else(|| SourceError::UnknownRequest {
            source_name: NAME,
            request: format!("{} {}", request.method, shortened_params(&request.body)),
        })
    }

    fn read(request: &Request) -> Option<Self> {
        let params: Vec<Value> = serde_json::from_str(&request.body).ok()?;
        let bytes = |place: usize| hex_bytes(params.get(place)?.as_str()?);
        let hash = |place: usize| hash_of_hex(params.get(place)?.as_str()?);
        Some(match request.method.as_str() {
            "chain_getFinalizedHead" => Self::FinalizedHead,
            "chain_getBlockHash" => Self::HashAt(params.first()?.as_u64()?),
            "chain_getBlock" => Self::Block(hash(0)?),
            "chain_getHeader" => Self::Header(hash(0)?),
            "state_getRuntimeVersion" => Self::RuntimeVersion(hash(0)?),
            "state_getMetadata" => Self::Metadata(hash(0)?),
            "state_getStorage" => Self::Value { key: bytes(0)?, at: hash(1)? },
            "state_getKeysPaged" => {
                let count = params.get(1)?.as_u64()?.try_into().ok()?;
                let after = if params.get(2)?.is_null() { Vec::new() } else { bytes(2)? };
                Self::Keys { prefix: bytes(0)?, count, after, at: hash(3)? }
            }
            "state_queryStorageAt" => {
                let keys = params.first()?.as_array()?.iter();
                let keys = keys.map(|key| hex_bytes(key.as_str()?)).collect::<Option<_>>()?;
                Self::Values { keys, at: hash(1)? }
            }
            "state_call" => {
                let method = params.first()?.as_str()?.to_owned();
                Self::Call { method, args: bytes(1)?, at: hash(2)? }
            }
            FOLLOW => {
                let (next_block, since_ms) = (params.first()?.as_u64()?, params.get(1)?.as_i64()?);
                Self::Follow { next_block, since_ms }
            }
            _ => return None,
        })
    }
}

/// The method of [`Question::Follow`], which no node has.
const FOLLOW: &str = "FOLLOW";

fn shortened_params(params: &str) -> String {
    params.chars().take(200).collect()
}

/// A runtime, as `state_getRuntimeVersion` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuntimeVersion {
    pub(super) spec_name: String,
    pub(super) spec_version: u32,
    #[serde(default)]
    pub(super) transaction_version: u32,
}

/// A block, as `chain_getBlock` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ToldBlock {
    pub(super) header: BlockHeader,
    pub(super) extrinsics: Vec<Vec<u8>>,
}

#[derive(Deserialize)]
struct SignedBlock<'a> {
    #[serde(borrow)]
    block: BlockText<'a>,
}

#[derive(Deserialize)]
struct BlockText<'a> {
    #[serde(borrow)]
    header: HeaderText<'a>,
    #[serde(borrow)]
    extrinsics: Vec<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HeaderText<'a> {
    #[serde(borrow)]
    parent_hash: Cow<'a, str>,
    #[serde(borrow)]
    number: Cow<'a, str>,
    #[serde(borrow)]
    state_root: Cow<'a, str>,
    #[serde(borrow)]
    extrinsics_root: Cow<'a, str>,
    #[serde(borrow)]
    digest: DigestText<'a>,
}

#[derive(Deserialize)]
struct DigestText<'a> {
    #[serde(borrow)]
    logs: Vec<Cow<'a, str>>,
}

impl HeaderText<'_> {
    fn header(&self) -> Option<BlockHeader> {
        let digest = self.digest.logs.iter().map(|item| {
            let item = hex_bytes(item)?;
            BlockHeader::is_digest_item(&item).then_some(item)
        });
        Some(BlockHeader {
            parent_hash: hash_of_hex(&self.parent_hash)?,
            // Some nodes write it with zeros in front. No chain that has subnets counts further.
            number: u32::from_str_radix(self.number.strip_prefix("0x")?, 16).ok()?.into(),
            state_root: hash_of_hex(&self.state_root)?,
            extrinsics_root: hash_of_hex(&self.extrinsics_root)?,
            digest: digest.collect::<Option<_>>()?,
        })
    }
}

/// Reads the answer of a node as JSON.
///
/// # Errors
/// In words: there is no answer, or it is something else.
pub(super) fn answer<'a, T: Deserialize<'a>>(exchange: &'a Exchange) -> Result<T, String> {
    let body = match &exchange.outcome {
        Outcome::Answer(answer) => &answer.body,
        Outcome::Failed(why) => return Err(why.clone()),
    };
    let method = &exchange.request.method;
    serde_json::from_slice(body).map_err(|error| format!("its answer to {method} cannot be read: {error}"))
}

/// Reads a block; `None` when the node does not have it.
pub(super) fn block_told(exchange: &Exchange) -> Result<Option<ToldBlock>, String> {
    let Some(told) = answer::<Option<SignedBlock<'_>>>(exchange)? else { return Ok(None) };
    let header = told.block.header.header().ok_or("a field of the header is not what it should be")?;
    let extrinsics = told.block.extrinsics.iter().map(|one| hex_bytes(one));
    let extrinsics = extrinsics.collect::<Option<_>>().ok_or("an extrinsic is not in hex")?;
    Ok(Some(ToldBlock { header, extrinsics }))
}

/// Reads a header as a node sends it to the followers of its head.
pub(super) fn header_sent(text: &str) -> Option<BlockHeader> {
    serde_json::from_str::<HeaderText<'_>>(text).ok()?.header()
}

/// Reads a header; `None` when the node does not have it.
pub(super) fn header_told(exchange: &Exchange) -> Result<Option<BlockHeader>, String> {
    let Some(told) = answer::<Option<HeaderText<'_>>>(exchange)? else { return Ok(None) };
    told.header().map(Some).ok_or_else(|| "a field of the header is not what it should be".to_owned())
}

/// Reads bytes; `None` for null.
pub(super) fn bytes_told(exchange: &Exchange) -> Result<Option<Vec<u8>>, String> {
    match answer::<Option<Cow<'_, str>>>(exchange)? {
        None => Ok(None),
        Some(text) => match hex_bytes(&text) {
            Some(bytes) => Ok(Some(bytes)),
            None => Err(format!("its answer to {} is not in hex", exchange.request.method)),
        },
    }
}

/// Reads a hash; `None` for null.
pub(super) fn hash_told(exchange: &Exchange) -> Result<Option<BlockHash>, String> {
    let bytes = bytes_told(exchange)?;
    let hash = bytes.map(BlockHash::try_from).transpose();
    hash.map_err(|bytes| format!("it gives a hash of {} bytes", bytes.len()))
}

/// Writes why a follower gave up on a node: the kind of trouble, and what it was.
pub(super) fn trouble_text(trouble: NodeTrouble, what: &str) -> String {
    format!("{}: {what}", trouble.as_str())
}

/// Reads what [`trouble_text`] wrote.
pub(super) fn trouble_of(text: &str) -> (NodeTrouble, &str) {
    let split = text.split_once(": ").and_then(|(name, what)| Some((NodeTrouble::of(name)?, what)));
    split.unwrap_or((NodeTrouble::Refused, text))
}
