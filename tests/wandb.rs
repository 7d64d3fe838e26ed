//! W&B, recorded by the program from a server that it serves itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::assert::Assert;

use crate::program::{Session, err, out};

const KEY: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2";
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A day of a subnet, served; stopped by its process id.
struct Served {
    url: String,
    server: Child,
}

impl Served {
    fn start(session: &Session, dir: &Path, arguments: &[&str]) -> Self {
        let ready = session.path("ready");
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("annals"));
        command.args(["fixture", "serve-wandb"]).arg(dir).args(["--listen", "127.0.0.1:0", "--ready-file"]);
        let command = command.arg(&ready).args(arguments).env("HOME", session.path("")).stdout(Stdio::null());
        let server = command.stderr(Stdio::null()).spawn().unwrap();
        let began = Instant::now();
        while !ready.exists() {
            assert!(began.elapsed() < READY_WITHIN, "the server is not ready");
            std::thread::sleep(Duration::from_millis(20));
        }
        let url = fs::read_to_string(&ready).unwrap().trim().to_owned();
        fs::remove_file(ready).unwrap();
        Self { url, server }
    }

    fn of_day(session: &Session) -> Self {
        Self::start(session, &day(), &["--advance"])
    }

    /// One look at its runs.
    fn record(&self, session: &Session) -> Assert {
        let arguments = ["run", "--only", "wandb", "--once", "--wandb-url", &self.url];
        session.command().args(arguments).env("WANDB_API_KEY", KEY).assert()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

fn day() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sn27-day")
}

fn count(session: &Session, from: &str) -> String {
    let asked = session.annals(&["query", "--output", "csv", &format!("select count(*) as n from {from}")]);
    out(&asked.success()).lines().nth(1).unwrap().to_owned()
}

#[test]
fn three_looks_record_three_polls_and_each_state_once() {
    let session = Session::with_log();
    let served = Served::of_day(&session);
    for _ in 0..3 {
        served.record(&session).success();
    }
    assert_eq!(count(&session, "wandb_polls where scope = 'sweep' and outcome = 'complete'"), "3");
    let doubled = "(select run_id, config_sha256, state, count(*) from wandb_runs_history group by all having count(*) > 1)";
    assert_eq!(count(&session, doubled), "0");
    assert_eq!(
        count(&session, "(select run_id from wandb_runs_history group by run_id having count(*) > 1)"),
        "4"
    );
    assert_eq!(count(&session, "wandb_runs where recorded_at is null"), "0");
    session.annals(&["verify"]).success();
}

#[test]
fn what_is_recorded_for_others_names_nobody_and_is_served_again() {
    let session = Session::new();
    let cassette = session.path("kept.cassette");
    let served = Served::of_day(&session);
    let arguments = [
        "fixture",
        "record",
        "kept.cassette",
        "--polls",
        "2",
        "--wandb-every",
        "1",
        "--wandb-url",
        &served.url,
    ];
    let recorded = session.command().args(arguments).env("WANDB_API_KEY", KEY).assert().success();
    assert!(out(&recorded).starts_with("kept.cassette: "), "{}", out(&recorded));
    assert!(!session.data().exists(), "no log is written");
    let text = fs::read_to_string(&cassette).unwrap();
    // The answers stand in the lines as texts.
    let user = |name: &str| format!(r#"\"username\":\"{name}"#);
    assert!(text.contains(&user("(left out)")) && !text.contains(&user("miner")) && !text.contains(KEY));
    drop(served);

    let again = Served::start(&session, &cassette, &[]);
    session.annals(&["init", "--netuid", "27"]).success();
    again.record(&session).success();
    assert_eq!(count(&session, "wandb_runs"), "214");
}

#[test]
fn without_a_key_the_error_says_where_one_is_looked_for() {
    let session = Session::with_log();
    let refused = session.annals(&["run", "--only", "wandb", "--once"]).code(2);
    for place in ["WANDB_API_KEY", ".netrc", "config file"] {
        assert!(err(&refused).contains(place), "{}", err(&refused));
    }
}

#[test]
fn a_server_that_is_not_there_is_a_poll_that_failed() {
    let session = Session::with_log();
    // A port of our own on which nobody listens any more.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let arguments = ["run", "--only", "wandb", "--once", "--wandb-url", &url, "--wandb-patience", "0"];
    let refused = session.command().args(arguments).env("WANDB_API_KEY", KEY).assert().code(3);
    assert!(err(&refused).contains("no connection"), "{}", err(&refused));
    assert_eq!(count(&session, "coverage where source = 'wandb' and outcome = 'failed'"), "1");
    assert_eq!(count(&session, "wandb_runs"), "0");
}

#[test]
fn as_json_every_line_on_standard_error_is_an_object() {
    let session = Session::with_log();
    let served = Served::of_day(&session);
    let url = served.url.clone();
    let arguments = [
        "run",
        "--only",
        "wandb",
        "--once",
        "--wandb-patience",
        "0",
        "--log-format",
        "json",
        "--wandb-url",
        &url,
    ];
    let run = |filter: &str| {
        let mut command = session.command();
        command.args(arguments).env("WANDB_API_KEY", KEY).env("ANNALS_LOG", filter).assert()
    };
    let lines = err(&run("info").success());
    let events: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let is_poll = |event: &&serde_json::Value| event["message"] == "a poll of runs is over";
    let poll = events.iter().find(is_poll).unwrap_or_else(|| panic!("{lines}"));
    assert!(poll["level"] == "INFO" && poll["runs"].as_u64() > Some(100), "{poll}");
    // What a command says in any case is said whatever the filter, and as JSON, too.
    let refused = run("annals=loud").code(2);
    assert!(err(&refused).starts_with("annals: ANNALS_LOG is no filter"), "{}", err(&refused));
    drop(served);
    let lines = err(&run("off").code(3));
    let event: serde_json::Value = serde_json::from_str(&lines).unwrap_or_else(|_| panic!("{lines}"));
    assert!(event["message"].as_str().unwrap().contains("the poll failed"), "{event}");
}
