//! Reads what comes beside blocks: metadata, and the state of the subnet.

use subxt::Metadata;

use super::node::{Node, Trouble};
use crate::raw::Exchange;
use crate::sources::chain::layout::Layout;
use crate::sources::chain::question::{BlockHash, Question, RuntimeVersion, answer, bytes_told};
use crate::sources::chain::runtime::{
    METADATA_AT_VERSION, METADATA_VERSIONS, Runtime, metadata_told, versions_in,
};
use crate::sources::chain::state::{StateAnswers, first_questions, further_keys};

/// The bytes of all answers about a state. A subnet of 256 neurons takes less than one MiB.
const STATE_BYTES_MAX: usize = 64 << 20;
/// How many keys are listed, or asked for, at once.
const KEYS_AT_ONCE: usize = 512;
/// How many such questions are asked before the bytes of their answers are counted.
const QUESTIONS_AT_ONCE: usize = 8;

/// Reads the runtime in force after a block: its version, and its metadata in the newest stable form that can be read.
///
/// # Errors
/// The node's trouble.
pub(super) async fn runtime(node: &Node, at: BlockHash) -> Result<(Vec<Exchange>, Runtime), Trouble> {
    let told = node.ask(&Question::RuntimeVersion(at)).await?;
    let version = answer::<RuntimeVersion>(&told).map_err(Trouble::wrong)?;
    let call = |method: &str, args: Vec<u8>| Question::Call { method: method.to_owned(), args, at };
    // A runtime of before there were versions of it has no such call, which a node tells as an error.
    let versions_told = node.ask(&call(METADATA_VERSIONS, Vec::new())).await.ok();
    let versions = versions_told.as_ref().map(bytes_told).transpose().map_err(Trouble::wrong)?.flatten();
    let versions = versions_in(&versions.unwrap_or_default());
    let newest = versions.into_iter().filter(|version| (15..=16).contains(version)).max();
    let question = match newest {
        Some(version) => call(METADATA_AT_VERSION, version.to_le_bytes().to_vec()),
        None => Question::Metadata(at),
    };
    let exchange = node.ask(&question).await?;
    let metadata = metadata_told(&question, &exchange);
    let runtime = metadata.and_then(|bytes| Runtime::of(&version, bytes)).map_err(Trouble::wrong)?;
    Ok(([told].into_iter().chain(versions_told).chain([exchange]).collect(), runtime))
}

/// Reads the subnet's state after a block, in the form of the runtime that the metadata are of; nothing where that has
/// no subnets.
///
/// # Errors
/// The node's trouble.
pub(super) async fn state(
    node: &Node,
    at: BlockHash,
    metadata: &Metadata,
    netuid: u16,
) -> Result<Vec<Exchange>, Trouble> {
    let Some(layout) = Layout::of(metadata, netuid) else { return Ok(Vec::new()) };
    let first = first_questions(&layout);
    let mut reading = Reading { node, at, answers: StateAnswers::default(), exchanges: Vec::new(), bytes: 0 };
    reading.ask(vec![Question::Values { keys: first.single, at }]).await?;
    if let Some((method, args)) = first.call {
        reading.ask(vec![Question::Call { method, args, at }]).await?;
    }
    for prefix in first.listed {
        reading.list(prefix).await?;
    }
    let keys = further_keys(&layout, &reading.answers).map_err(Trouble::wrong)?;
    for keys in keys.chunks(QUESTIONS_AT_ONCE * KEYS_AT_ONCE) {
        let questions = keys.chunks(KEYS_AT_ONCE).map(|keys| Question::Values { keys: keys.to_vec(), at });
        reading.ask(questions.collect()).await?;
    }
    Ok(reading.exchanges)
}

struct Reading<'a> {
    node: &'a Node,
    at: BlockHash,
    answers: StateAnswers,
    exchanges: Vec<Exchange>,
    bytes: usize,
}

impl Reading<'_> {
    async fn ask(&mut self, questions: Vec<Question>) -> Result<(), Trouble> {
        let exchanges = self.node.ask_all(questions.clone()).await?;
        for (question, exchange) in questions.into_iter().zip(&exchanges) {
            self.answers.take(question, exchange).map_err(Trouble::wrong)?;
        }
        self.bytes += exchanges.iter().map(Exchange::answer_bytes).sum::<usize>();
        self.exchanges.extend(exchanges);
        if self.bytes > STATE_BYTES_MAX {
            return Err(Trouble::wrong(format!(
                "its state of one subnet takes over {STATE_BYTES_MAX} bytes"
            )));
        }
        Ok(())
    }

    /// Lists all keys that begin with a prefix.
    async fn list(&mut self, prefix: Vec<u8>) -> Result<(), Trouble> {
        let count = u32::try_from(KEYS_AT_ONCE).expect("it is small");
        while let Some(after) = self.answers.listed_up_to(&prefix) {
            let question = Question::Keys { prefix: prefix.clone(), count, after, at: self.at };
            self.ask(vec![question]).await?;
        }
        Ok(())
    }
}
