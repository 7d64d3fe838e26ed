//! `annals publish`, from the outside, against a server of one run that takes what it is sent.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use assert_cmd::assert::Assert;
use serde_json::{Value, json};

use crate::program::{Session, err, line, out};

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const STATE: &str = r#"{"role": "validator", "allocated_hotkeys": ["5F"], "stats": {"7": {"score": 57.10}}}"#;
const KEY: &str = "0123456789abcdef0123456789abcdef01234567";
/// `api` and the key, as browsers and W&B's clients write them.
const AUTHORIZATION: &str = "Basic YXBpOjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc=";

/// What the server has of runs, and how it answers.
#[derive(Default)]
struct Runs {
    /// Ids of the runs that the hotkey has.
    ids: Vec<&'static str>,
    config: Option<String>,
    rows: Vec<Value>,
    /// Paths that were asked for, in order.
    paths: Vec<String>,
    /// How many requests are turned away at first.
    too_many: usize,
    /// With which a config is answered that is not taken.
    config_status: Option<u16>,
    /// For so many seconds it wants to hear nothing once it was asked how a run stands.
    quiet_s: Option<u64>,
}

/// Serves until it is dropped.
struct Server {
    url: String,
    runs: Arc<Mutex<Runs>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(runs: Runs) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let runs = Arc::new(Mutex::new(runs));
        let served = Arc::clone(&runs);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serve(&mut stream.unwrap(), &served).is_none() {
                    return;
                }
            }
        });
        Self { url, runs, thread: Some(thread) }
    }

    fn runs(&self) -> std::sync::MutexGuard<'_, Runs> {
        self.runs.lock().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A connection without a request ends it.
        drop(TcpStream::connect(self.url.strip_prefix("http://").unwrap()));
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking(), "the server failed");
    }
}

/// One request; `None` when there is none.
fn serve(stream: &mut TcpStream, runs: &Mutex<Runs>) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let head: Vec<String> =
        reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let path = head.first()?.split(' ').nth(1)?.to_owned();
    let header = |name: &str| {
        let line = head.iter().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")));
        line.map(|line| line.split_once(": ").unwrap().1.to_owned()).unwrap_or_default()
    };
    let mut body = vec![0; header("content-length").parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let mut runs = runs.lock().unwrap();
    runs.paths.push(path.clone());
    let (status, answer) = if header("authorization") != AUTHORIZATION {
        (401, json!({"errors": [{"message": "invalid key"}]}))
    } else if runs.too_many > 0 {
        runs.too_many -= 1;
        (429, json!({}))
    } else {
        runs.tell(&path, &serde_json::from_slice(&body).unwrap())
    };
    let is_asked_how_it_stands = String::from_utf8_lossy(&body).contains("RunResumeStatus");
    let quiet_s = runs.quiet_s.filter(|_| is_asked_how_it_stands).unwrap_or(0);
    let answer = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status} -\r\nRetry-After: {quiet_s}\r\nConnection: close\r\nContent-Length: {}",
        answer.len()
    );
    stream.write_all(format!("{head}\r\n\r\n{answer}").as_bytes()).unwrap();
    Some(())
}

impl Runs {
    fn tell(&mut self, path: &str, body: &Value) -> (u16, Value) {
        if path.ends_with("/file_stream") {
            self.rows.extend(body["files"]["wandb-history.jsonl"]["content"].as_array().unwrap().clone());
            return (200, json!({"exitcode": null}));
        }
        let variables = &body["variables"];
        match operation(body) {
            "Runs" => {
                let node = |id| json!({"node": {"name": id, "state": "crashed", "createdAt": "2025-06-02T08:36:23Z"}});
                let edges: Vec<_> = self.ids.iter().map(node).collect();
                (
                    200,
                    json!({"data": {"project": {"runs": {"edges": edges, "pageInfo": {"hasNextPage": false}}}}}),
                )
            }
            "RunResumeStatus" => {
                let is_there = self.ids.iter().any(|id| variables["name"] == *id);
                let bucket =
                    json!({"config": self.config, "historyLineCount": self.rows.len(), "historyTail": "[]"});
                (200, json!({"data": {"model": {"bucket": is_there.then_some(bucket)}}}))
            }
            "UpsertBucket" if self.config_status.is_some() => {
                (self.config_status.unwrap(), json!({"errors": [{"message": "permission denied"}]}))
            }
            "UpsertBucket" => {
                self.config = Some(variables["config"].as_str().unwrap().to_owned());
                (200, json!({"data": {"upsertBucket": {"bucket": {"id": "UnVu"}, "inserted": true}}}))
            }
            other => panic!("nobody asks for {other}"),
        }
    }
}

/// The name of a question or a mutation, which not all clients send beside it.
fn operation(body: &Value) -> &str {
    let query = body["query"].as_str().unwrap();
    query.split([' ', '(', '\n']).find(|word| !["query", "mutation", ""].contains(word)).unwrap()
}

/// With a log of subnet 27 and a state.
fn session() -> Session {
    let session = Session::with_log();
    std::fs::write(session.path("state.json"), STATE).unwrap();
    session
}

fn publish(session: &Session, url: &str, rest: &[&str]) -> Assert {
    let publish = ["publish", "--state", "state.json", "--publish-hotkey", "//Alice", "--wandb-url", url];
    session.command().env("WANDB_API_KEY", KEY).args(publish).args(rest).assert()
}

/// The last that the log has of an act.
fn last_act(session: &Session, columns: &str) -> String {
    let last = "from events where kind = 'wandb_published' order by log_index desc limit 1";
    query(session, &format!("select {columns} {last}"))
}

fn query(session: &Session, sql: &str) -> String {
    let asked = session.annals(&["query", sql, "--output", "csv"]).success();
    out(&asked).lines().skip(1).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_published_is_taken_and_recorded_with_what_became_of_it() {
    let session = session();
    let server = Server::start(Runs { too_many: 2, ..Runs::default() });
    let told = publish(&session, &server.url, &[]).success();
    assert!(line(&told, "run").ends_with(", new"), "{}", out(&told));
    assert_eq!(line(&told, "name"), format!("validator-{ALICE}"));
    assert_eq!(line(&told, "rows"), "2 behind 0");
    assert_eq!(line(&told, "server"), format!("{}, neuralinternet/opencompute", server.url));

    let config: Value = serde_json::from_str(server.runs().config.as_ref().unwrap()).unwrap();
    assert_eq!(config["config"]["value"], json!({"netuid": 27}));
    assert_eq!(config["allocated_hotkeys"]["value"], json!(["5F"]));
    let row =
        last_act(&session, "native_id, json_get_str(body, 'config'), json_get_str(body, 'rows'), attached");
    let run_id = line(&told, "run").replace(", new", "");
    assert!(row.starts_with(&format!("{run_id},accepted,accepted,")), "{row}");
    // Before it was sent the log said that it would be.
    let sql = "select native_id, json_get_str(json_get(body, 'config'), 'unknown') from events \
               where kind = 'wandb_published' order by log_index limit 1";
    let intent = query(&session, sql);
    assert!(intent.contains(&format!("{run_id},")) && intent.contains("about to be sent"), "{intent}");
    assert_eq!(query(&session, "select count(*) from events where kind = 'wandb_published'"), "2");
    // What the config names is kept, and leads to the log as it is now.
    let size = config["annals"]["value"]["tree_size"].as_u64().unwrap();
    let published = session.data().join("published").join(format!("{size:020}.checkpoint"));
    let checkpoint = std::fs::read_to_string(published).unwrap();
    assert!(checkpoint.contains(config["annals"]["value"]["root"].as_str().unwrap()), "{checkpoint}");
    assert_eq!(line(&session.annals(&["verify"]).success(), "checkpoints").split(' ').next(), Some("1"));
}

#[test]
fn a_dry_run_shows_all_of_it_and_sends_nothing() {
    let session = session();
    let server = Server::start(Runs { ids: vec!["abcd1234"], ..Runs::default() });
    let shown = publish(&session, &server.url, &["--dry-run"]).success();
    assert_eq!(line(&shown, "run"), "abcd1234, which the server has");
    let update: Value = serde_json::from_str(&line(&shown, "config")).unwrap();
    assert_eq!(update["role"], "validator");
    assert!(line(&shown, "config").contains(r#""stats":{"7":{"score":57.10}}"#), "{}", out(&shown));
    assert!(line(&shown, "row ").contains(r#"{"allocated_hotkeys":["5F"],"_timestamp":"#), "{}", out(&shown));
    assert!(out(&shown).ends_with("nothing was sent\n"));
    assert_eq!(server.runs().config, None);
    assert_eq!(line(&session.annals(&["verify", "--log-only"]).success(), "size"), "3 entries, 0 to 2");
}

#[test]
fn of_several_runs_the_user_chooses() {
    let session = session();
    let server = Server::start(Runs { ids: vec!["aaaa1111", "bbbb2222"], ..Runs::default() });
    let told = publish(&session, &server.url, &[]).code(2);
    let why = err(&told);
    assert!(
        why.contains("\n  aaaa1111  created 2025") && why.contains("--run-id") && why.contains("--new-run"),
        "{why}"
    );
    assert_eq!(query(&session, "select count(*) from events where source = 'outward'"), "0");
    let chosen = publish(&session, &server.url, &["--run-id", "bbbb2222"]).success();
    assert_eq!(line(&chosen, "run"), "bbbb2222, which the server has");
    publish(&session, &server.url, &["--run-id", "bbbb2222", "--new-run"]).code(2);
    publish(&session, &server.url, &["--run-id", "../x"]).code(2);
}

#[test]
fn what_w_and_b_refuses_is_recorded_and_said() {
    let session = session();
    let server = Server::start(Runs { config_status: Some(403), ..Runs::default() });
    let refused = publish(&session, &server.url, &[]).code(2);
    assert!(
        err(&refused).contains("did not take the config: HTTP status 403: permission denied"),
        "{}",
        err(&refused)
    );
    assert_eq!(
        last_act(&session, "json_get_str(json_get(body, 'config'), 'refused')"),
        "HTTP status 403: permission denied"
    );
    assert!(server.runs().rows.is_empty());
    drop(server);

    let nobody = publish(&session, "http://127.0.0.1:9", &["--run-id", "aaaa1111"]).code(3);
    assert!(err(&nobody).contains("Nothing was sent"), "{}", err(&nobody));
}

#[test]
fn what_was_lost_sight_of_is_sent_again_to_the_same_run() {
    let session = session();
    let server = Server::start(Runs { config_status: Some(502), ..Runs::default() });
    let lost = publish(&session, &server.url, &[]).code(3);
    let run_id = line(&lost, "run").replace(", new", "");
    let again = format!("The same command with --run-id {run_id} sends all of it again");
    assert!(err(&lost).contains(&again) && err(&lost).contains("502"), "{}", err(&lost));
    let lost = publish(&session, &server.url, &["--new-run"]).code(3);
    let run_id = line(&lost, "run").replace(", new", "");
    let again = format!("with --run-id {run_id} in the place of --new-run sends");
    assert!(err(&lost).contains(&again), "{}", err(&lost));
    assert!(
        last_act(&session, "json_get_str(json_get(body, 'config'), 'unknown')").contains("does not show it")
    );
}

#[test]
fn what_the_server_did_not_want_to_hear_was_not_sent() {
    let session = session();
    let server = Server::start(Runs { quiet_s: Some(900), ..Runs::default() });
    let unsent = publish(&session, &server.url, &[]).code(3);
    assert!(
        err(&unsent).contains("nothing was sent: the server wants to hear nothing for"),
        "{}",
        err(&unsent)
    );
    assert_eq!(server.runs().paths, ["/graphql", "/graphql"]);
    assert!(
        last_act(&session, "json_get_str(json_get(body, 'config'), 'not_sent')").contains("hear nothing")
    );
}

#[test]
fn the_recorders_own_hotkey_publishes_nothing() {
    let session = Session::new();
    session.annals(&["init", "--genesis", "any", "--hotkey", "//Alice"]).success();
    std::fs::write(session.path("state.json"), STATE).unwrap();
    let server = Server::start(Runs::default());
    for rest in [&[][..], &["--dry-run"], &["--hotkey", "//Alice"]] {
        let refused = publish(&session, &server.url, rest).code(2);
        let why = err(&refused);
        assert!(why.contains(ALICE) && why.contains("--publish-hotkey-file"), "{why}");
    }
    // A log without one, and a recorder that has it.
    let other = self::session();
    publish(&other, &server.url, &["--hotkey", "//Alice"]).code(2);
    assert!(server.runs().paths.is_empty());
}

#[test]
fn a_database_is_published_by_the_run_that_it_remembers() {
    let session = session();
    let database = rusqlite::Connection::open(session.path("database.db")).unwrap();
    let schema = "CREATE TABLE allocation (id INTEGER PRIMARY KEY, hotkey TEXT UNIQUE, details TEXT);
        CREATE TABLE wandb_runs (hotkey TEXT PRIMARY KEY, run_id TEXT NOT NULL);
        CREATE TABLE stats (uid INTEGER PRIMARY KEY, hotkey TEXT NOT NULL, gpu_specs TEXT, score REAL, allocated BOOLEAN,
            own_score BOOLEAN, reliability_score REAL, created_at TIMESTAMP);
        INSERT INTO allocation (hotkey, details) VALUES ('5F', 'secret');
        INSERT INTO stats VALUES (7, '5F', NULL, 57.5, 0, 1, NULL, '2025-06-02 08:36:23');";
    database.execute_batch(schema).unwrap();
    database.execute("INSERT INTO wandb_runs VALUES (?, 'abcd1234')", [ALICE]).unwrap();
    let server = Server::start(Runs::default());
    let publish =
        ["publish", "--computedb", "database.db", "--publish-hotkey", "//Alice", "--wandb-url", &server.url];
    let told = session.command().env("WANDB_API_KEY", KEY).args(publish).assert().success();
    assert_eq!(line(&told, "run"), "abcd1234, new");
    let config: Value = serde_json::from_str(server.runs().config.as_ref().unwrap()).unwrap();
    let entry = &config["stats"]["value"]["7"];
    assert_eq!((&entry["allocated"], &entry["score"]), (&json!(true), &json!(57.5)));
    assert_eq!(
        server.runs().paths,
        ["/graphql", "/graphql", "/files/neuralinternet/opencompute/abcd1234/file_stream"]
    );
}

#[test]
fn whoever_lacks_something_is_told_what_and_where_it_goes() {
    let session = session();
    let state = ["publish", "--state", "state.json", "--wandb-url", "http://127.0.0.1:9"];
    let unsigned = session.annals(&state).code(2);
    assert!(err(&unsigned).contains("ANNALS_PUBLISH_HOTKEY"), "{}", err(&unsigned));
    let alices = [&state[..], &["--publish-hotkey", "//Alice"]].concat();
    let keyless = session.annals(&alices).code(2);
    assert!(err(&keyless).contains("WANDB_API_KEY") && err(&keyless).contains(".netrc"), "{}", err(&keyless));
    let server = Server::start(Runs::default());
    std::fs::write(session.path(".netrc"), format!("machine 127.0.0.1 login user password {KEY}\n")).unwrap();
    let there =
        ["publish", "--state", "state.json", "--publish-hotkey", "//Alice", "--wandb-url", &server.url];
    session.annals(&there).success();
    let wrong = session.command().env("WANDB_API_KEY", "no").args(there).assert().code(3);
    assert!(err(&wrong).contains("HTTP status 401: invalid key"), "{}", err(&wrong));
    std::fs::write(session.path("state.json"), r#"{"role":"validator","penalised_hotkeys":[]}"#).unwrap();
    let unknown = session.annals(&alices).code(2);
    assert!(
        err(&unknown).contains("\"penalised_hotkeys\"")
            && err(&unknown).contains("penalized_hotkeys_checklist")
    );
    session.annals(&["publish", "--publish-hotkey", "//Alice"]).code(2);
}
