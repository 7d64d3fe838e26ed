//! What writers ask for: they make runs, change them and delete them.

use std::sync::Arc;

use annals_log::json::{self, Text, Value};

use super::arguments::Arguments;
use super::found::{Found, Type};
use super::project_name::ProjectName;
use super::refusal::Refusal;
use super::run::ServedRun;
use super::run_fields::RunFields;
use super::state::State;
use super::values::{IntoValue as _, object};

/// The project of runs whose writer names none, as with W&B.
const NO_PROJECT: &str = "uncategorized";

/// Members of the input that are fields of the run, under the same name or another.
const TEXTS: [(&str, &str); 11] = [
    ("displayName", "displayName"),
    ("groupName", "group"),
    ("description", "description"),
    ("notes", "notes"),
    ("commit", "commit"),
    ("host", "host"),
    ("jobProgram", "jobProgram"),
    ("jobRepo", "jobRepo"),
    ("jobType", "jobType"),
    ("state", "state"),
    ("sweep", "sweepName"),
];

/// What was done.
pub(super) enum Done {
    Upserted { project: ProjectName, run: Arc<ServedRun>, is_new: bool },
    Value(Value),
}

impl Done {
    /// Returns it as it is answered.
    pub(super) fn found(self, state: &State) -> Found<'_> {
        match self {
            Self::Upserted { project, run, is_new } => {
                let bucket = RunFields { state, project: Arc::new(project), run };
                Found::object(Upserted { bucket, is_new })
            }
            Self::Value(value) => Found::Value(value),
        }
    }
}

struct Upserted<'a> {
    bucket: RunFields<'a>,
    is_new: bool,
}

impl Type for Upserted<'_> {
    fn name(&self) -> &'static str {
        "UpsertBucketPayload"
    }

    fn field(&self, name: &str, _: &Arguments) -> Result<Found<'_>, Refusal> {
        Ok(match name {
            "bucket" => Found::object(self.bucket.clone()),
            "inserted" => self.is_new.into(),
            _ => Found::null(),
        })
    }
}

/// Does what a writer asks for.
///
/// # Errors
/// Nothing was changed.
pub(super) fn make(state: &mut State, arguments: &Arguments, name: &str) -> Result<Done, Refusal> {
    match name {
        "upsertBucket" => upsert(state, &arguments.input("UpsertBucketInput")?),
        "createRunFiles" => create_files(state, &arguments.input("CreateRunFilesInput")?),
        "deleteRun" => delete(state, &arguments.input("DeleteRunInput")?),
        "markRunFilesUploaded" => {
            arguments.input("MarkRunFilesUploadedInput")?;
            Ok(Done::Value(Value::Object(object([("success", true.into_value())]))))
        }
        _ => Err(Refusal::new(format!("Mutation has no field {name:?} here"))),
    }
}

fn upsert(state: &mut State, input: &Arguments) -> Result<Done, Refusal> {
    // A writer that names the node changes a run; one that names the run begins it, or goes on with it.
    let (project, known, run_id) = match input.string("id")? {
        Some(node_id) => {
            let found = state.run_of_node(&node_id);
            let (project, run) =
                found.ok_or_else(|| Refusal::new(format!("no run has the id {node_id:?}")))?;
            let run_id = run.run_id();
            (project, Some((*run).clone()), run_id)
        }
        None => {
            let entity = input.string("entityName")?.unwrap_or_else(|| state.entity());
            let project = input.string("modelName")?.unwrap_or_else(|| NO_PROJECT.to_owned());
            let project = ProjectName { entity, project };
            let run_id = input.string("name")?.unwrap_or_else(|| format!("{:08x}", state.clock.now_ms()));
            let mut known = state.run(&project, &run_id).map(|run| (*run).clone());
            known.iter_mut().for_each(|run| run.set("state", "running".into_value()));
            (project, known, run_id)
        }
    };
    let is_new = known.is_none();
    let mut run = known.unwrap_or_else(|| begun(state, &project, &run_id));
    for (member, field) in TEXTS {
        if let Some(text) = input.text(member)? {
            run.set(field, Value::Text(text.clone()));
        }
    }
    if input.value("tags").is_some() {
        run.set("tags", Value::List(input.texts("tags")?.into_iter().map(Value::Text).collect()));
    }
    if let Some(summary) = input.text("summaryMetrics")? {
        run.set("summaryMetrics", Value::Text(checked(summary, "summaryMetrics")?));
    }
    if let Some(config) = input.text("config")? {
        run.set_config(checked(config, "config")?);
    }
    run.set("heartbeatAt", state.now().into_value());
    state.write(&project, run.clone());
    Ok(Done::Upserted { project, run: Arc::new(run), is_new })
}

/// Returns a new run with nothing in it.
fn begun(state: &State, project: &ProjectName, run_id: &str) -> ServedRun {
    let user = state.user().into_value();
    let user = Value::Object(object([("name", user.clone()), ("username", user)]));
    let mut run = ServedRun::of(object([
        ("id", State::run_node_id(project, run_id).into_value()),
        ("name", run_id.into_value()),
        ("displayName", run_id.into_value()),
        ("state", "running".into_value()),
        ("tags", Value::List(Vec::new())),
        ("readOnly", false.into_value()),
        ("createdAt", state.now().into_value()),
        ("summaryMetrics", "{}".into_value()),
        ("systemMetrics", "{}".into_value()),
        ("logLineCount", 0_u64.into_value()),
        ("eventsLineCount", 0_u64.into_value()),
        ("user", user),
    ]));
    run.set_config("{}".into());
    run
}

/// Returns a text that is a JSON object.
///
/// # Errors
/// It is no JSON object.
fn checked(text: &Text, name: &str) -> Result<Text, Refusal> {
    match json::parse(&text.to_json_source()) {
        Ok(Value::Object(_)) => Ok(text.clone()),
        _ => Err(Refusal::bad_request(format!("{name:?} is no text that is a JSON object"))),
    }
}

/// Answers with a URL for each file: every file may be uploaded.
fn create_files(state: &State, input: &Arguments) -> Result<Done, Refusal> {
    let entity = input.string("entityName")?.unwrap_or_else(|| state.entity());
    let project = ProjectName { entity, project: input.name("projectName")? };
    let run_id = input.name("runName")?;
    let run =
        state.run(&project, &run_id).ok_or_else(|| Refusal::new(format!("there is no run {run_id:?}")))?;
    let ProjectName { entity, project } = &project;
    let file = |name: &Text| {
        let name = name.to_lossy();
        let upload_url = format!("{}/uploads/{entity}/{project}/{run_id}/{name}", state.url);
        Value::Object(object([("name", name.as_ref().into_value()), ("uploadUrl", upload_url.into_value())]))
    };
    let files = Value::List(input.texts("files")?.iter().map(file).collect());
    let id = run.text("id").into_value();
    Ok(Done::Value(Value::Object(object([
        ("runID", id),
        ("uploadHeaders", Value::List(Vec::new())),
        ("files", files),
    ]))))
}

fn delete(state: &mut State, input: &Arguments) -> Result<Done, Refusal> {
    let node_id = input.name("id")?;
    let found = state.run_of_node(&node_id);
    let (project, run) = found.ok_or_else(|| Refusal::new(format!("no run has the id {node_id:?}")))?;
    state.delete(&project, &run.run_id());
    Ok(Done::Value(Value::Object(object([("success", true.into_value())]))))
}
