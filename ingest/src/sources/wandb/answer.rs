//! GraphQL answers of W&B, taken apart as far as annals looks into them.

use annals_log::json::{self, JsonError, Object, Parser, Text, Value};
use memchr::memmem;

use crate::raw::{Answer, Exchange, Outcome, Request};
use crate::source::{NAME_BYTES_MAX, SourceError, shortened};
use crate::wandb_api::is_broken;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    /// A page of runs.
    Runs(RunsPage),
    /// One run, by its id.
    Run { run_id: String },
    /// A page of one run's history.
    HistoryPage(HistoryPage),
    /// In which files one run's history lies.
    ParquetHistory { run_id: String },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunsPage {
    /// Project, filters and order: the same on every page of a poll.
    pub(crate) asked: String,
    pub(crate) order: String,
    /// No cursor was sent: it is the first page.
    pub(crate) is_first: bool,
    /// One run is asked for: there is no shorter page.
    pub(crate) is_shortest: bool,
}

/// Steps from `from_step` up to, not including, `to_step`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HistoryPage {
    pub(crate) run_id: String,
    pub(crate) from_step: u64,
    pub(crate) to_step: u64,
}

/// Whose runs were asked for. A name that the request lacks, or that is too long, is empty here.
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
    /// # Errors
    /// `UnknownRequest`: no source of W&B asks this.
    pub(crate) fn of(request: &Request, source_name: &'static str) -> Result<Self, SourceError> {
        Self::read(&request.body).ok_or_else(|| {
            let request = shortened(&format!("{} {} {}", request.method, request.target, request.body));
            SourceError::UnknownRequest { source_name, request }
        })
    }

    /// The error of a source that never asks this.
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

/// Of an answer that made a poll fail, so much is kept.
const FAILED_ANSWER_BYTES_MAX: usize = 64 << 10;

/// The bytes to keep of an answer that made a poll fail.
pub(crate) fn kept_answer(exchange: &Exchange) -> Option<Vec<u8>> {
    let body = exchange.outcome.body()?;
    Some(body[..body.len().min(FAILED_ANSWER_BYTES_MAX)].to_vec())
}

/// The text of an answer that may be an answer of GraphQL.
///
/// # Errors
/// Says why it cannot be one.
pub(crate) fn text_of(exchange: &Exchange) -> Result<&str, String> {
    match &exchange.outcome {
        Outcome::Failed(reason) => Err(reason.clone()),
        Outcome::Answer(Answer { status: 200, body }) => {
            std::str::from_utf8(body).map_err(|error| format!("is not UTF-8: {error}"))
        }
        Outcome::Answer(Answer { status, body }) => Err(match errors_in(body) {
            Some(errors) => format!("HTTP status {status}: the server says: {errors}"),
            None => format!("HTTP status {status}"),
        }),
    }
}

/// Walks to `data.project.<name>` of an answer and reads it.
///
/// # Errors
/// Says what is wrong: not JSON, errors of the server, no project, no such member.
fn of_project<'a, T>(
    text: &'a str,
    name: &'static str,
    mut read: impl FnMut(&mut Parser<'a>) -> Result<T, JsonError>,
) -> Result<T, String> {
    let (mut errors, mut has_project, mut found) = (None, false, None);
    let mut parser = Parser::of(text);
    let walked = parser.object(|answer, key| match key.as_str() {
        Some("errors") => {
            errors = server_errors(&answer.value()?);
            Ok(())
        }
        Some("data") if !answer.null() => answer.object(|data, key| {
            if *key != *"project" {
                return data.pass();
            }
            has_project = !data.null();
            if !has_project {
                return Ok(());
            }
            data.object(|project, key| {
                if *key == *name {
                    found = Some(read(project)?);
                    return Ok(());
                }
                project.pass()
            })
        }),
        Some("data") => Ok(()),
        _ => answer.pass(),
    });
    walked.and_then(|()| parser.end()).map_err(|error| format!("is not the JSON it should be: {error}"))?;
    match (errors, found) {
        (Some(errors), _) => Err(format!("the server says: {errors}")),
        (None, Some(found)) => Ok(found),
        (None, None) if has_project => Err(format!("the project has no {name} in it")),
        (None, None) => {
            Err("the answer has no project: it is missing, or may not be read with this key".to_owned())
        }
    }
}

/// Whether the server broke on a page: it says so by its status, or by errors in the place of runs.
pub(crate) fn breaks(exchange: &Exchange) -> bool {
    let has_errors = |text: &str| {
        // Pages are long, and most have no such word in them.
        memmem::find(text.as_bytes(), b"\"errors\"").is_some()
            && Page::read(text).is_err()
            && errors_in(text.as_bytes()).is_some()
    };
    is_broken(&exchange.outcome) || text_of(exchange).is_ok_and(has_errors)
}

/// What the server says went wrong, if its answer is one of GraphQL.
fn errors_in(body: &[u8]) -> Option<String> {
    let answer = json::parse(std::str::from_utf8(body).ok()?).ok()?;
    server_errors(answer.as_object()?.get("errors")?)
}

/// The messages of a GraphQL `errors` list, `None` when it is null or empty.
pub(crate) fn server_errors(errors: &Value) -> Option<String> {
    if !errors.is_truthy() {
        return None;
    }
    let message = |error: &Value| {
        let message = error.as_object().and_then(|error| error.get("message"));
        message
            .unwrap_or(error)
            .as_text()
            .map_or_else(|| error.to_json(), |text| text.to_lossy().into_owned())
    };
    let messages: Vec<_> = match errors {
        Value::List(errors) => errors.iter().map(message).collect(),
        other => vec![other.to_json()],
    };
    Some(messages.join("; "))
}

/// A page of runs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<'a> {
    /// The text of each `node`, in order.
    pub(crate) nodes: Vec<&'a str>,
    pub(crate) has_next: bool,
    /// Behind the last node: as its edge says, which is what the clients go by, else as the page does.
    pub(crate) cursor: Option<String>,
}

impl<'a> Page<'a> {
    /// # Errors
    /// Says why it is no page.
    pub(crate) fn read(text: &'a str) -> Result<Self, String> {
        of_project(text, "runs", Self::walk)
    }

    fn walk(parser: &mut Parser<'a>) -> Result<Self, JsonError> {
        let (mut nodes, mut cursor, mut has_edges) = (Vec::new(), None, false);
        let mut page_info = Value::Null;
        parser.object(|runs, key| match key.as_str() {
            Some("edges") => {
                has_edges = true;
                runs.list(|edge, _| {
                    edge.object(|edge, key| match key.as_str() {
                        Some("cursor") => {
                            cursor = plain_text(&edge.value()?);
                            Ok(())
                        }
                        Some("node") => {
                            nodes.push(edge.skip()?);
                            Ok(())
                        }
                        _ => edge.pass(),
                    })
                })
            }
            Some("pageInfo") => {
                page_info = runs.value()?;
                Ok(())
            }
            _ => runs.pass(),
        })?;
        let page_info = page_info.as_object();
        let end = || page_info.and_then(|info| info.get("endCursor")).and_then(plain_text);
        match page_info.and_then(|info| info.get("hasNextPage")) {
            Some(_) if !has_edges => Err(parser.error("the page has no list of runs")),
            Some(&Value::Bool(has_next)) => Ok(Self { nodes, has_next, cursor: cursor.or_else(end) }),
            _ => Err(parser.error("the page does not say whether there is a next one")),
        }
    }
}

fn plain_text(value: &Value) -> Option<String> {
    value.as_text()?.as_str().map(str::to_owned)
}

/// The `run` of an answer to `Run`, `None` when the server has none.
///
/// # Errors
/// Says why it is no such answer.
pub(crate) fn single_run(text: &str) -> Result<Option<&str>, String> {
    let run = of_project(text, "run", Parser::skip)?;
    Ok(Some(run).filter(|run| *run != "null"))
}

/// The rows of an answer to `HistoryPage`: each a JSON text.
///
/// # Errors
/// Says why it is no such answer.
pub(crate) fn history(text: &str) -> Result<Vec<Value>, String> {
    let Value::Object(mut run) = of_project(text, "run", Parser::value)? else {
        return Err("the server does not have the run".to_owned());
    };
    match run.remove("history") {
        Some(Value::List(rows)) => Ok(rows),
        _ => Err("the run has no history in it".to_owned()),
    }
}

/// The URLs in an answer to `RunParquetHistory`: of files that hold rows, the oldest first.
///
/// # Errors
/// Says why it is no such answer.
pub(crate) fn parquet_urls(text: &str) -> Result<Vec<String>, String> {
    let run = of_project(text, "run", Parser::value)?;
    let member = |value: &Value, key: &str| value.as_object().and_then(|object| object.get(key)).cloned();
    match member(&run, "parquetHistory").and_then(|history| member(&history, "parquetUrls")) {
        Some(Value::List(urls)) => Ok(urls.iter().filter_map(plain_text).collect()),
        _ => Err("the run says nothing of files".to_owned()),
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
            let expected = match name.as_str() {
                "Runs" => {
                    matches!(&operation, Ok(Operation::Runs(page)) if page.order == "+created_at" && page.asked.contains("opencompute"))
                }
                "Run" => matches!(&operation, Ok(Operation::Run { run_id }) if run_id.len() == 8),
                "RunParquetHistory" => {
                    matches!(&operation, Ok(Operation::ParquetHistory { run_id }) if run_id.len() == 8)
                }
                "HistoryPage" => {
                    matches!(&operation, Ok(Operation::HistoryPage(page)) if page.run_id.len() == 8 && page.from_step == 0 && page.to_step == 4)
                }
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
