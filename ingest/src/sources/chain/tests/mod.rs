//! What is pure in the source, against what real nodes and runtimes gave.

mod headers;
mod metadata;
mod real;
mod scale;
mod types;

use std::path::PathBuf;

use crate::raw::{Answer, Exchange, Outcome, Request};

fn fixture(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../fixtures", name].iter().collect()
}

/// What a node answered to a question that is of no account.
fn answered(body: &str) -> Exchange {
    let request = Request { method: "asked".into(), target: "ws://node".into(), body: "[]".into() };
    let answer = Answer { status: 200, body: body.as_bytes().to_vec() };
    Exchange { fetched_at_ms: 0, request, outcome: Outcome::Answer(answer) }
}
