//! The server of a project: each first page is of another half minute.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::post;

use super::project::Project;

pub(crate) const ASKED: &str = "ANNALS_BENCH_SERVES_WANDB";

pub(crate) fn router() -> Router {
    let project = Arc::new(Mutex::new(Project::new()));
    let answer = move |body: String| async move {
        answer(&mut project.lock().unwrap_or_else(PoisonError::into_inner), &body)
    };
    Router::new().route("/graphql", post(answer))
}

fn answer(project: &mut Project, body: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body).expect("questions are JSON");
    let variables = &body["variables"];
    let from = variables["cursor"].as_str().and_then(|cursor| cursor.parse().ok());
    if from.is_none() {
        project.advance();
    }
    let count = variables["perPage"].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(50);
    project.page(variables["order"] == "-heartbeat_at", from.unwrap_or(0), count)
}
