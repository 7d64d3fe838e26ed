//! One golden case: recorded as W&B would have answered, asked by SQL, compared with what upstream said.

use std::path::Path;
use std::sync::Arc;

use annals_ingest::{Answer, Driver, Exchange, Outcome, Raw, Request, Taken};
use annals_log::json::{self, Object, Value};
use annals_log::{
    Clock, Event, FixtureIdentity, Log, LogId, NewLog, Options, Policy, QueryableUid, Reader, Upstream,
    Validators,
};
use annals_projections::Projections;
use annals_queries::{Gate, Limits, Session};

use super::python_value::is_same;
use crate::answers::values;

pub(crate) const START_MS: i64 = 1_767_225_600_000;
const RUNS: &str = r#"{"query": "query Runs($project: String!) { project }",
    "variables": {"entity": "neuralinternet", "project": "opencompute", "order": "+created_at", "filters": "{}", "cursor": null}}"#;
/// W&B sends fifty; three show what happens between pages.
const PAGE_RUNS: usize = 3;

/// A reader of upstream's whose result is the items of a table's rows.
const LIST_READERS: [(&str, &str, &str); 3] = [
    ("get_allocated_hotkeys", "allocated_hotkeys", "counts"),
    ("get_penalized_hotkeys", "penalized_hotkeys", "counts"),
    ("get_penalized_hotkeys_checklist_bak", "penalized_checklist", "counts"),
];

pub(crate) struct Case<'a> {
    pub(crate) id: String,
    case: &'a Object,
    expected: &'a Object,
    policy: Policy,
}

/// Answers of one version, and what is wrong with them.
struct Asked<'a> {
    session: Session,
    case: &'a Case<'a>,
    label: &'static str,
    differences: Vec<String>,
}

impl<'a> Case<'a> {
    pub(crate) fn of(case: &'a Object, checklist_hotkey: &str) -> Self {
        let netuid = number(case.get("netuid").unwrap());
        let policy = Policy {
            flag: case.get("flag") == Some(&Value::Bool(true)),
            validators: Validators::Declared(texts(case.get("valid_validator_hotkeys"))),
            queryable: Some(queryable(object(case, "queryable_uids"))),
            checklist_hotkey: checklist_hotkey.to_owned(),
            ..Policy::of_upstream(u16::try_from(netuid).unwrap())
        };
        Self { id: text(case.get("id").unwrap()), case, expected: object(case, "expected"), policy }
    }

    /// What SQL answers otherwise than upstream, a line each that begins with the case and the version.
    pub(crate) async fn differences(&self, versions: &[(&'static str, Upstream)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("log");
        self.record(&root);
        let mut projections = Projections::new(None);
        let mut differences = Vec::new();
        for &(label, upstream) in versions {
            let mut log = Log::open(&root, options()).unwrap();
            let case =
                Self { policy: Policy { upstream, ..self.policy.clone() }, id: self.id.clone(), ..*self };
            log.append(vec![case.policy_event()]).unwrap();
            drop(log);
            let reader = Reader::open(&root).unwrap();
            projections.catch_up(&reader, reader.size(), |_| ()).unwrap();
            let session =
                Session::open(&reader, Arc::new(projections.snapshot()), &Gate::new(Limits::default()))
                    .unwrap();
            let mut asked = Asked { session, case: self, label, differences: Vec::new() };
            asked.check().await;
            differences.append(&mut asked.differences);
        }
        differences
    }

    /// The hotkey that upstream was made to take for the checklist's.
    pub(crate) fn checklist_hotkey(golden: &Object) -> String {
        text(object(object(golden, "keys"), "ni_validator").get("ss58").unwrap())
    }

    pub(crate) fn policy_event(&self) -> Event {
        Event::new("policy", "", START_MS, &self.policy)
    }

    /// A log with a poll of all runs; where upstream's API was made to fault, another one that breaks off there.
    pub(crate) fn record(&self, root: &Path) {
        let fixture = Some(FixtureIdentity { log_id: LogId(*b"annals-golden-00"), seed: [27; 32] });
        let mut log = Log::create(root, NewLog { fixture, ..NewLog::default() }, options()).unwrap();
        self.record_poll(&mut log, START_MS);
        if matches!(self.case.get("api_fault_after"), Some(Value::Number(_))) {
            self.record_failed_poll(&mut log, START_MS + 60_000);
        }
    }

    pub(crate) fn record_poll(&self, log: &mut Log, at_ms: i64) {
        take(log, &self.poll(at_ms));
    }

    /// What W&B would have answered.
    pub(crate) fn poll(&self, at_ms: i64) -> Raw {
        poll_of(pages(&self.runs(), false, at_ms))
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// A poll that breaks off where upstream's API was made to fault, or at once.
    pub(crate) fn record_failed_poll(&self, log: &mut Log, at_ms: i64) {
        let mut runs = self.runs();
        runs.sort_by_key(|run| text(run.get("created_at").unwrap()));
        let after = match self.case.get("api_fault_after") {
            Some(after @ Value::Number(_)) => number(after),
            _ => 0,
        };
        let mut exchanges = pages(self.up_to_match(&runs, after), true, at_ms);
        let broken = exchange(&[], true, at_ms);
        exchanges.push(Exchange { outcome: Outcome::Failed("connection reset".into()), ..broken });
        take(log, &poll_of(exchanges));
    }

    fn runs(&self) -> Vec<&'a Object> {
        list(self.case.get("runs")).iter().map(|run| run.as_object().unwrap()).collect()
    }

    /// The runs up to the `count`-th that upstream's filter for specs lets through.
    fn up_to_match<'r, 'o>(&self, runs: &'r [&'o Object], count: i64) -> &'r [&'o Object] {
        let netuid = i64::from(self.policy.netuid);
        let is_match = |run: &&Object| {
            let config = object(run, "config");
            let of_netuid =
                config.get("config").and_then(Value::as_object).and_then(|inner| inner.get("netuid"));
            config.get("role") == Some(&Value::Text("miner".into()))
                && of_netuid == Some(&Value::Number(netuid.into()))
                && run.get("state") == Some(&Value::Text("running".into()))
        };
        let mut left = count;
        let end = runs.iter().position(|run| {
            let is_behind = left == 0;
            left -= i64::from(is_match(run));
            is_behind
        });
        &runs[..end.unwrap_or(runs.len())]
    }
}

impl Asked<'_> {
    async fn check(&mut self) {
        let outcomes = self.rows("select function, outcome, exception from upstream_outcome").await;
        let raised = |function: &str| {
            let row = outcomes.iter().find(|row| row[0] == Value::Text(function.into())).unwrap();
            (row[1] == Value::Text("raises".into())).then(|| text(&row[2]))
        };
        self.verify_run().await;
        for (function, table, counts) in LIST_READERS {
            let counts = if self.case.policy.flag { counts } else { "counts_unflagged" };
            let items = self.items(table, counts).await;
            self.compare(function, object(self.case.expected, function), raised(function), || {
                Value::List(items)
            });
        }
        self.sync_allocated(raised("get_allocated_hotkeys")).await;
        self.fixed_run(raised("get_penalized_hotkeys_checklist")).await;
        self.stats(raised("get_stats_allocated")).await;
        self.specs().await;
    }

    async fn verify_run(&mut self) {
        let rows = self.rows("select run_id, signature = 'valid' from wandb_runs").await;
        let verdicts: Object = rows.into_iter().map(|mut row| (key(&row[0]), row.remove(1))).collect();
        let upstream = object(self.case.expected, "verify_run").iter();
        let upstream = upstream
            .map(|(run_id, result)| (run_id.clone(), result.as_object().unwrap().get("ok").unwrap().clone()));
        self.same("verify_run", &Value::Object(upstream.collect()), &Value::Object(verdicts));
    }

    async fn sync_allocated(&mut self, raised: Option<String>) {
        let items = self.items("allocated_hotkeys", "counts_unflagged").await;
        for (hotkey, expected) in object(self.case.expected, "sync_allocated").iter() {
            let is_allocated = items.contains(&Value::Text(hotkey.clone()));
            let expected = expected.as_object().unwrap();
            self.compare("sync_allocated", expected, raised.clone(), || Value::Bool(is_allocated));
        }
    }

    async fn fixed_run(&mut self, raised: Option<String>) {
        let function = "get_penalized_hotkeys_checklist";
        let items = self.items("penalized_checklist", "in_fixed_run").await;
        let sql = format!("select returns from upstream_outcome where function = '{function}'");
        let returns = self.rows(&sql).await.remove(0).remove(0);
        let returned = match returns {
            Value::Text(json) => json::parse(json.as_str().unwrap()).unwrap(),
            _ => Value::List(items),
        };
        self.compare(function, object(self.case.expected, function), raised, || returned);
    }

    async fn stats(&mut self, raised: Option<String>) {
        let rows = self.rows("select uid_text, entry from stats order by uid, uid_text").await;
        let entries: Object =
            rows.iter().map(|row| (key(&row[0]), json::parse(&text(&row[1])).unwrap())).collect();
        let expected = object(object(self.case.expected, "get_stats_allocated"), self.label);
        self.compare("get_stats_allocated", expected, raised, || Value::Object(entries));
    }

    async fn specs(&mut self) {
        let rows = self.rows("select specs_index, hotkey, specs from miner_specs where queryable").await;
        let specs: Object = rows
            .iter()
            .map(|row| {
                let specs = json::parse(&text(&row[2])).unwrap();
                (key(&row[0]), Value::List(vec![row[1].clone(), specs]))
            })
            .collect();
        self.compare("get_miner_specs", object(self.case.expected, "get_miner_specs"), None, || {
            Value::Object(specs)
        });
    }

    /// Items in the order of upstream's result.
    async fn items(&self, table: &str, counts: &str) -> Vec<Value> {
        let sql = format!("select item from {table} where {counts} order by created_at, run_id, position");
        let rows = self.rows(&sql).await;
        rows.iter().map(|row| json::parse(&text(&row[0])).unwrap()).collect()
    }

    async fn rows(&self, sql: &str) -> Vec<Vec<Value>> {
        let answer = self.session.query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        values(&answer)
    }

    fn compare(
        &mut self,
        function: &str,
        expected: &Object,
        raised: Option<String>,
        returned: impl FnOnce() -> Value,
    ) {
        match (expected.get("raises"), expected.get("ok"), raised) {
            (Some(class), _, raised) => {
                if raised.as_deref() != Some(text(class).as_str()) {
                    self.differ(function, &format!("upstream raises {class:?}, annals says {raised:?}"));
                }
            }
            (None, Some(_), Some(class)) => {
                self.differ(function, &format!("upstream returns, annals says {class}"));
            }
            (None, Some(value), None) => self.same(function, value, &returned()),
            (None, None, _) => self.differ(function, "nothing is expected"),
        }
    }

    fn same(&mut self, function: &str, upstream: &Value, annals: &Value) {
        if !is_same(upstream, annals) {
            let what = format!("upstream {}\n    annals {}", upstream.to_json(), annals.to_json());
            self.differ(function, &what);
        }
    }

    fn differ(&mut self, function: &str, what: &str) {
        self.differences.push(format!("{} {}: {function}: {what}", self.case.id, self.label));
    }
}

fn take(log: &mut Log, raw: &Raw) {
    Driver::default().take(raw, log, &mut Taken::default()).unwrap();
}

fn poll_of(exchanges: Vec<Exchange>) -> Raw {
    Raw { source: "wandb".into(), exchanges, part: 0, more: false }
}

pub(crate) fn options() -> Options {
    Options { recorder: "annals test".into(), clock: Clock::fixed(START_MS), ..Options::default() }
}

/// Answers that list runs, a few to a page; `goes_on` behind the last.
fn pages(runs: &[&Object], goes_on: bool, fetched_at_ms: i64) -> Vec<Exchange> {
    let nodes: Vec<String> = runs.iter().map(|run| node_of(run)).collect();
    let count = nodes.len().div_ceil(PAGE_RUNS).max(1);
    let page = |place: usize| {
        let from = (place * PAGE_RUNS).min(nodes.len());
        let to = (from + PAGE_RUNS).min(nodes.len());
        exchange(&nodes[from..to], goes_on || place + 1 < count, fetched_at_ms)
    };
    (0..count).map(page).collect()
}

fn exchange(nodes: &[String], has_next: bool, fetched_at_ms: i64) -> Exchange {
    let edges: Vec<_> = nodes.iter().map(|node| format!(r#"{{"node": {node}, "cursor": "Mg=="}}"#)).collect();
    let body = format!(
        r#"{{"data": {{"project": {{"runs": {{"edges": [{}],
            "pageInfo": {{"endCursor": "Mg==", "hasNextPage": {has_next}}}}}}}}}}}"#,
        edges.join(", ")
    );
    let request = Request { method: "POST".into(), target: "/graphql".into(), body: RUNS.into() };
    Exchange { fetched_at_ms, request, outcome: Outcome::Answer(Answer { status: 200, body: body.into() }) }
}

/// The run as the server would send it: each key of the config wrapped, the config a text.
fn node_of(run: &Object) -> String {
    let wrapped = object(run, "config").iter().map(|(key, value)| {
        let wrapping = [("desc".into(), Value::Null), ("value".into(), value.clone())];
        (key.clone(), Value::Object(wrapping.into_iter().collect()))
    });
    let config = Value::Object(wrapped.collect()).to_json();
    let fields = [
        ("name", "id"),
        ("displayName", "name"),
        ("state", "state"),
        ("createdAt", "created_at"),
        ("heartbeatAt", "heartbeat_at"),
    ];
    let fields = fields.into_iter().map(|(field, of)| (field.into(), run.get(of).unwrap().clone()));
    let node: Object = fields.chain([("config".into(), Value::Text(config.into()))]).collect();
    node.to_json()
}

fn queryable(uids: &Object) -> Vec<QueryableUid> {
    let uid = |(uid, hotkey): (&json::Text, &Value)| QueryableUid {
        uid: uid.as_str().unwrap().parse().unwrap(),
        hotkey: hotkey.as_text().map(|hotkey| hotkey.to_lossy().into_owned()),
    };
    uids.iter().map(uid).collect()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_text().unwrap_or_else(|| panic!("no text: {value:?}")).to_lossy().into_owned()
}

fn key(value: &Value) -> json::Text {
    match value {
        Value::Text(text) => text.clone(),
        other => other.to_json().into(),
    }
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Number(number) => number.as_str().parse().unwrap(),
        other => panic!("no number: {other:?}"),
    }
}

fn object<'o>(of: &'o Object, key: &str) -> &'o Object {
    of.get(key).and_then(Value::as_object).unwrap_or_else(|| panic!("no {key}"))
}

fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::List(items)) => items,
        other => panic!("no list: {other:?}"),
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    list(value).iter().map(text).collect()
}
