//! The requests that are sent to W&B, taken apart as far as annals looks into them.

use annals_log::json::{self, Object, Text, Value};

use super::plain_text::plain_text;
use crate::raw::Request;
use crate::source::{NAME_BYTES_MAX, SourceError, shortened};

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// A page of runs.
    Runs(RunsPage),
    /// One run.
    Run {
        /// The id that it is asked for by.
        run_id: String,
    },
    /// A page of one run's history.
    HistoryPage(HistoryPage),
    /// The files in which one run's history lies.
    ParquetHistory {
        /// The run's id.
        run_id: String,
    },
}

/// A request for a page of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunsPage {
    /// Project, filters and order as JSON: the same on every page of a poll.
    pub asked: String,
    /// The order of the runs, as `+created_at`.
    pub order: String,
    /// Whether no cursor was sent: it is the first page.
    pub is_first: bool,
    /// Whether a single run is asked for: there is no shorter page.
    pub is_shortest: bool,
}

/// A request for a page of a run's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPage {
    /// The run's id.
    pub run_id: String,
    /// The first step.
    pub from_step: u64,
    /// The step after the last one.
    pub to_step: u64,
}

/// The project that a request asks about. A name that the request lacks, or that is too long, is empty here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ProjectAsked {
    pub(crate) entity: String,
    pub(crate) project: String,
}

impl ProjectAsked {
    pub(crate) fn of(request: &Request) -> Self {
        let body = json::parse(&request.body).ok();
        let variables = body.as_ref().and_then(|body| body.as_object()?.get("variables")?.as_object());
        let name = |key| {
            let name = variables.and_then(|variables| variables.get(key)).and_then(plain_text);
            name.filter(|name| name.len() <= NAME_BYTES_MAX).unwrap_or_default()
        };
        Self { entity: name("entity"), project: name("project") }
    }
}

impl Operation {
    /// Reads the request of a source.
    ///
    /// # Errors
    /// `UnknownRequest`: no source of W&B asks this.
    pub fn of(request: &Request, source_name: &'static str) -> Result<Self, SourceError> {
        Self::read(&request.body).ok_or_else(|| {
            let request = shortened(&format!("{} {} {}", request.method, request.target, request.body));
            SourceError::UnknownRequest { source_name, request }
        })
    }

    /// Returns the error of a source that never asks this.
    pub(crate) fn refused_by(&self, source_name: &'static str) -> SourceError {
        SourceError::UnknownRequest { source_name, request: format!("{self:?}") }
    }

    fn read(body: &str) -> Option<Self> {
        let body = json::parse(body).ok()?;
        let body = body.as_object()?;
        let query = body.get("query")?.as_text()?.as_str()?;
        let mut lines =
            query.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let name = lines.next()?.strip_prefix("query ")?.split(['(', '{', ' ']).next()?;
        let variables = body.get("variables")?.as_object()?;
        let text = |key| {
            let text = variables.get(key)?.as_text()?.as_str()?;
            (text.len() <= NAME_BYTES_MAX).then(|| text.to_owned())
        };
        match name {
            "Runs" => Some(Self::Runs(RunsPage::of(variables))),
            "Run" => Some(Self::Run { run_id: text("name")? }),
            "HistoryPage" => {
                let step = |key| number(variables, key);
                let (from_step, to_step) = (step("minStep")?, step("maxStep")?);
                Some(Self::HistoryPage(HistoryPage { run_id: text("run")?, from_step, to_step }))
            }
            "RunParquetHistory" => Some(Self::ParquetHistory { run_id: text("runName")? }),
            _ => None,
        }
    }
}

fn number(variables: &Object, key: &str) -> Option<u64> {
    match variables.get(key)? {
        Value::Number(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

impl RunsPage {
    fn of(variables: &Object) -> Self {
        let asked = ["entity", "project", "order", "filters"]
            .into_iter()
            .filter_map(|key| Some((key.into(), variables.get(key)?.clone())))
            .collect::<Object>();
        let order = variables.get("order").and_then(Value::as_text).and_then(Text::as_str);
        Self {
            asked: asked.to_json(),
            // W&B's own default.
            order: order.unwrap_or("+created_at").to_owned(),
            is_first: !variables.get("cursor").is_some_and(Value::is_truthy),
            is_shortest: number(variables, "perPage") == Some(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the real clients asked a server, by the name under which it was recorded.
    fn recorded() -> Vec<(String, Request)> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/wandb-requests/recorded-requests.json");
        let recorded: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let cases = recorded["cases"].as_object().unwrap().values();
        let requests = cases.flat_map(|case| case["requests"].as_array().unwrap());
        let graphql = requests.filter(|request| request["path"] == "/graphql");
        graphql
            .map(|request| {
                let (method, target) = ("POST".to_owned(), "/graphql".to_owned());
                let body = request["body"].to_string();
                (request["op"].as_str().unwrap().to_owned(), Request { method, target, body })
            })
            .collect()
    }

    #[test]
    fn what_real_clients_ask_is_understood_or_refused() {
        let mut understood = 0;
        for (name, request) in recorded() {
            let operation = Operation::of(&request, "wandb");
            let expected = match (name.as_str(), &operation) {
                ("Runs", Ok(Operation::Runs(page))) => {
                    page.order == "+created_at" && page.asked.contains("opencompute")
                }
                ("Run", Ok(Operation::Run { run_id }))
                | ("RunParquetHistory", Ok(Operation::ParquetHistory { run_id })) => run_id.len() == 8,
                ("HistoryPage", Ok(Operation::HistoryPage(page))) => {
                    page.run_id.len() == 8 && page.from_step == 0 && page.to_step == 4
                }
                ("Runs" | "Run" | "RunParquetHistory" | "HistoryPage", _) => false,
                _ => operation.is_err(),
            };
            assert!(expected, "{name}: {operation:?}");
            if operation.is_ok() {
                let ProjectAsked { entity, project } = ProjectAsked::of(&request);
                assert_eq!((entity.as_str(), project.as_str()), ("neuralinternet", "opencompute"), "{name}");
            }
            understood += u32::from(operation.is_ok());
        }
        assert!(understood > 20, "{understood}");
    }
}
