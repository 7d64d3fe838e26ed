//! A node that is being followed: its head, and its blocks on their way.

use std::collections::VecDeque;

use super::ahead::{Ahead, Group, Pace};
use super::heads::Heads;
use super::node::{Node, Trouble, answer_bytes_max};
use super::options::FollowOptions;
use super::reading;
use crate::raw::Exchange;
use crate::sources::chain::question::{BlockHash, Question, hash_told};
use crate::sources::chain::runtime::{Runtime, Runtimes};

/// Answers of about so many bytes make a fetch.
const FETCH_BYTES: usize = 4 << 20;

pub(super) struct Connection {
    pub(super) node: Node,
    /// Its answer about block 0, until it is handed on: the decoder knows by it which chain the rest is of.
    genesis: Option<Exchange>,
    pub(super) heads: Heads,
    ahead: Option<Ahead>,
    pace: Pace,
    /// Blocks that have come, in order, and are not known to be recorded yet.
    waiting: VecDeque<Group>,
    /// The runtimes whose metadata was handed on.
    runtimes: Runtimes,
}

impl Connection {
    /// Connects to a node.
    ///
    /// # Errors
    /// The node's trouble; `Wrong` for another chain than the one wanted.
    pub(super) async fn open(
        url: &str,
        options: &FollowOptions,
        pace: Pace,
        answer_bytes_max: u32,
    ) -> Result<Self, Trouble> {
        let node = Node::connect(url, options.answer_within, answer_bytes_max).await?;
        let genesis = node.genesis(options.genesis.as_deref()).await?;
        let heads = Heads::of(&node).await?;
        let (waiting, runtimes) = (VecDeque::new(), Runtimes::default());
        Ok(Self { node, genesis: Some(genesis), heads, ahead: None, pace, waiting, runtimes })
    }

    /// Returns how long answers may be by the runtimes that were met.
    pub(super) fn answer_bytes_max(&self) -> u32 {
        self.runtimes.known().filter_map(Runtime::block_bytes_max).map(answer_bytes_max).max().unwrap_or(0)
    }

    /// Whether a block is of its chain.
    ///
    /// # Errors
    /// The node's trouble.
    pub(super) async fn has(&self, number: u64, hash: BlockHash) -> Result<bool, Trouble> {
        let told = self.node.ask(&Question::HashAt(number)).await?;
        Ok(hash_told(&told).map_err(Trouble::wrong)? == Some(hash))
    }

    /// Forgets the blocks on their way: they are of a chain that the node no longer has.
    pub(super) fn forget_blocks(&mut self) {
        self.ahead = None;
        self.waiting.clear();
    }

    /// Waits until block `next` is there.
    ///
    /// # Errors
    /// The node's trouble.
    pub(super) async fn first_waiting(&mut self, next: u64) -> Result<&Group, Trouble> {
        while self.waiting.front().is_some_and(|group| group.number < next) {
            self.waiting.pop_front();
        }
        if self.waiting.front().is_some_and(|group| group.number > next) {
            self.forget_blocks();
        }
        while self.waiting.is_empty() {
            let (node, last, pace) = (self.node.clone(), self.heads.number, self.pace);
            let ahead = self.ahead.get_or_insert_with(|| Ahead::start(node, next..=last, pace));
            match ahead.next().await {
                Some(group) => self.waiting.push_back(group?),
                None => self.ahead = None,
            }
        }
        Ok(&self.waiting[0])
    }

    /// Returns the answers about blocks that have come, each joining the one before, with the metadata that decodes
    /// them; at most `most` blocks.
    ///
    /// # Errors
    /// The node's trouble.
    pub(super) async fn blocks(
        &mut self,
        most: usize,
        may_have_new_code: bool,
    ) -> Result<Vec<Exchange>, Trouble> {
        // Trouble that is met here is met again when the blocks before it are recorded.
        while let Some(Ok(group)) = self.ahead.as_mut().and_then(Ahead::next_now) {
            self.waiting.push_back(group);
        }
        let (mut exchanges, mut bytes) = (Vec::from_iter(self.genesis.take()), 0);
        for place in 0..self.waiting.len().min(most) {
            let group = &self.waiting[place];
            if place > 0 {
                let joins = group.parent == self.waiting[place - 1].hash;
                // The decoder learns all metadata of a fetch before its first block, and keeps but a few.
                if bytes > FETCH_BYTES || !joins || self.runtimes.get(group.spec_version).is_none() {
                    break;
                }
            }
            let (parent, spec_version) = (group.parent, group.spec_version);
            exchanges.extend(self.metadata(parent, spec_version, may_have_new_code && place == 0).await?);
            let group = &self.waiting[place];
            bytes += group.exchanges.iter().map(Exchange::answer_bytes).sum::<usize>();
            exchanges.extend(group.exchanges.iter().cloned());
        }
        Ok(exchanges)
    }

    /// Returns the answers that tell the metadata in force after a block, if the decoder does not have it.
    async fn metadata(
        &mut self,
        at: BlockHash,
        spec_version: u32,
        may_have_new_code: bool,
    ) -> Result<Vec<Exchange>, Trouble> {
        if !may_have_new_code && self.runtimes.get(spec_version).is_some() {
            return Ok(Vec::new());
        }
        let (exchanges, runtime) = reading::runtime(&self.node, at).await?;
        if runtime.told.spec_version != spec_version {
            return Err(Trouble::wrong("it names two runtimes for one block"));
        }
        self.runtimes.learn(runtime);
        Ok(exchanges)
    }

    /// Returns the state after a block that a runtime executed, with that runtime's metadata if the decoder lacks it.
    ///
    /// # Errors
    /// The node's trouble.
    pub(super) async fn state(
        &mut self,
        at: BlockHash,
        spec_version: u32,
        netuid: u16,
    ) -> Result<Vec<Exchange>, Trouble> {
        let mut exchanges = self.metadata(at, spec_version, false).await?;
        let runtime = self.runtimes.get(spec_version);
        let runtime = runtime.expect("it was known, or read just now");
        exchanges.extend(reading::state(&self.node, at, &runtime.metadata, netuid).await?);
        Ok(exchanges)
    }
}
