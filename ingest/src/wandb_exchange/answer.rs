//! The answers of W&B to GraphQL, as far as annals looks into them.

use annals_log::json::{self, JsonError, Parser, Value};

use super::plain_text::plain_text;
use crate::raw::{Answer, Exchange, Outcome};

/// The bytes that are kept of an answer that made a poll fail, at most.
const FAILED_ANSWER_BYTES_MAX: usize = 64 << 10;

/// Returns the bytes to keep of an answer that made a poll fail.
pub(crate) fn kept_answer(exchange: &Exchange) -> Option<Vec<u8>> {
    let body = exchange.outcome.body()?;
    Some(body[..body.len().min(FAILED_ANSWER_BYTES_MAX)].to_vec())
}

/// Returns the text of an answer that may be an answer of GraphQL.
///
/// # Errors
/// Says why it cannot be one.
pub fn text_of(exchange: &Exchange) -> Result<&str, String> {
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
pub(super) fn of_project<'a, T>(
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

/// Returns what the server says went wrong, if its answer is one of GraphQL.
pub(super) fn errors_in(body: &[u8]) -> Option<String> {
    let answer = json::parse(std::str::from_utf8(body).ok()?).ok()?;
    server_errors(answer.as_object()?.get("errors")?)
}

/// Returns the messages of a GraphQL `errors` list; `None` when it is null or empty.
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

/// Returns the `run` of an answer to `Run`; `None` when the server does not have it.
///
/// # Errors
/// Says why it is no such answer.
pub fn single_run(text: &str) -> Result<Option<&str>, String> {
    let run = of_project(text, "run", Parser::skip)?;
    Ok(Some(run).filter(|run| *run != "null"))
}

/// Returns the rows of an answer to `HistoryPage`, each a JSON text.
///
/// # Errors
/// Says why it is no such answer.
pub fn history_rows(text: &str) -> Result<Vec<Value>, String> {
    let Value::Object(mut run) = of_project(text, "run", Parser::value)? else {
        return Err("the server does not have the run".to_owned());
    };
    match run.remove("history") {
        Some(Value::List(rows)) => Ok(rows),
        _ => Err("the run has no history in it".to_owned()),
    }
}

/// Returns the URLs in an answer to `RunParquetHistory`: those of files that hold rows, the oldest first.
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
