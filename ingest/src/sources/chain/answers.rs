//! The answers of one fetch, by what they are about.

use std::collections::BTreeMap;

use annals_log::{BlockHeader, NodeTrouble};

use super::layout::events_key;
use super::question::{BlockHash, Question, RuntimeVersion, answer, hash_told, header_told, trouble_of};
use super::runtime::{METADATA_VERSIONS, Runtime, asks_for_metadata, metadata_told};
use super::state::StateAnswers;
use crate::raw::{Exchange, Outcome, Raw};
use crate::source::SourceError;

/// What one fetch brought.
#[derive(Default)]
pub(super) struct Answers<'a> {
    /// Hashes by height; `None` where the node's chain ends below.
    pub(super) hashes: BTreeMap<u64, Option<BlockHash>>,
    pub(super) headers: BTreeMap<BlockHash, BlockHeader>,
    /// By the hash of the block behind which they are in force.
    pub(super) versions: BTreeMap<BlockHash, RuntimeVersion>,
    /// With metadata that was not known before.
    pub(super) runtimes: Vec<Runtime>,
    /// Taken apart when it is their turn.
    pub(super) blocks: BTreeMap<BlockHash, &'a Exchange>,
    pub(super) events: BTreeMap<BlockHash, &'a Exchange>,
    pub(super) states: BTreeMap<BlockHash, StateAnswers>,
    /// The node was given up.
    pub(super) outages: Vec<Outage<'a>>,
    pub(super) node: &'a str,
}

/// What a follower says of a node that it gave up.
pub(super) struct Outage<'a> {
    pub(super) next_block: u64,
    pub(super) since_ms: i64,
    pub(super) trouble: NodeTrouble,
    pub(super) what: &'a str,
}

/// Why answers are not taken: what is wrong with them, in words.
pub(super) struct Wrong(pub(super) String);

impl<'a> Answers<'a> {
    /// # Errors
    /// The outer one when the recording is none of this source, the inner one when an answer does not read.
    pub(super) fn of(raw: &'a Raw) -> Result<Result<Self, Wrong>, SourceError> {
        let mut answers = Self::default();
        for exchange in &raw.exchanges {
            let question = Question::of(&exchange.request)?;
            answers.node = &exchange.request.target;
            if let Err(what) = answers.take(question, exchange) {
                return Ok(Err(Wrong(what)));
            }
        }
        Ok(Ok(answers))
    }

    fn take(&mut self, question: Question, exchange: &'a Exchange) -> Result<(), String> {
        match question {
            Question::HashAt(height) => {
                self.hashes.insert(height, hash_told(exchange)?);
            }
            Question::Header(hash) => {
                if let Some(header) = header_told(exchange)? {
                    self.headers.insert(hash, header);
                }
            }
            Question::FinalizedHead => {}
            Question::Block(hash) => {
                self.blocks.insert(hash, exchange);
            }
            Question::RuntimeVersion(at) => {
                let version = answer(exchange)?;
                if self.versions.insert(at, version).is_some_and(|before| self.versions[&at] != before) {
                    return Err("it names two runtimes for one block".to_owned());
                }
            }
            Question::Metadata(at) | Question::Call { at, .. } if asks_for_metadata(&question) => {
                let version = self.versions.get(&at).ok_or("it gives metadata, and not of which version")?;
                self.runtimes.push(Runtime::of(version, metadata_told(&question, exchange)?)?);
            }
            Question::Call { ref method, .. } if method == METADATA_VERSIONS => {}
            Question::Value { key, at } if key == events_key() => {
                self.events.insert(at, exchange);
            }
            Question::Value { at, .. }
            | Question::Keys { at, .. }
            | Question::Values { at, .. }
            | Question::Call { at, .. }
            | Question::Metadata(at) => self.states.entry(at).or_default().take(question, exchange)?,
            Question::Follow { next_block, since_ms } => {
                if let Outcome::Failed(why) = &exchange.outcome {
                    let (trouble, what) = trouble_of(why);
                    self.outages.push(Outage { next_block, since_ms, trouble, what });
                }
            }
        }
        Ok(())
    }

    /// Heights that a hash is known for, as far as they follow upon `number` without a gap.
    pub(super) fn heights_behind(&self, number: Option<u64>) -> impl Iterator<Item = (u64, BlockHash)> + '_ {
        let first = number.map(|number| number + 1);
        let known = self.hashes.iter().filter_map(|(&height, hash)| Some((height, (*hash)?)));
        let known = known.filter(move |(height, hash)| {
            first.is_none_or(|first| *height >= first) && self.blocks.contains_key(hash)
        });
        let mut next = first;
        known.take_while(move |(height, _)| {
            let joins = next.is_none_or(|next| *height == next);
            next = height.checked_add(1);
            joins
        })
    }
}
