//! The writers of runs: upstream's software, by the code that publishes, and others who may write to the project.

use std::sync::Arc;

use annals_ingest::outward::publish::{Again, Project, Publication, RunGiven, WandbPost as _};
use annals_ingest::{Outcome, WandbApi};
use annals_log::json::{Object, Value};
use annals_log::{CONFIG_CLAIM_KEY, Checkpoint, Clock, SendOutcome};
use annals_stand_in::repeatable_signature;
use serde_json::json;

use super::act::Publish;
use super::file::EndingPart;
use crate::failure::Failure;

const GRAPHQL: &str = "/graphql";
/// The key of a config that upstream signs with.
const SIGNATURE: &str = "signature";
const RUN: &str = "query Run($project: String!, $entity: String!, $run: String!) { \
    project(name: $project, entityName: $entity) { run(name: $run) { id state config } } }";
const UPSERT: &str = "mutation UpsertBucket($project: String!, $entity: String!, $run: String!, $state: String, \
    $config: JSONString) { upsertBucket(input: {modelName: $project, entityName: $entity, name: $run, state: $state, \
    config: $config}) { inserted } }";
const DELETE: &str = "mutation DeleteRun($id: ID!) { deleteRun(input: {id: $id}) { success } }";

/// A client of W&B.
pub(super) struct Writer {
    pub(super) api: Arc<WandbApi>,
    pub(super) project: Project,
    pub(super) netuid: u16,
    pub(super) clock: Clock,
    /// The checkpoint that publishing needs, of the log of the polls. Nothing of it stays in what is sent.
    pub(super) at: Checkpoint,
}

impl Writer {
    /// Publishes as upstream's software does: with a signature of the run's id, and none of the rest.
    pub(super) async fn publish(&self, run_id: &str, publish: &Publish) -> Result<(), Failure> {
        let run = RunGiven::Remembered(run_id.to_owned());
        let mut server = Arc::clone(&self.api);
        let (name, netuid) = (self.api.name(), self.netuid);
        let Self { project, at, clock, .. } = self;
        let Publish { state, signer, signs } = publish;
        let publication = Publication { server: &name, project, run: &run, state, netuid, signer, at, clock };
        let mut sending = publication.prepare(&mut server).await?;
        let mut config = object_of(&sending.draft.config)?;
        config.remove(CONFIG_CLAIM_KEY);
        config.remove(SIGNATURE);
        if let Some(pair) = signs {
            set(&mut config, SIGNATURE, Value::Text(repeatable_signature(pair, run_id).into()));
        }
        sending.draft.config = config.to_json();
        sending.send(&mut server).await;
        match (sending.config, sending.rows) {
            (Some(SendOutcome::Accepted), Some(SendOutcome::Accepted)) => Ok(()),
            told => Err(unexpected(&format!("run {run_id} was not taken: {told:?}"))),
        }
    }

    /// Sets and removes keys of a run's config, as anybody may who can write to the project.
    pub(super) async fn edit(
        &self,
        run_id: &str,
        changed: &Object,
        removed: &[String],
    ) -> Result<(), Failure> {
        let run = self.run(run_id).await?;
        let mut config = object_of(run["config"].as_str().unwrap_or("{}"))?;
        for key in removed {
            config.remove(key);
        }
        for (key, value) in changed.iter() {
            set(&mut config, &key.to_lossy(), value.clone());
        }
        self.upsert(run_id, &json!({"config": config.to_json(), "state": run["state"]})).await
    }

    /// Ends a run.
    pub(super) async fn end(&self, run_id: &str, state: EndingPart) -> Result<(), Failure> {
        match state {
            EndingPart::Finished => self.stream(run_id, r#"{"complete":true,"exitcode":0}"#).await,
            EndingPart::Failed => self.stream(run_id, r#"{"complete":true,"exitcode":1}"#).await,
            EndingPart::Crashed => self.upsert(run_id, &json!({"state": "crashed"})).await,
            EndingPart::Deleted => {
                let run = self.run(run_id).await?;
                self.ask(DELETE, &json!({"id": run["id"]})).await.map(drop)
            }
        }
    }

    /// Lets W&B hear of a run that goes on.
    pub(super) async fn beat(&self, run_id: &str) -> Result<(), Failure> {
        self.stream(run_id, "{}").await
    }

    async fn run(&self, run_id: &str) -> Result<serde_json::Value, Failure> {
        let data = self.ask(RUN, &self.variables(run_id, &json!({}))).await?;
        Ok(data["project"]["run"].clone())
    }

    async fn upsert(&self, run_id: &str, rest: &serde_json::Value) -> Result<(), Failure> {
        self.ask(UPSERT, &self.variables(run_id, rest)).await.map(drop)
    }

    fn variables(&self, run_id: &str, rest: &serde_json::Value) -> serde_json::Value {
        let Project { entity, name } = &self.project;
        let mut variables = json!({"entity": entity, "project": name, "run": run_id});
        for (key, value) in rest.as_object().into_iter().flatten() {
            variables[key] = value.clone();
        }
        variables
    }

    async fn stream(&self, run_id: &str, body: &str) -> Result<(), Failure> {
        let Project { entity, name } = &self.project;
        self.post(&format!("/files/{entity}/{name}/{run_id}/file_stream"), body).await.map(drop)
    }

    async fn ask(&self, query: &str, variables: &serde_json::Value) -> Result<serde_json::Value, Failure> {
        let body = json!({"query": query, "variables": variables}).to_string();
        let mut answer = self.post(GRAPHQL, &body).await?;
        Ok(answer["data"].take())
    }

    /// Posts, and returns the answer, which is JSON.
    async fn post(&self, path: &str, body: &str) -> Result<serde_json::Value, Failure> {
        let posted = Arc::clone(&self.api).post(path, body, Again::Never).await;
        match &posted.outcome {
            Outcome::Answer(answer) if answer.status == 200 => serde_json::from_slice(&answer.body)
                .map_err(|error| unexpected(&format!("an answer is no JSON: {error}"))),
            outcome => Err(unexpected(&format!("{path}: {outcome:?}"))),
        }
    }
}

/// Sets a key as clients send it: its value in an object of its own.
fn set(config: &mut Object, key: &str, value: Value) {
    config.insert(key.into(), Value::Object(Object::from_iter([("value".into(), value)])));
}

fn object_of(text: &str) -> Result<Object, Failure> {
    match annals_log::json::parse(text) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(unexpected("a config is no JSON object")),
    }
}

/// The stand-in did not do what it is there for.
fn unexpected(what: &str) -> Failure {
    Failure::Internal(format!("the stand-in of W&B: {what}"))
}
