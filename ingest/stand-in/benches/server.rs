//! Servers in a process of their own: what they take is not ours.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use axum::Router;

/// A server that serves until this is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
    /// The lines that it prints behind its address.
    pub(crate) lines: BufReader<ChildStdout>,
}

impl Server {
    /// Starts this program once more, as the one that `asked` names in its environment, which is told `what`.
    pub(crate) fn start(asked: &str, what: &str) -> Self {
        let program = std::env::current_exe().expect("a program knows where it is");
        let mut process = Command::new(program)
            .env(asked, what)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts again");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut url = String::new();
        lines.read_line(&mut url).expect("it says where it listens");
        Self { process, url: url.trim().to_owned(), lines }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether this process is the server that `asked` names.
pub(crate) fn is_asked_for(asked: &str) -> bool {
    std::env::var_os(asked).is_some()
}

/// Serves at a free port, and says where. Whoever started it ends it.
pub(crate) fn serve(router: Router) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("there is memory").block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        println!("http://{}", listener.local_addr().expect("it listens"));
        let _ = axum::serve(listener, router).await;
    });
}
