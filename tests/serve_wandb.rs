//! `annals fixture serve-wandb`, from the outside: a recorded day is served where the ready file says.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::{Session, err};

/// How long a day may take to be read, on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A server in a process of its own, killed when it is dropped.
struct Served {
    process: Child,
    address: String,
    said: String,
}

impl Served {
    fn start(session: &Session, arguments: &[&str]) -> Self {
        Self::serving(session, &[&[day().to_str().unwrap()], arguments].concat())
    }

    fn serving(session: &Session, arguments: &[&str]) -> Self {
        let ready = session.path("ready");
        let mut process = Command::new(env!("CARGO_BIN_EXE_annals"))
            .args(["fixture", "serve-wandb"])
            .args(["--listen", "127.0.0.1:0", "--ready-file"])
            .arg(&ready)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while !ready.exists() {
            assert!(process.try_wait().unwrap().is_none() && began.elapsed() < READY_WITHIN);
            std::thread::sleep(Duration::from_millis(20));
        }
        let url = std::fs::read_to_string(&ready).unwrap();
        let mut said = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
        Self { process, address: url.trim().strip_prefix("http://").unwrap().to_owned(), said }
    }

    /// Head and body of the answer to a question for the number of runs.
    fn count(&self) -> String {
        let query =
            r#"{"query":"{ project(name: \"opencompute\", entityName: \"neuralinternet\") { runCount } }"}"#;
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(READY_WITHIN)).unwrap();
        // Of `api:key`.
        let head = "POST /graphql HTTP/1.1\r\nHost: annals\r\nConnection: close\r\nAuthorization: Basic YXBpOmtleQ==";
        write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{query}", query.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn day() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fixtures", "sn27-day"].iter().collect()
}

#[test]
fn a_recorded_day_is_served_as_it_was_at_a_moment() {
    let session = Session::new();
    let last = Served::start(&session, &[]);
    assert!(
        last.said.starts_with("serving 216 runs of 2026-03-14T23:30:04.270Z, one of 48 polls"),
        "{}",
        last.said
    );
    assert!(last.count().ends_with(r#"{"data":{"project":{"runCount":216}}}"#));
    drop(last);

    let session = Session::new();
    let first = Served::start(&session, &["--at", "2026-03-14T00:29:00Z", "--too-many", "1"]);
    let busy = first.count();
    assert!(busy.starts_with("HTTP/1.1 429 ") && busy.contains("retry-after: 1\r\n"), "{busy}");
    assert!(first.count().ends_with(r#"{"data":{"project":{"runCount":215}}}"#), "{}", first.count());
}

#[test]
fn an_empty_project_is_there_for_writers_to_begin_with() {
    let session = Session::with_log();
    let server = Served::serving(&session, &["--empty"]);
    assert_eq!(server.said.split(", at ").next(), Some("serving neuralinternet/opencompute, without a run"));
    assert!(server.count().ends_with(r#"{"data":{"project":{"runCount":0}}}"#), "{}", server.count());
    std::fs::write(session.path("state.json"), r#"{"role": "validator", "allocated_hotkeys": []}"#).unwrap();
    let url = format!("http://{}", server.address);
    let publish =
        ["publish", "--state", "state.json", "--publish-hotkey", "//Validator0", "--wandb-url", &url];
    // The first begins a run, and the second finds it.
    for _ in 0..2 {
        session.command().env("WANDB_API_KEY", "a-key").args(publish).assert().success();
        assert!(server.count().ends_with(r#"{"data":{"project":{"runCount":1}}}"#), "{}", server.count());
    }
}

#[test]
fn what_cannot_be_served_is_said_before_anything_listens() {
    let session = Session::new();
    let day = day();
    let serve = ["fixture", "serve-wandb", day.to_str().unwrap()];
    let early = session.annals(&[&serve[..], &["--at", "2026-03-13T00:00:00Z"]].concat()).code(3);
    assert!(err(&early).contains("the first poll in it ended at 2026-03-14T00:"), "{}", err(&early));
    let no_time = session.annals(&[&serve[..], &["--at", "yesterday"]].concat()).code(2);
    assert!(err(&no_time).contains("no time as 2026-03-14T09:00:00Z"), "{}", err(&no_time));
    session.annals(&[&serve[..], &["--at", "0", "--advance"]].concat()).code(2);
    session.annals(&[&serve[..], &["--empty"]].concat()).code(2);
    session.annals(&["fixture", "serve-wandb"]).code(2);
    let no_project = session.annals(&["fixture", "serve-wandb", "--empty=mine"]).code(2);
    assert!(err(&no_project).contains("no project of W&B"), "{}", err(&no_project));
    let chain = day.parent().unwrap().join("chain-ladder");
    let other = session.annals(&["fixture", "serve-wandb", chain.to_str().unwrap()]).code(3);
    assert!(err(&other).contains("no poll of W&B was recorded in it"), "{}", err(&other));
}
