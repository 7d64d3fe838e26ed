//! What W&B answers when it is asked for runs: client 0.19.0's question, and pages in the shape in which they come.

use std::collections::BTreeSet;
use std::path::Path;

use annals_ingest::{Answer, Exchange, Outcome, Raw, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::project::{Project, Run};
use super::random::{MIDNIGHT_MS, MINUTE_MS, Question, below, wandb_time};

const PAGE_RUNS: usize = 50;
/// From one answer to the next.
const ANSWER_MS: i64 = 1270;

/// What becomes of a poll.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Fate {
    Whole,
    /// Whole, in fetches of two pages each.
    InParts,
    /// A proxy gives up after the second page.
    BadGateway,
    /// W&B answers, and says that it has nothing.
    NoProject,
}

/// Asks as upstream's client does.
pub(super) struct Poller {
    /// For a page of runs, and for one run by its id.
    queries: [String; 2],
    /// The runs that whole sweeps have listed, but those that are gone.
    known: BTreeSet<String>,
    /// Of these, those that the last whole sweep did not list.
    unseen: BTreeSet<String>,
}

impl Poller {
    /// With the questions that were recorded from the real client.
    pub(super) fn new(fixtures: &Path) -> Self {
        let recorded = std::fs::read(fixtures.join("wandb-requests/recorded-requests.json")).unwrap();
        let recorded: serde_json::Value = serde_json::from_slice(&recorded).unwrap();
        let requests = recorded["cases"]["v019"]["requests"].as_array().unwrap();
        let query = |op| {
            let asked = requests.iter().find(|request| request["op"] == op).unwrap();
            asked["body"]["query"].to_string()
        };
        Self { queries: ["Runs", "Run"].map(query), known: BTreeSet::new(), unseen: BTreeSet::new() }
    }

    /// Every run, oldest first; and by its id each that the last whole sweep did not list either.
    pub(super) fn sweep(&mut self, project: &Project, at_ms: i64, fate: Fate) -> Vec<Raw> {
        let mut runs: Vec<&Run> = project.runs.values().collect();
        runs.sort_by_key(|run| (run.created_ms, run.id.clone()));
        let count = runs.len().div_ceil(PAGE_RUNS);
        let exchanges = (0..count).map(|page| match (fate, page) {
            (Fate::BadGateway, 2..) => {
                let body = "<html><head><title>502 Server Error</title></head><body>try again in 30 seconds</body></html>";
                self.exchange("+created_at", page, at_ms, 502, body.to_owned())
            }
            _ => self.exchange("+created_at", page, at_ms, 200, answer(&runs, page, at_ms)),
        });
        let mut exchanges: Vec<_> =
            exchanges.take(if fate == Fate::BadGateway { 3 } else { count }).collect();
        if fate != Fate::BadGateway {
            exchanges.extend(self.asked_by_id(&runs, at_ms));
        }
        if fate != Fate::InParts {
            return vec![raw(exchanges, 0, false)];
        }
        let parts = exchanges.chunks(2);
        let last = parts.len() - 1;
        parts
            .enumerate()
            .map(|(part, some)| raw(some.to_vec(), u32::try_from(part).unwrap(), part < last))
            .collect()
    }

    /// What is asked and answered of runs that two whole sweeps in a row did not list: there are none such.
    fn asked_by_id(&mut self, runs: &[&Run], at_ms: i64) -> Vec<Exchange> {
        let listed: BTreeSet<String> = runs.iter().map(|run| run.id.clone()).collect();
        let unseen: BTreeSet<String> = self.known.difference(&listed).cloned().collect();
        let gone: Vec<&String> = unseen.intersection(&self.unseen).collect();
        let place = listed.len().div_ceil(PAGE_RUNS);
        let exchange = |(number, run_id): (usize, &&String)| {
            let variables =
                format!(r#"{{"entity":"neuralinternet","project":"opencompute","name":"{run_id}"}}"#);
            let answer = r#"{"data":{"project":{"run":null}}}"#.to_owned();
            self.answered(1, &variables, place + number, at_ms, 200, answer)
        };
        let exchanges = gone.iter().enumerate().map(exchange).collect();
        self.known = listed.into_iter().chain(unseen.difference(&self.unseen).cloned()).collect();
        self.unseen = unseen;
        exchanges
    }

    /// The fifty of which W&B heard last.
    pub(super) fn recent(&self, project: &Project, at_ms: i64, fate: Fate) -> Raw {
        let mut runs: Vec<&Run> = project.runs.values().collect();
        runs.sort_by_key(|run| (-run.heartbeat_ms(at_ms), run.id.clone()));
        let body = match fate {
            Fate::NoProject => {
                r#"{"data":{"project":null},"errors":[{"message":"context deadline exceeded","path":["project"]}]}"#.to_owned()
            }
            _ => answer(&runs, 0, at_ms),
        };
        raw(vec![self.exchange("-heartbeat_at", 0, at_ms, 200, body)], 0, false)
    }

    fn exchange(&self, order: &str, page: usize, at_ms: i64, status: u16, body: String) -> Exchange {
        let cursor = if page == 0 { "null".to_owned() } else { format!(r#""{}""#, cursor(page * PAGE_RUNS)) };
        let variables = format!(
            concat!(
                r#"{{"project":"opencompute","entity":"neuralinternet","order":"{}","#,
                r#""filters":"{{}}","perPage":{},"cursor":{}}}"#
            ),
            order, PAGE_RUNS, cursor
        );
        self.answered(0, &variables, page, at_ms, status, body)
    }

    /// The `place`-th exchange of a poll that began at `at_ms`.
    fn answered(
        &self,
        query: usize,
        variables: &str,
        place: usize,
        at_ms: i64,
        status: u16,
        body: String,
    ) -> Exchange {
        let question = format!(r#"{{"query":{},"variables":{variables}}}"#, self.queries[query]);
        Exchange {
            fetched_at_ms: at_ms + ANSWER_MS * (i64::try_from(place).unwrap() + 1),
            request: Request { method: "POST".into(), target: "/graphql".into(), body: question },
            outcome: Outcome::Answer(Answer { status, body: body.into() }),
        }
    }
}

fn raw(exchanges: Vec<Exchange>, part: u32, more: bool) -> Raw {
    Raw { source: "wandb".into(), exchanges, part, more }
}

/// Opaque, and nobody looks into it: the place after which the next page begins.
fn cursor(place: usize) -> String {
    STANDARD.encode(format!("cursor:v1:{place:06}"))
}

fn answer(runs: &[&Run], page: usize, at_ms: i64) -> String {
    let (from, to) = (page * PAGE_RUNS, ((page + 1) * PAGE_RUNS).min(runs.len()));
    let edge =
        |place: usize| format!(r#"{{"node":{},"cursor":"{}"}}"#, runs[place].node(at_ms), cursor(place + 1));
    let edges: Vec<_> = (from..to).map(edge).collect();
    format!(
        concat!(
            r#"{{"data":{{"project":{{"runCount":{},"readOnly":true,"runs":{{"edges":[{}],"#,
            r#""pageInfo":{{"endCursor":"{}","hasNextPage":{}}}}}}}}}}}"#
        ),
        runs.len(),
        edges.join(","),
        cursor(to),
        to < runs.len()
    )
}

impl Run {
    /// When W&B last heard of it.
    fn heartbeat_ms(&self, at_ms: i64) -> i64 {
        let offset =
            i64::try_from(below(u64::try_from(self.beat_ms).unwrap(), self.place(), Question::Heartbeat))
                .unwrap();
        let last_ms = at_ms - (at_ms - MIDNIGHT_MS - offset).rem_euclid(self.beat_ms);
        self.stopped_ms.unwrap_or(last_ms.max(self.created_ms))
    }

    fn place(&self) -> usize {
        self.id.bytes().fold(0, |sum: usize, byte| sum * 37 + usize::from(byte))
    }

    /// The fields of client 0.19.0's `RunFragment`, in its order.
    fn node(&self, at_ms: i64) -> String {
        let text = |text: &str| serde_json::to_string(text).unwrap();
        let heartbeat_ms = self.heartbeat_ms(at_ms);
        let wrapped =
            self.config.iter().map(|(key, value)| format!(r#""{key}":{{"desc":null,"value":{value}}}"#));
        let config = format!("{{{}}}", wrapped.collect::<Vec<_>>().join(","));
        let rows = (heartbeat_ms - self.created_ms) / (5 * MINUTE_MS);
        let summary =
            format!(r#"{{"_step":{rows},"_timestamp":{}.25,"dummy_metric":0}}"#, heartbeat_ms / 1000);
        let keys = r#"{"sets":[{"keys":["_step","_timestamp","dummy_metric"]}],"keys":{"dummy_metric":{"typeCounts":[{"type":"number"}]}}}"#;
        format!(
            concat!(
                r#"{{"id":"{}","tags":[],"name":"{}","displayName":"{}","sweepName":null,"state":"{}","config":{},"#,
                r#""group":null,"jobType":null,"commit":null,"readOnly":true,"createdAt":"{}","heartbeatAt":"{}","#,
                r#""description":null,"notes":null,"systemMetrics":"{{}}","summaryMetrics":{},"historyLineCount":{},"#,
                r#""user":{{"name":"{}","username":"{}"}},"historyKeys":{}}}"#
            ),
            STANDARD.encode(format!("Run:v1:{}:opencompute:neuralinternet", self.id)),
            self.id,
            self.name,
            self.state,
            text(&config),
            wandb_time(self.created_ms),
            wandb_time(heartbeat_ms),
            text(&summary),
            rows + 1,
            self.user,
            self.user,
            keys,
        )
    }
}
