//! Single questions to a node, beside following it.

use std::time::Duration;

use annals_log::{CallOutcome, PrometheusInfo};
use sp_crypto_hashing::blake2_256;

use super::node::{ANSWER_BYTES_MAX, Node, NodeError, Trouble, name_of};
use super::reading;
use crate::raw::Exchange;
use crate::sources::chain::events::Events;
use crate::sources::chain::layout::{Layout, events_key};
use crate::sources::chain::question::{
    BlockHash, Question, block_told, bytes_told, hash_told, header_told, hex_text,
};
use crate::sources::chain::runtime::Runtime;
use crate::sources::chain::state::Served;
use crate::sources::chain::watch::Watch;

/// A node, and its finalized block when it was first asked: whatever is asked of the state is asked of the state after
/// that block.
pub struct ChainNow {
    node: Node,
    head: BlockHash,
    number: u64,
    runtime: Runtime,
}

impl ChainNow {
    /// Connects to a node and asks for its finalized block.
    ///
    /// # Errors
    /// The node's trouble; `Wrong` for another chain than the one whose block 0 has the hash `genesis`.
    pub async fn ask(url: &str, genesis: Option<&str>, answer_within: Duration) -> Result<Self, NodeError> {
        let in_words = |trouble: Trouble| trouble.of(&name_of(url));
        let node = Node::connect(url, answer_within, ANSWER_BYTES_MAX).await.map_err(in_words)?;
        Self::of(node, genesis).await.map_err(in_words)
    }

    async fn of(node: Node, genesis: Option<&str>) -> Result<Self, Trouble> {
        node.genesis(genesis).await?;
        let told = node.ask(&Question::FinalizedHead).await?;
        let head = known(hash_told(&told), "it has no finalized block")?;
        let told = node.ask(&Question::Header(head)).await?;
        let number = known(header_told(&told), "it has no header of its finalized block")?.number;
        let (_, runtime) = reading::runtime(&node, head).await?;
        Ok(Self { node, head, number, runtime })
    }

    /// Returns scheme, host and port of the node.
    pub fn node(&self) -> &str {
        &self.node.name
    }

    /// Returns the uid under which a hotkey holds a validator permit on a subnet; `None` when it holds none.
    ///
    /// # Errors
    /// The node's trouble.
    pub async fn permit_of(&self, netuid: u16, hotkey: &[u8; 32]) -> Result<Option<u16>, NodeError> {
        let asking = async {
            let layout = self.layout(netuid)?;
            let key = layout.of_hotkey_on_subnet("Uids", hotkey);
            let Some(uid) = self.value::<u16>(&layout, "Uids", key).await? else { return Ok(None) };
            let key = layout.of_subnet("ValidatorPermit");
            let permits: Vec<bool> = self.value(&layout, "ValidatorPermit", key).await?.unwrap_or_default();
            Ok(Some(uid).filter(|uid| permits.get(usize::from(*uid)) == Some(&true)))
        };
        asking.await.map_err(|trouble: Trouble| trouble.of(self.node()))
    }

    /// Returns what a hotkey announced as its metrics endpoint on a subnet.
    ///
    /// # Errors
    /// The node's trouble.
    pub async fn prometheus_of(
        &self,
        netuid: u16,
        hotkey: &[u8; 32],
    ) -> Result<Option<PrometheusInfo>, NodeError> {
        let asking = async {
            let layout = self.layout(netuid)?;
            let key = layout.of_hotkey_on_subnet("Prometheus", hotkey);
            let told = self.value::<Served>(&layout, "Prometheus", key).await?;
            Ok(told.map(Served::prometheus))
        };
        asking.await.map_err(|trouble: Trouble| trouble.of(self.node()))
    }

    /// Returns the hash of the block at a height; `None` where the node's chain ends below.
    ///
    /// # Errors
    /// The node's trouble.
    pub(crate) async fn hash_at(&self, height: u64) -> Result<Option<BlockHash>, NodeError> {
        let told =
            self.node.ask(&Question::HashAt(height)).await.map_err(|trouble| trouble.of(self.node()))?;
        hash_told(&told).map_err(|what| Trouble::wrong(what).of(self.node()))
    }

    /// Returns the height of a block, and what became of an extrinsic in it. A pallet's error comes with what the
    /// runtime says of it.
    ///
    /// # Errors
    /// The node's trouble; `Wrong` when the block does not have the extrinsic.
    pub(crate) async fn outcome_in(
        &self,
        block: BlockHash,
        extrinsic: [u8; 32],
    ) -> Result<(u64, CallOutcome), NodeError> {
        self.read_outcome(block, extrinsic).await.map_err(|trouble| trouble.of(self.node()))
    }

    async fn read_outcome(
        &self,
        block: BlockHash,
        extrinsic: [u8; 32],
    ) -> Result<(u64, CallOutcome), Trouble> {
        let exchange = self.node.ask(&Question::Block(block)).await?;
        let told = known(block_told(&exchange), "it does not have the block")?;
        let place = told.extrinsics.iter().position(|bytes| blake2_256(bytes) == extrinsic);
        let place = place.ok_or_else(|| Trouble::wrong(format!("{} lacks it", hex_text(&block))))?;
        // The runtime that executed the block, which may have been replaced in it.
        let (_, runtime) = reading::runtime(&self.node, told.header.parent_hash).await?;
        let exchange = self.node.ask(&Question::Value { key: events_key(), at: block }).await?;
        let bytes = known(bytes_told(&exchange), "it has no events of the block")?;
        let events = Events::decode(&bytes, &runtime.metadata, &Watch::default(), 0);
        let mut outcomes = events.map_err(|error| Trouble::wrong(error.to_string()))?.outcomes;
        let outcome = u32::try_from(place).ok().and_then(|place| outcomes.remove(&place));
        let outcome = match outcome.unwrap_or(CallOutcome::Untold) {
            CallOutcome::Failed(why) => CallOutcome::Failed(runtime.explained(why)),
            outcome => outcome,
        };
        Ok((told.header.number, outcome))
    }

    fn layout(&self, netuid: u16) -> Result<Layout<'_>, Trouble> {
        Layout::of(&self.runtime.metadata, netuid).ok_or_else(|| Trouble::wrong("its runtime has no subnets"))
    }

    async fn value<T: serde::de::DeserializeOwned>(
        &self,
        layout: &Layout<'_>,
        item: &str,
        key: Option<Vec<u8>>,
    ) -> Result<Option<T>, Trouble> {
        let key = key.ok_or_else(|| Trouble::wrong(format!("its runtime has no {item} by hotkey")))?;
        let exchange: Exchange = self.node.ask(&Question::Value { key, at: self.head }).await?;
        let bytes = bytes_told(&exchange).map_err(Trouble::wrong)?;
        bytes.map(|bytes| layout.read(item, &bytes)).transpose().map_err(Trouble::wrong)
    }

    /// Returns the height of the finalized block.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

fn known<T>(told: Result<Option<T>, String>, without: &str) -> Result<T, Trouble> {
    told.map_err(Trouble::wrong)?.ok_or_else(|| Trouble::wrong(without))
}
