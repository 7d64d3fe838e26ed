//! A thousand exporters at one port, in a process of their own: what they take is not ours.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use annals_stand_in::workload::Exporter;
use axum::Router;
use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use super::recorded::recorded;

const ASKED: &str = "ANNALS_BENCH_SERVES_METRICS";

/// Exporters that serve until this is dropped: another machine's at each path `/NUMBER`, and a minute later each time.
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
        let (first, others) = (Exporter::of(&recorded(), 0), Mutex::new(HashMap::new()));
        let exporters = Arc::new((first, others));
        let answer = move |Path(number): Path<u64>| async move {
            let (first, others) = &*exporters;
            let mut others = others.lock().unwrap_or_else(PoisonError::into_inner);
            let exporter: &mut Exporter = others.entry(number).or_insert_with(|| first.another(number));
            ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], exporter.scrape())
        };
        println!("http://{address}");
        // Whoever started it ends it.
        let _ = axum::serve(listener, Router::new().route("/{number}", get(answer))).await;
    });
}
