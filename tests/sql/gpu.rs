//! Two workers that tell of one card; attempts that passed, failed, and came to nothing; and those in files.

use annals_ingest::sources::PogFile;
use annals_ingest::{Answer, Driver, Exchange, Feed as _, Outcome, Raw, Request, Taken};
use annals_log::Log;
use futures_util::FutureExt as _;

use crate::golden::case::START_MS;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/pog");
const MINER: &str = "5CA3onFpA75kRSgNkF6twsDeumSA5NhLhxQWSdraSEL8vScn";
const OTHER: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

pub(super) fn record(log: &mut Log) {
    let mut driver = Driver::default();
    let mut take = |raw: &Raw| driver.take(raw, log, &mut Taken::default()).unwrap();
    for (minute, miner, worker) in [(70, MINER, "https://one.example"), (71, OTHER, "https://two.example")] {
        take(&unanswered(START_MS + minute * 60_000, miner, worker));
    }
    for name in ["right.pog", "wrong-tile.pog"] {
        let path = format!("{FIXTURES}/{name}");
        let mut file = PogFile::open(path.as_ref(), START_MS + 72 * 60_000).unwrap();
        take(&file.next(std::sync::Arc::default()).now_or_never().unwrap().unwrap().unwrap());
    }
}

/// A worker that says who it is, and then answers no challenge.
fn unanswered(now_ms: i64, miner: &str, worker: &str) -> Raw {
    let exchange = |method: &str, body: String, status, answer: String| Exchange {
        fetched_at_ms: now_ms,
        request: Request { method: method.into(), target: worker.into(), body },
        outcome: Outcome::Answer(Answer { status, body: answer.into_bytes() }),
    };
    let about = serde_json::json!({"hotkey": miner, "program": "annals 0.1.0", "gpus": [{
        "label": "GPU-7f3a", "prover": "cuda int8", "operations_max": 1, "kept_bytes_max": 1,
        "inventory": {
            "name": "NVIDIA H200", "uuid": "GPU-7f3a", "memory": {"total_bytes": 150_754_820_096_u64},
            "driver_version": "570.86.15", "pci": {"address": "00000000:18:00.0"},
            "confidential_computing": {"is_enabled": false, "is_developer_mode": false},
        },
    }]});
    // The challenge of the fixture, and its signature.
    let challenge = hex::encode(&std::fs::read(format!("{FIXTURES}/right.pog")).unwrap()[..416]);
    let exchanges = vec![
        exchange("ABOUT", String::new(), 200, about.to_string()),
        exchange("CHALLENGE", challenge, 504, "no answer in time".into()),
    ];
    Raw { source: "gpu".into(), exchanges, part: 0, more: false }
}
