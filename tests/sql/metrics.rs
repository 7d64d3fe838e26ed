//! Scrapes: of an endpoint that a neuron announces, of one that is named, of addresses that nobody asks.

use annals_ingest::{Answer, Driver, Exchange, Outcome, Raw, Request, Taken};
use annals_log::Log;
use serde_json::{Value, json};

use super::chain;
use crate::golden::case::START_MS;

const MINER: &str = "5CFEdGJJoSzzatSEsdvsQ1mgECHm3LAwxtuTfgXUXrJJZr1m";
const TEXT: &str = "text/plain; version=0.0.4";
const LOADS: &str = "\
# HELP node_load1 1m load average.
# TYPE node_load1 gauge
node_load1 0.5
# TYPE node_cpu_seconds_total counter
node_cpu_seconds_total{mode=\"idle\",cpu=\"0\"} 10.5
node_cpu_seconds_total{cpu=\"1\",mode=\"idle\"} NaN 1700000000000
";
const LATER_LOADS: &str = "\
# HELP node_load1 Load of one minute.
# TYPE node_load1 gauge
node_load1 +Inf
node_cpu_seconds_total{mode=\"idle\",cpu=\"0\"} 12
";
const OPEN: &str = "\
# TYPE request_seconds histogram
# UNIT request_seconds seconds
request_seconds_bucket{le=\"+Inf\"} 3 # {trace_id=\"a\"} 0.25
request_seconds_count 3
# EOF
";

pub(super) fn record(log: &mut Log) {
    log.append(vec![chain::announced()]).unwrap();
    let hotkey = annals_log::Account([8; 32]).address();
    assert_eq!(hotkey, MINER);
    let announced =
        json!({"announced": [{"netuid": 27, "hotkey": hotkey, "uid": 1, "block": 102}], "more_announced": 0});
    let nobody = json!({"announced": [], "more_announced": 0});
    let posted = json!({"announced": [{"netuid": 27, "hotkey": hotkey, "uid": null, "block": 90}], "more_announced": 0});
    let (target, named) = ("203.0.113.7:9100", "https://node.example/m");
    let body = |content_type: &str, status: u16| json!({"ended": "body", "status": status, "content_type": content_type});
    let timeout = json!({"ended": {"timeout": {"why": "no byte of an answer in time"}}});
    let refused = json!({"ended": {"refused": {"rule": "private", "why": "192.168.1.1:9100 is not asked"}}});
    let mut driver = Driver::default();
    for (minute, target, question, had, body) in [
        (80, target, &announced, body(TEXT, 200), LOADS),
        (81, target, &announced, body(TEXT, 200), LOADS),
        (82, target, &announced, body(TEXT, 200), LATER_LOADS),
        (83, named, &nobody, body("application/openmetrics-text; version=1.0.0", 200), OPEN),
        (84, "192.168.1.1:9100", &posted, refused, ""),
        (85, target, &announced, timeout, ""),
        (86, target, &announced, body(TEXT, 200), "<html>\n"),
        (87, target, &announced, json!({"ended": "status", "status": 302}), ""),
    ] {
        let raw = scraped(START_MS + minute * 60_000, target, question, &had, body);
        driver.take(&raw, log, &mut Taken::default()).unwrap();
    }
}

fn scraped(now_ms: i64, target: &str, question: &Value, had: &Value, body: &str) -> Raw {
    let is_asked = had["ended"].get("refused").is_none();
    let mut told = json!({
        "address": is_asked.then_some("203.0.113.7:9100"), "due_at_ms": now_ms - 40, "began_at_ms": now_ms - 35,
        "duration_us": 12_345, "first_byte_us": (!body.is_empty()).then_some(6_789), "status": null,
        "content_type": null, "wire_bytes": body.len(),
    });
    for (key, value) in had.as_object().unwrap() {
        told[key] = value.clone();
    }
    if target.starts_with("https") {
        // It had to wait for its turn.
        told["due_at_ms"] = json!(now_ms - 20_000);
    }
    let answer = Answer { status: 200, body: format!("{told}\n{body}").into_bytes() };
    let request = Request { method: "SCRAPE".into(), target: target.into(), body: question.to_string() };
    let exchange = Exchange { fetched_at_ms: now_ms, request, outcome: Outcome::Answer(answer) };
    Raw { source: "metrics".into(), exchanges: vec![exchange], part: 0, more: false }
}
