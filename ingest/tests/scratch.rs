//! What the tests share: a log in a folder of its own, and answers of W&B as they come from the server.

use std::path::Path;

use annals_ingest::{Answer, Driver, Exchange, Outcome, Raw, Request, Taken};
use annals_log::{
    Body, Clock, Envelope, FixtureIdentity, Kind, Log, LogId, LogIndex, NewLog, Options, Reader, decode,
};

/// 2026-01-01.
pub(crate) const START_MS: i64 = 1_767_225_600_000;

pub(crate) struct Scratch {
    folder: tempfile::TempDir,
}

/// An entry, as a reader finds it.
pub(crate) struct Found {
    pub(crate) kind: Kind,
    pub(crate) source: String,
    pub(crate) native_id: String,
    pub(crate) observed_at_ms: Option<i64>,
    pub(crate) body: Vec<u8>,
    pub(crate) attached: Vec<Vec<u8>>,
    pub(crate) sequence: Option<u64>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let scratch = Self { folder: tempfile::tempdir().unwrap() };
        let fixture = Some(FixtureIdentity { log_id: LogId(*b"annals-fixture-2"), seed: [27; 32] });
        let new = NewLog { netuid: 27, fixture, ..NewLog::default() };
        Log::create(&scratch.root(), new, options()).unwrap().close().unwrap();
        scratch
    }

    pub(crate) fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("log")
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn open(&self) -> Log {
        Log::open(&self.root(), options()).unwrap()
    }

    /// With the clock of the machine, as whoever asks over the network has it.
    pub(crate) fn open_now(&self) -> Log {
        Log::open(&self.root(), Options { clock: Clock::System, ..options() }).unwrap()
    }

    /// Records `raws` as one session of the recorder.
    pub(crate) fn take(&self, raws: &[Raw]) -> Taken {
        let (mut log, mut driver, mut taken) = (self.open(), Driver::default(), Taken::default());
        for raw in raws {
            driver.take(raw, &mut log, &mut taken).unwrap();
        }
        log.close().unwrap();
        taken
    }

    /// What the sources have told: no entry that the log says of itself.
    pub(crate) fn found(&self) -> Vec<Found> {
        let mut reader = Reader::open(&self.root()).unwrap();
        let all: Vec<_> = (0..reader.size().0).map(LogIndex).collect();
        all.into_iter().filter_map(|index| Found::at(&mut reader, index)).collect()
    }
}

impl Found {
    fn at(reader: &mut Reader, index: LogIndex) -> Option<Self> {
        let entry = reader.entry(index).unwrap();
        let envelope = Envelope::decode(&entry).unwrap();
        let mut fetch = |payload| reader.payload(index, payload).unwrap();
        let body = match envelope.body {
            Body::Inline(body) => body.to_vec(),
            Body::Detached(payload) => fetch(payload),
        };
        (envelope.source != "log").then(|| Self {
            kind: envelope.kind,
            source: envelope.source.to_owned(),
            native_id: envelope.native_id.to_owned(),
            observed_at_ms: envelope.observed_at_ms,
            body,
            attached: envelope.attached.iter().map(|payload| fetch(*payload)).collect(),
            sequence: envelope.closes.map(|closes| closes.sequence),
        })
    }

    pub(crate) fn fact<F: annals_log::Fact>(&self) -> F {
        assert_eq!(self.kind, F::KIND);
        decode(&self.body).unwrap()
    }
}

fn options() -> Options {
    Options { recorder: "annals test".into(), clock: Clock::fixed(START_MS), ..Options::default() }
}

/// A run, as the server has it.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) state: &'static str,
    pub(crate) heartbeat: u32,
    pub(crate) config: String,
}

impl Run {
    pub(crate) fn new(id: &str, config: &str) -> Self {
        Self { id: id.into(), state: "running", heartbeat: 0, config: config.into() }
    }

    pub(crate) fn node(&self) -> String {
        let Self { id, state, heartbeat, config } = self;
        let config = serde_json::to_string(config).unwrap();
        format!(
            r#"{{"id": "UnVuOnYx", "name": "{id}", "displayName": "validator-{id}", "state": "{state}", "config": {config},
                "createdAt": "2025-06-02T08:36:23", "heartbeatAt": "2025-06-21T23:44:{heartbeat:02}Z",
                "user": {{"name": "N", "username": "n@example.org"}}, "historyKeys": {{"keys": {{}}}}}}"#
        )
    }
}

pub(crate) fn page(runs: &[Run], has_next: bool) -> String {
    let nodes: Vec<_> = runs.iter().map(Run::node).collect();
    page_of(&nodes, has_next)
}

pub(crate) fn page_of(nodes: &[String], has_next: bool) -> String {
    let edges: Vec<_> = nodes.iter().map(|node| format!(r#"{{"node": {node}, "cursor": "Mg=="}}"#)).collect();
    format!(
        r#"{{"data": {{"project": {{"runCount": 3, "readOnly": false, "runs": {{"edges": [{}],
            "pageInfo": {{"endCursor": "Mg==", "hasNextPage": {has_next}}}}}}}}}}}"#,
        edges.join(", ")
    )
}

/// The `minute`-th minute's exchange.
pub(crate) fn exchange(minute: i64, body: &str, outcome: Outcome) -> Exchange {
    let request = Request { method: "POST".into(), target: "/graphql".into(), body: body.into() };
    Exchange { fetched_at_ms: START_MS + minute * 60_000, request, outcome }
}

pub(crate) fn answer(status: u16, body: &str) -> Outcome {
    Outcome::Answer(Answer { status, body: body.as_bytes().to_vec() })
}

pub(crate) const RUNS: &str = r#"{"query": "query Runs($project: String!) {\n  project {id}\n}",
    "variables": {"entity": "neuralinternet", "project": "opencompute", "order": "+created_at", "cursor": null}}"#;

pub(crate) fn ask_history(run_id: &str, steps: std::ops::Range<u64>) -> String {
    let (from, to) = (steps.start, steps.end);
    format!(
        r#"{{"query": "query HistoryPage($run: String!) {{ id }}",
            "variables": {{"run": "{run_id}", "minStep": {from}, "maxStep": {to}, "pageSize": 1000}}}}"#
    )
}

pub(crate) fn ask_run(run_id: &str) -> String {
    format!(
        r#"{{"query": "query Run($name: String!) {{ id }}", "variables": {{"entity": "neuralinternet", "project": "opencompute", "name": "{run_id}"}}}}"#
    )
}

/// A fetch that is a whole poll of one page.
pub(crate) fn poll(minute: i64, runs: &[Run]) -> Raw {
    fetch("wandb", vec![exchange(minute, RUNS, answer(200, &page(runs, false)))])
}

pub(crate) fn fetch(source: &str, exchanges: Vec<Exchange>) -> Raw {
    Raw { source: source.into(), exchanges, part: 0, more: false }
}
