//! annals' own metrics, from the outside: a recorder that scrapes an exporter, and who scrapes the recorder.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command as Process, Stdio};
use std::time::{Duration, Instant};

use annals_log::exposition::{Exposition, Format, Item};

use crate::program::{Session, err, fixture, out, text};

/// Nothing here takes longer on a machine that works.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process that is killed when it is dropped, and the line that it said first.
struct Running {
    process: Child,
    said: String,
}

/// A page, as our own parser reads it.
struct Page {
    head: String,
    body: String,
}

impl Running {
    fn start(session: &Session, arguments: &[&str]) -> Self {
        let mut process = Process::new(session.command().get_program());
        process.args(arguments).env("ANNALS_DATA", session.data()).env("HOME", session.path("home"));
        process.env_remove("ANNALS_CONFIG").env_remove("ANNALS_HOTKEY").env_remove("XDG_CONFIG_HOME");
        let process = process.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        Self { process, said: String::new() }
    }

    /// Waits for what it says first.
    fn heard(mut self) -> Self {
        let mut said = BufReader::new(self.process.stderr.take().unwrap());
        said.read_line(&mut self.said).unwrap();
        // What it says later must not fill the pipe.
        std::thread::spawn(move || drop(std::io::copy(&mut said, &mut std::io::sink())));
        self
    }

    /// Ends it as a service manager does.
    fn stop(&mut self) {
        let stopped = Process::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(stopped.success() && self.process.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Page {
    fn get(address: &str, path: &str) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Self { head: head.to_owned(), body: body.to_owned() }
    }

    /// Each sample as its name, its labels, and its value. The page is an exposition whole, or this fails.
    fn samples(&self) -> Vec<(String, String, f64)> {
        let content_type = self.head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap();
        let format = Format::of_content_type(content_type).unwrap();
        let mut samples = Vec::new();
        for item in Exposition::of(self.body.as_bytes(), format) {
            if let Item::Sample(sample) = item.unwrap() {
                samples.push((sample.name.unescape().into_owned(), sample.labels.to_json(), sample.value));
            }
        }
        samples
    }

    fn value(&self, name: &str, labels: &str) -> Option<f64> {
        let samples = self.samples().into_iter();
        let mut values = samples.filter(|(named, of, _)| named == name && of == labels).map(|of| of.2);
        let value = values.next();
        assert_eq!(values.next(), None, "{name} is there once");
        value
    }
}

/// Asks until the page is so.
fn wait_for(address: &str, running: &mut Running, is_so: impl Fn(&Page) -> bool) -> Page {
    let begun = Instant::now();
    loop {
        let page = Page::get(address, "/metrics");
        if is_so(&page) {
            return page;
        }
        assert!(running.process.try_wait().unwrap().is_none(), "the recorder has ended");
        assert!(begun.elapsed() < PATIENCE, "{}", page.body);
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_metrics_of_a_recorder_are_those_of_what_it_records() {
    let session = Session::with_log();
    let ready = session.path("ready");
    let bodies = fixture("prometheus");
    let serve =
        ["fixture", "serve-metrics", &bodies, "--listen", "127.0.0.1:0", "--ready-file", text(&ready)];
    let mut exporter = Running::start(&session, &serve);
    let begun = Instant::now();
    while !ready.exists() {
        assert!(exporter.process.try_wait().unwrap().is_none() && begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(20));
    }
    let url = fs::read_to_string(&ready).unwrap();
    let target = url.trim().strip_prefix("http://").unwrap();
    // Nobody listens there: the port was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let run = ["run", "--only", "metrics", "--target", target, "--target", &free, "--allow-loopback"];
    let pace = ["--scrape-every", "1", "--scrape-timeout", "1", "--metrics-listen", "127.0.0.1:0"];
    let mut recorder = Running::start(&session, &[&run[..], &pace].concat()).heard();
    let told = recorder.said.trim().strip_prefix("annals: annals' own metrics are at http://");
    let address =
        told.and_then(|told| told.strip_suffix("/metrics")).unwrap_or_else(|| panic!("{}", recorder.said));

    let source = r#"{"source":"metrics"}"#;
    let ok = r#"{"outcome":"ok"}"#;
    let unreachable = r#"{"outcome":"unreachable"}"#;
    let scrapes = |page: &Page, outcome| page.value("annals_scrapes_total", outcome).unwrap_or_default();
    let address = address.to_owned();
    // A scrape is counted, and an event a moment later, when it is durable.
    let page = wait_for(&address, &mut recorder, |page| {
        let count = |name| page.value(name, source).unwrap_or_default();
        let all = page.samples().into_iter().filter(|(name, ..)| name == "annals_scrapes_total");
        let all: f64 = all.map(|(.., scrapes)| scrapes).sum();
        let is_settled = ["annals_source_events_total", "annals_source_answers_total"]
            .iter()
            .all(|name| (count(name) - all).abs() < 0.5);
        let lags = ["annals_projector_lag_entries", "annals_projector_lag_seconds"];
        let is_folded = lags.iter().all(|name| page.value(name, "{}") == Some(0.0));
        scrapes(page, ok) >= 2.0 && scrapes(page, unreachable) >= 2.0 && is_settled && is_folded
    });
    let value =
        |name: &str, labels: &str| page.value(name, labels).unwrap_or_else(|| panic!("no {name}{labels}"));
    let count = value("annals_source_events_total", source);
    assert!(value("annals_log_entries", "{}") > count, "beside them lies what opened the log");
    assert!(value("annals_recorder_record_seconds_count", "{}") >= 1.0);
    assert!(value("annals_log_segment_bytes", "{}") > 60_000.0, "a body lies there");
    assert!(value("annals_log_recorded_timestamp_seconds", "{}") > 1.7e9, "{}", page.body);
    assert!(value("annals_source_last_recorded_timestamp_seconds", source) > 1.7e9, "{}", page.body);
    assert!(value("process_resident_memory_bytes", "{}") > 1e6);
    assert!(page.head.starts_with("HTTP/1.1 200"), "{}", page.head);
    assert!(Page::get(&address, "/").head.starts_with("HTTP/1.1 404"));
    recorder.stop();

    let sql = "select count(*) as n from scrapes where outcome = 'ok'";
    let recorded = out(&session.annals(&["query", sql, "--output", "csv"]).success());
    let recorded: f64 = recorded.lines().nth(1).unwrap().parse().unwrap();
    assert!(recorded >= scrapes(&page, ok), "{recorded}: what is on the page is in the log");
    session.annals(&["verify"]).success();
}

#[test]
fn a_place_for_metrics_that_is_taken_is_named_and_nothing_is_recorded() {
    let session = Session::with_log();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let run = ["run", "--only", "metrics", "--target", "127.0.0.1:9", "--metrics-listen", &taken];
    let refused = session.annals(&run).code(3);
    assert!(err(&refused).contains(&format!("{taken}: ")), "{}", err(&refused));
    let sql = "select count(*) as n from scrapes";
    assert_eq!(out(&session.annals(&["query", sql, "--output", "ndjson"]).success()).trim(), r#"{"n":0}"#);
}
