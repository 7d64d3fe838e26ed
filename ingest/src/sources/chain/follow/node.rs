//! A connection to a node: questions out, exchanges back.

use std::sync::Arc;
use std::time::Duration;

use annals_log::NodeTrouble;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jsonrpsee::core::client::{ClientT as _, Error as RpcError, Subscription, SubscriptionClientT as _};
use jsonrpsee::core::traits::ToRpcParams;
use jsonrpsee::ws_client::{WsClient, WsClientBuilder};
use serde_json::value::RawValue;

use crate::raw::{Answer, Exchange, Outcome, now_ms};
use crate::sources::chain::question::{Question, hash_told, hex_text, trouble_text};

/// An answer that is longer ends the connection, until a runtime says that its blocks need more. Every subtensor so far
/// says 10 MiB of extrinsics, which are 20 as hex; what bounds the events of a block is weight, and 24 MB of hex were
/// seen.
pub(super) const ANSWER_BYTES_MAX: u32 = 64 << 20;
/// The longest answer, whatever a runtime says.
const ANSWER_BYTES_CEILING: u32 = 120 << 20;
/// The part of a block's answer beside its extrinsics: header, justifications and JSON.
const BESIDE_EXTRINSICS: u32 = 4 << 20;
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How many questions that are asked together may wait for their answers at once.
const IN_FLIGHT_MAX: usize = 24;
/// How many heads may wait to be looked at.
const HEADS_WAITING_MAX: usize = 64;
/// The words of nodes that no longer have the state of a block.
const PRUNED: [&str; 4] = ["discarded", "pruned", "unknown block", "header was not found"];

/// Why a node is given up for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) kind: NodeTrouble,
    pub(super) what: String,
}

/// A node, connected.
#[derive(Clone)]
pub(super) struct Node {
    client: Arc<WsClient>,
    /// Scheme, host and port.
    pub(super) name: Arc<str>,
}

/// A node did not give what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{node}: {what}")]
pub struct NodeError {
    /// Scheme, host and port.
    pub node: String,
    /// The kind of trouble.
    pub trouble: NodeTrouble,
    /// The trouble, in words.
    pub what: String,
}

/// Parameters that are JSON already.
struct Params(String);

impl ToRpcParams for Params {
    fn to_rpc_params(self) -> Result<Option<Box<RawValue>>, serde_json::Error> {
        RawValue::from_string(self.0).map(Some)
    }
}

impl Trouble {
    pub(super) fn wrong(what: impl Into<String>) -> Self {
        Self { kind: NodeTrouble::Wrong, what: what.into() }
    }

    /// The node no longer has the state after a block.
    pub(super) fn pruned(said: &str) -> Self {
        let what = format!("{said}; a node that keeps all states has it: --archive-url");
        Self { kind: NodeTrouble::Pruned, what }
    }

    pub(super) fn unreachable(what: impl Into<String>) -> Self {
        Self { kind: NodeTrouble::Unreachable, what: what.into() }
    }

    pub(super) fn of(self, node: &str) -> NodeError {
        NodeError { node: node.to_owned(), trouble: self.kind, what: self.what }
    }

    /// Returns the trouble as an exchange has it.
    pub(super) fn text(&self) -> String {
        trouble_text(self.kind, &self.what)
    }
}

impl From<RpcError> for Trouble {
    fn from(error: RpcError) -> Self {
        let what = match &error {
            // The node's words, not the library's form of them.
            RpcError::Call(said) => format!("{} ({})", said.message(), said.code()),
            other => other.to_string(),
        };
        let lower = what.to_lowercase();
        match error {
            RpcError::Call(_) if PRUNED.iter().any(|said| lower.contains(said)) => Self::pruned(&what),
            RpcError::Call(_) | RpcError::ParseError(_) => Self { kind: NodeTrouble::Refused, what },
            _ => Self::unreachable(what),
        }
    }
}

/// Returns how long answers are at most where blocks have at most `block_bytes_max` bytes of extrinsics.
pub(super) fn answer_bytes_max(block_bytes_max: u32) -> u32 {
    let wanted = block_bytes_max.saturating_mul(2).saturating_add(BESIDE_EXTRINSICS);
    wanted.clamp(ANSWER_BYTES_MAX, ANSWER_BYTES_CEILING)
}

/// Returns what may be told of a URL, which may hold a user's key: scheme, host and port.
pub fn name_of(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "a URL without a scheme".to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

impl Node {
    /// Connects to a node.
    ///
    /// # Errors
    /// `Unreachable`.
    pub(super) async fn connect(
        url: &str,
        answer_within: Duration,
        answer_bytes_max: u32,
    ) -> Result<Self, Trouble> {
        let connect_within = CONNECT_WITHIN.min(answer_within);
        let builder = WsClientBuilder::new()
            .max_response_size(answer_bytes_max)
            .request_timeout(answer_within)
            .connection_timeout(connect_within)
            .max_concurrent_requests(8 * IN_FLIGHT_MAX)
            .max_buffer_capacity_per_subscription(HEADS_WAITING_MAX);
        let connecting = tokio::time::timeout(2 * connect_within, builder.build(url));
        let connected = connecting.await.map_err(|_| Trouble::unreachable("it does not answer"))?;
        let client = connected.map_err(|error| Trouble::unreachable(error.to_string()))?;
        Ok(Self { client: Arc::new(client), name: name_of(url).into() })
    }

    /// Asks for the hash of block 0.
    ///
    /// # Errors
    /// `Wrong` for another chain than the one wanted, by that block's hash as `0x` and hex; `None` takes any.
    pub(super) async fn genesis(&self, wanted: Option<&str>) -> Result<Exchange, Trouble> {
        let genesis = self.ask(&Question::HashAt(0)).await?;
        let told = hash_told(&genesis).map_err(Trouble::wrong)?.map(|hash| hex_text(&hash));
        let told = told.as_deref().unwrap_or("none");
        match wanted {
            Some(wanted) if wanted != told => {
                Err(Trouble::wrong(format!("it is of another chain: its block 0 is {told}, not {wanted}")))
            }
            _ => Ok(genesis),
        }
    }

    /// Asks a question.
    ///
    /// # Errors
    /// The answer is an error, or none comes.
    pub(super) async fn ask(&self, question: &Question) -> Result<Exchange, Trouble> {
        let request = question.request(&self.name);
        let params = Params(request.body.clone());
        let answer: Box<RawValue> = self.client.request(&request.method, params).await.map_err(|error| {
            let trouble = Trouble::from(error);
            Trouble { what: format!("{}: {}", request.method, trouble.what), ..trouble }
        })?;
        let body = Box::<str>::from(answer).into_string().into_bytes();
        Ok(Exchange {
            fetched_at_ms: now_ms(),
            request,
            outcome: Outcome::Answer(Answer { status: 200, body }),
        })
    }

    /// Asks questions, a bounded number of them at once, and returns the answers in their order.
    ///
    /// # Errors
    /// The first trouble.
    pub(super) async fn ask_all(&self, questions: Vec<Question>) -> Result<Vec<Exchange>, Trouble> {
        let asking = questions.into_iter().map(|question| async move { self.ask(&question).await });
        stream::iter(asking).buffered(IN_FLIGHT_MAX).try_collect().await
    }

    /// Subscribes to headers as they become final.
    ///
    /// # Errors
    /// The node has no such subscription.
    pub(super) async fn finalized_heads(&self) -> Result<Subscription<Box<RawValue>>, Trouble> {
        let params = Params("[]".to_owned());
        let (subscribe, unsubscribe) = ("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads");
        Ok(self.client.subscribe(subscribe, params, unsubscribe).await?)
    }
}
