//! How a request that came is written down as question and answer, for decoding and for cassettes.

use serde::{Deserialize, Serialize};

use crate::raw::{Answer, Exchange, Outcome, Request};

/// The method; the target is the path that was asked for.
const RECEIVE: &str = "RECEIVE";
/// The request is here.
const FOUND: u16 = 200;

/// A request as it came: its headers, and what was known of its sender then.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceivedRequest {
    /// The header `Bittensor-Hotkey`.
    pub hotkey: Option<String>,
    /// The header `Bittensor-Netuid`.
    pub netuid: Option<String>,
    /// The header `Bittensor-Signature`.
    pub signature: Option<String>,
    /// The address that it came from, without the port.
    pub peer: Option<String>,
    /// Whether the hotkey had a neuron on the subnet, as the log's tables had it; `None` where that was not asked.
    pub has_neuron: Option<bool>,
}

/// Writes a request down.
pub(super) fn written(request: &ReceivedRequest, body: Vec<u8>, now_ms: i64) -> Exchange {
    Exchange {
        fetched_at_ms: now_ms,
        request: Request {
            method: RECEIVE.to_owned(),
            target: String::new(),
            body: serde_json::to_string(request).expect("plain fields are JSON"),
        },
        outcome: Outcome::Answer(Answer { status: FOUND, body }),
    }
}

/// Reads what [`written`] wrote; `None` for anything else.
pub(super) fn read(exchange: &Exchange) -> Option<(ReceivedRequest, &[u8])> {
    let request = &exchange.request;
    let read = (request.method == RECEIVE).then(|| serde_json::from_str(&request.body).ok()).flatten()?;
    Some((read, exchange.outcome.body()?))
}
