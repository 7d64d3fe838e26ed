//! The server, in a process of its own: what it takes is not ours.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::post;

use super::project::Project;

const ASKED: &str = "ANNALS_BENCH_SERVES_WANDB";

/// A server that serves until it is dropped; each first page is of another half minute.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        let program = std::env::current_exe().expect("a program knows where it is");
        let mut process = Command::new(program)
            .env(ASKED, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts again");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut url = String::new();
        lines.read_line(&mut url).expect("it says where it listens");
        Self { process, url: url.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether this process is the server.
pub(crate) fn is_asked_for() -> bool {
    std::env::var_os(ASKED).is_some()
}

pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("there is memory").block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let project = Arc::new(Mutex::new(Project::new()));
        let answer = move |body: String| async move {
            answer(&mut project.lock().unwrap_or_else(PoisonError::into_inner), &body)
        };
        println!("http://{address}");
        // Whoever started it ends it.
        let _ = axum::serve(listener, Router::new().route("/graphql", post(answer))).await;
    });
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
