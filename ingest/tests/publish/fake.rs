//! A W&B of a few runs, in memory: it answers what a publisher asks, and takes what it sends unless it is told
//! otherwise.

use std::collections::{BTreeMap, VecDeque};

use annals_ingest::outward::publish::{Again, Posted, WandbPost};
use annals_ingest::{Answer, Outcome, Raw};
use serde_json::{Value, json};

use crate::scratch::{RUNS, Run, answer, exchange, fetch, page};

/// What becomes of a request that changes something.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// It is not done, and this is answered.
    Refused(u16),
    /// It is not done, and nothing is answered.
    Lost,
    /// Nobody is there.
    NotSent,
    /// It is done, and this is answered.
    Answered(&'static str),
    /// It is done but for the last row, which is another's; and nothing is answered.
    Overtaken,
    /// It is done, written in W&B's own way, and nothing is answered.
    Rewritten,
    /// It is done, and nothing is answered.
    DoneAndLost,
    /// From then on nothing is answered at all.
    Gone,
}

#[derive(Debug, Clone, Default)]
pub(super) struct FakeRun {
    pub(super) display_name: String,
    pub(super) config: String,
    pub(super) summary: String,
    pub(super) rows: Vec<String>,
}

#[derive(Default)]
pub(super) struct FakeWandb {
    /// In the order of their creation.
    pub(super) runs: BTreeMap<String, FakeRun>,
    /// Of the requests that change something, in order; then all goes well.
    pub(super) faults: VecDeque<Option<Fault>>,
    /// Paths and bodies of those.
    pub(super) sent: Vec<(String, Value)>,
    /// What was only asked, by name of the operation.
    pub(super) asked: Vec<String>,
    /// Answers in the place of the true ones, by name of the operation.
    pub(super) answers: BTreeMap<&'static str, &'static str>,
    pub(super) is_gone: bool,
}

impl FakeWandb {
    pub(super) fn with(runs: &[(&str, &str, &str)]) -> Self {
        let run = |(display_name, config): (&str, &str)| FakeRun {
            display_name: display_name.into(),
            config: config.into(),
            ..FakeRun::default()
        };
        let runs = runs.iter().map(|(id, name, config)| ((*id).to_owned(), run((name, config)))).collect();
        Self { runs, ..Self::default() }
    }

    /// A poll of all runs, as annals would record it.
    pub(super) fn poll(&self) -> Raw {
        let runs: Vec<_> = self.runs.iter().map(|(id, run)| Run::new(id, &run.config)).collect();
        fetch("wandb", vec![exchange(0, RUNS, answer(200, &page(&runs, false)))])
    }

    fn tell(&mut self, body: &Value) -> Value {
        let query = body["query"].as_str().unwrap();
        let name = query.split([' ', '(']).find(|word| *word != "query").unwrap();
        self.asked.push(name.to_owned());
        if let Some(answer) = self.answers.get(name) {
            return serde_json::from_str(answer).unwrap();
        }
        let variables = &body["variables"];
        assert_eq!(
            (&variables["entity"], &variables["project"]),
            (&json!("neuralinternet"), &json!("opencompute"))
        );
        match name {
            "Runs" => {
                let filters = variables["filters"].as_str().unwrap();
                assert!(
                    filters.starts_with(r#"{"$and": [{"config.config.netuid": 27}, {"display_name": ""#),
                    "{filters}"
                );
                let is_it = |run: &FakeRun| filters.contains(&run.display_name);
                let edge = |(id, _): (&String, &FakeRun)| {
                    json!({"cursor": "Mg==", "node": {"name": id, "state": "running", "createdAt": "2025-06-02T08:36:23Z",
                        "heartbeatAt": null}})
                };
                let edges: Vec<_> = self.runs.iter().filter(|(_, run)| is_it(run)).map(edge).collect();
                json!({"data": {"project": {"runs": {"edges": edges, "pageInfo": {"endCursor": null, "hasNextPage": false}}}}})
            }
            "RunResumeStatus" => {
                let run = self.runs.get(variables["name"].as_str().unwrap());
                let bucket = run.map(|run| {
                    let last: Vec<_> = run.rows.last().into_iter().collect();
                    json!({"id": "UnVu", "displayName": run.display_name, "config": run.config,
                        "summaryMetrics": run.summary, "historyLineCount": run.rows.len(),
                        "historyTail": serde_json::to_string(&last).unwrap()})
                });
                json!({"data": {"model": {"id": "UHJv", "bucket": bucket}}})
            }
            other => panic!("nobody asks for {other}"),
        }
    }

    /// Does what it is sent.
    fn take(&mut self, path: &str, body: &Value) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        if path == "/graphql" {
            let run = self.runs.entry(text(&body["variables"]["name"])).or_default();
            run.config = text(&body["variables"]["config"]);
            run.display_name = text(&body["variables"]["displayName"]);
            return;
        }
        let run_id = path.split('/').nth(4).unwrap();
        let run = self.runs.get_mut(run_id).unwrap();
        let history = &body["files"]["wandb-history.jsonl"];
        assert_eq!(history["offset"], run.rows.len(), "rows lie behind those that are there");
        run.rows.extend(history["content"].as_array().unwrap().iter().map(text));
        run.summary = text(&body["files"]["wandb-summary.json"]["content"][0]);
    }
}

impl WandbPost for FakeWandb {
    async fn post(&mut self, path: &str, body: &str, again: Again) -> Posted {
        let body: Value = serde_json::from_str(body).unwrap();
        let fault = if again == Again::Never { self.faults.pop_front().flatten() } else { None };
        let may_have_arrived = !matches!(fault, Some(Fault::NotSent));
        Posted { outcome: self.answer(path, &body, again, fault), may_have_arrived }
    }
}

impl FakeWandb {
    fn answer(&mut self, path: &str, body: &Value, again: Again, fault: Option<Fault>) -> Outcome {
        let lost = || Outcome::Failed("connection reset".into());
        if self.is_gone {
            return lost();
        }
        if again == Again::Allowed {
            return answer(200, &self.tell(body).to_string());
        }
        self.sent.push((path.to_owned(), body.clone()));
        match fault {
            Some(Fault::Refused(status)) => {
                let errors = br#"{"errors":[{"message":"permission denied"}]}"#;
                Outcome::Answer(Answer { status, body: errors.to_vec() })
            }
            Some(Fault::Lost) => lost(),
            Some(Fault::NotSent) => Outcome::Failed("connection refused".into()),
            Some(Fault::Answered(told)) => {
                self.take(path, body);
                answer(200, told)
            }
            Some(Fault::Overtaken) => {
                self.take(path, body);
                let rows = &mut self.runs.values_mut().next().unwrap().rows;
                *rows.last_mut().unwrap() = r#"{"_step":7,"theirs":true}"#.into();
                lost()
            }
            Some(Fault::Rewritten) => {
                self.take(path, body);
                let run = self.runs.values_mut().next().unwrap();
                run.config = rewritten(&run.config);
                run.rows.iter_mut().for_each(|row| *row = rewritten(row));
                lost()
            }
            Some(Fault::Gone) => {
                self.is_gone = true;
                lost()
            }
            Some(Fault::DoneAndLost) => {
                self.take(path, body);
                lost()
            }
            None => {
                self.take(path, body);
                answer(200, r#"{"data":{"upsertBucket":{"bucket":{"id":"UnVu"},"inserted":false}}}"#)
            }
        }
    }
}

/// The same, with other white space and with keys in another order.
fn rewritten(text: &str) -> String {
    let members: BTreeMap<String, Box<serde_json::value::RawValue>> = serde_json::from_str(text).unwrap();
    let members: Vec<_> =
        members.iter().rev().map(|(key, value)| format!("{} :  {value}", json!(key))).collect();
    format!("{{ {} }}", members.join(" , "))
}
