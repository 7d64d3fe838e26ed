//! The file stream of a running writer: lines of files, and whether it still runs.

use annals_log::json::{self, Object, Text, Value};

use super::project_name::ProjectName;
use super::refusal::Refusal;
use super::state::State;
use super::values::{IntoValue as _, count, object, whole};

/// Takes what came to `/files/{entity}/{project}/{run}/file_stream`, and returns the answer.
///
/// # Errors
/// Nothing was taken.
pub(super) fn take(
    state: &mut State,
    project: &ProjectName,
    run_id: &str,
    body: &[u8],
) -> Result<String, Refusal> {
    let body = std::str::from_utf8(body).ok().and_then(|body| json::parse(body).ok());
    let Some(Value::Object(body)) = body else {
        return Err(Refusal::bad_request("a file stream is a JSON object"));
    };
    let missing =
        || Refusal { status: 404, message: format!("there is no run {run_id:?}; upsertBucket makes it") };
    let mut run = (*state.run(project, run_id).ok_or_else(missing)?).clone();
    let files = body.get("files").and_then(Value::as_object).into_iter().flat_map(Object::iter);
    let files: Vec<_> = files.map(|(name, file)| Ok((name, Chunk::read(file)?))).collect::<Result<_, _>>()?;
    let ended = ended(&body)?;
    for (name, chunk) in files {
        match name.as_str() {
            Some("wandb-history.jsonl") => {
                let new = state.log(project, run_id, &chunk.lines);
                // A recording may tell of more rows than it has.
                if let Some(told) = run.field("historyLineCount").and_then(count) {
                    run.set("historyLineCount", told.saturating_add(new).into_value());
                }
            }
            Some("wandb-summary.json") => {
                chunk.last().into_iter().for_each(|line| run.set("summaryMetrics", line));
            }
            Some("wandb-events.jsonl") => {
                chunk.last().into_iter().for_each(|line| run.set("systemMetrics", line));
                run.set("eventsLineCount", chunk.end().into_value());
            }
            Some("output.log") => run.set("logLineCount", chunk.end().into_value()),
            _ => {}
        }
    }
    if let Some(end) = ended {
        run.set("state", end.into_value());
    }
    run.set("heartbeatAt", state.now().into_value());
    state.write(project, run);
    let limits = Value::Object(Object::default());
    Ok(object([("exitcode", Value::Null), ("limits", limits)]).to_json())
}

/// Returns how the run has ended, if it has.
fn ended(body: &Object) -> Result<Option<&'static str>, Refusal> {
    let exit_code = match body.get("exitcode") {
        None | Some(Value::Null) => 0,
        Some(code) => whole(code).ok_or_else(|| {
            Refusal::bad_request(format!("{} is no exit code: it is a whole number", code.to_json()))
        })?,
    };
    let is_complete = body.get("complete") == Some(&Value::Bool(true));
    Ok(is_complete.then_some(if exit_code == 0 { "finished" } else { "failed" }))
}

/// Lines of a file, from some line on.
struct Chunk {
    offset: u64,
    lines: Vec<Text>,
}

impl Chunk {
    fn read(file: &Value) -> Result<Self, Refusal> {
        let read = || {
            let file = file.as_object()?;
            let Value::List(lines) = file.get("content")? else { return None };
            let lines = lines.iter().map(|line| line.as_text().cloned()).collect::<Option<_>>()?;
            Some(Self { offset: count(file.get("offset")?)?, lines })
        };
        read().ok_or_else(|| {
            Refusal::bad_request("a file of a stream has an `offset` and `content`, a list of texts")
        })
    }

    fn last(&self) -> Option<Value> {
        self.lines.last().cloned().map(Value::Text)
    }

    /// Returns the line after its last.
    fn end(&self) -> u64 {
        self.offset.saturating_add(self.lines.len() as u64)
    }
}
