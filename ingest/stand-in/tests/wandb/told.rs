//! What the tests share: polls of a project, a server of them, and a client that asks.

use std::sync::Arc;
use std::time::Duration;

use annals_ingest::{Exchange, Outcome, Raw, Request};
use annals_served::Served;
use annals_stand_in::wandb::{Faults, Moment, RecordedWandb, serve};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use parquet::arrow::ArrowWriter;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use super::answers::{answer, ask_history, exchange, fetch, page_of};

/// A run in the answers of a server.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) id: String,
    pub(super) state: &'static str,
    pub(super) created_at: String,
    pub(super) heartbeat_at: String,
    /// As text.
    pub(super) config: String,
}

impl Told {
    /// Created on the `day`-th of March, heard of an hour later.
    pub(super) fn new(id: &str, day: u32, config: &str) -> Self {
        let at = |hour: u32| format!("2026-03-{day:02}T{hour:02}:00:00");
        Self {
            id: id.into(),
            state: "running",
            created_at: at(0),
            heartbeat_at: at(1),
            config: config.into(),
        }
    }

    fn node(&self) -> String {
        let Self { id, state, created_at, heartbeat_at, config } = self;
        let config = serde_json::to_string(config).unwrap();
        format!(
            r#"{{"id":"node-{id}","tags":["a"],"name":"{id}","displayName":"validator-{id}","state":"{state}","config":{config},
                "group":null,"jobType":null,"createdAt":"{created_at}","heartbeatAt":"{heartbeat_at}","summaryMetrics":"{{}}",
                "historyLineCount":7,"user":{{"name":"N","username":"n"}},"historyKeys":{{"keys":{{}}}}}}"#
        )
    }
}

/// A question for a page, as annals and W&B's client send it.
pub(super) fn ask_runs(order: &str, cursor: Option<&str>) -> String {
    let variables =
        json!({"entity": "ni", "project": "oc", "order": order, "filters": "{}", "cursor": cursor});
    json!({"query": "query Runs($project: String!) { id }", "variables": variables}).to_string()
}

pub(super) fn page(minute: i64, order: &str, runs: &[Told], has_next: bool) -> Exchange {
    let nodes: Vec<_> = runs.iter().map(Told::node).collect();
    exchange(minute, &ask_runs(order, None), answer(200, &page_of(&nodes, has_next)))
}

/// A whole poll of all runs.
pub(super) fn sweep(minute: i64, runs: &[Told]) -> Raw {
    fetch("wandb", vec![page(minute, "+created_at", runs, false)])
}

/// The same, asked for with other filters.
pub(super) fn filtered(filters: &str, mut raw: Raw) -> Raw {
    let filters = format!(r#""filters":{}"#, json!(filters));
    for exchange in &mut raw.exchanges {
        exchange.request.body = exchange.request.body.replace(r#""filters":"{}""#, &filters);
    }
    raw
}

/// A question for one run and its answer; `None` when the server does not have it.
pub(super) fn single(minute: i64, run_id: &str, run: Option<&Told>) -> Exchange {
    let variables = json!({"entity": "ni", "project": "oc", "name": run_id});
    let question = json!({"query": "query Run($name: String!) { id }", "variables": variables}).to_string();
    let node = run.map_or_else(|| "null".to_owned(), Told::node);
    exchange(minute, &question, answer(200, &format!(r#"{{"data":{{"project":{{"run":{node}}}}}}}"#)))
}

/// Rows of a run.
pub(super) fn rows(minute: i64, run_id: &str, rows: &[&str]) -> Raw {
    let question = ask_history(run_id, 0..1000).replacen(
        r#""variables": {"#,
        r#""variables": {"entity": "ni", "project": "oc", "#,
        1,
    );
    let body = json!({"data": {"project": {"run": {"history": rows}}}}).to_string();
    fetch("wandb_history", vec![exchange(minute, &question, answer(200, &body))])
}

/// The question in which files a run's rows lie, its answer as it is recorded, and what came of each file.
pub(super) fn files(minute: i64, run_id: &str, files: Vec<Outcome>) -> Raw {
    let variables = json!({"entity": "ni", "project": "oc", "runName": run_id, "liveKeys": ["_step"]});
    let query = "query RunParquetHistory ($entity: String!) { id }";
    let question = json!({"query": query, "variables": variables}).to_string();
    let mut exchanges = vec![exchange(minute, &question, answer(200, "{}"))];
    for (number, outcome) in files.into_iter().enumerate() {
        let (method, target) = ("GET".into(), format!("/files/{number}.parquet"));
        let request = Request { method, target, body: String::new() };
        exchanges.push(Exchange { request, ..exchange(minute, "", outcome) });
    }
    fetch("wandb_history", exchanges)
}

/// A file of parquet with rows of these steps, in which the second has no loss.
pub(super) fn parquet(steps: std::ops::Range<i64>) -> Vec<u8> {
    let losses = steps.clone().map(|step| (step != 1).then_some(0.5));
    let losses: ArrayRef = Arc::new(losses.collect::<Float64Array>());
    let steps: ArrayRef = Arc::new(Int64Array::from_iter_values(steps));
    let batch = RecordBatch::try_from_iter([("_step", steps), ("loss", losses)]).unwrap();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

pub(super) fn failed(minute: i64, order: &str) -> Exchange {
    exchange(minute, &ask_runs(order, None), Outcome::Failed("no route".into()))
}

/// A server and somebody with a key.
pub(super) struct Asked {
    server: Served,
    client: reqwest::Client,
}

impl Asked {
    pub(super) async fn of(raws: &[Raw], moment: Moment) -> Self {
        Self::serving(RecordedWandb::of(raws, moment).unwrap(), Arc::new(|_| None)).await
    }

    pub(super) async fn serving(wandb: RecordedWandb, faults: Arc<Faults>) -> Self {
        // No other is there to be taken without saying so.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listen = "127.0.0.1:0".parse().unwrap();
        let server = serve(listen, Arc::new(wandb), faults).await.unwrap();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(20)).no_proxy().build().unwrap();
        Self { server, client }
    }

    pub(super) async fn stop(self) {
        self.server.stop().await;
    }

    /// A request without a key.
    pub(super) fn bare(&self, method: &str, path: &str) -> RequestBuilder {
        self.client.request(method.parse().unwrap(), format!("{}{path}", self.server.url()))
    }

    pub(super) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.bare(method, path).basic_auth("api", Some("a".repeat(40)))
    }

    pub(super) async fn send(&self, body: String) -> Response {
        self.request("POST", "/graphql").body(body).send().await.unwrap()
    }

    /// Status and answer.
    pub(super) async fn ask(&self, query: &str, variables: Value) -> (u16, Value) {
        let answer = self.send(json!({"query": query, "variables": variables}).to_string()).await;
        (answer.status().as_u16(), serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap())
    }

    /// `data.project` of an answer without errors.
    pub(super) async fn project(&self, fields: &str, variables: Value) -> Value {
        let query = format!(
            "query Q($cursor: String, $first: Int = 50, $order: String, $filters: JSONString) {{
                project(name: \"oc\", entityName: \"ni\") {{ {fields} }} }}"
        );
        let (status, answer) = self.ask(&query, variables).await;
        assert_eq!((status, &answer["errors"]), (200, &Value::Null), "{answer}");
        answer["data"]["project"].clone()
    }

    /// A page of runs: their ids, and where it ends when there is another one.
    pub(super) async fn page(&self, variables: Value) -> (String, Option<String>) {
        let fields = "runs(filters: $filters, after: $cursor, first: $first, order: $order) {
            edges { node { name } cursor } pageInfo { endCursor hasNextPage } }";
        let runs = &self.project(fields, variables).await["runs"];
        let edges = runs["edges"].as_array().unwrap();
        let ids: Vec<_> = edges.iter().map(|edge| edge["node"]["name"].as_str().unwrap()).collect();
        let end = runs["pageInfo"]["endCursor"].as_str().map(str::to_owned);
        assert_eq!(end.as_deref(), edges.last().map(|edge| edge["cursor"].as_str().unwrap()));
        let has_next = runs["pageInfo"]["hasNextPage"].as_bool().unwrap();
        (ids.join(" "), end.filter(|_| has_next))
    }

    /// The message of a question that has no answer.
    pub(super) async fn refused(&self, query: &str) -> (u16, String) {
        let (status, answer) = self.ask(query, json!({})).await;
        assert_eq!(answer["data"], Value::Null, "{answer}");
        (status, answer["errors"][0]["message"].as_str().unwrap().to_owned())
    }
}
