//! Exchanges with W&B, as a recorder keeps them.

use annals_ingest::{Answer, Exchange, Outcome, Raw, Request};

use crate::scratch::START_MS;

pub(super) fn page_of(nodes: &[String], has_next: bool) -> String {
    let edges: Vec<_> = nodes.iter().map(|node| format!(r#"{{"node": {node}, "cursor": "Mg=="}}"#)).collect();
    format!(
        r#"{{"data": {{"project": {{"runCount": 3, "readOnly": false, "runs": {{"edges": [{}],
            "pageInfo": {{"endCursor": "Mg==", "hasNextPage": {has_next}}}}}}}}}}}"#,
        edges.join(", ")
    )
}

/// The `minute`-th minute's exchange.
pub(super) fn exchange(minute: i64, body: &str, outcome: Outcome) -> Exchange {
    let request = Request { method: "POST".into(), target: "/graphql".into(), body: body.into() };
    Exchange { fetched_at_ms: START_MS + minute * 60_000, request, outcome }
}

pub(super) fn answer(status: u16, body: &str) -> Outcome {
    Outcome::Answer(Answer { status, body: body.as_bytes().to_vec() })
}

pub(super) fn ask_history(run_id: &str, steps: std::ops::Range<u64>) -> String {
    let (from, to) = (steps.start, steps.end);
    format!(
        r#"{{"query": "query HistoryPage($run: String!) {{ id }}",
            "variables": {{"run": "{run_id}", "minStep": {from}, "maxStep": {to}, "pageSize": 1000}}}}"#
    )
}

pub(super) fn fetch(source: &str, exchanges: Vec<Exchange>) -> Raw {
    Raw { source: source.into(), exchanges, part: 0, more: false }
}
