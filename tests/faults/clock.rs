//! Clocks that step while the program records, and between two sessions: by libfaketime (Debian's package `faketime`).
//! Times are never made up, each step that can be seen is told, and nobody is shut out of a log for ever.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::trials::number;
use crate::program::{Session, fixture, text};

const HOUR_S: i64 = 3_600;
/// How the clock is set: an hour and ten years fast, two days slow.
const STEPS_S: [i64; 3] = [HOUR_S, -48 * HOUR_S, 3_650 * 24 * HOUR_S];
/// How far a time may be from the clock's word, which is read around the program.
const NEAR_MS: i64 = 5_000;
/// How long a poll may take to be recorded, on a busy machine.
const POLLED_WITHIN: Duration = Duration::from_secs(120);

/// The library, or what to do where it is not.
fn libfaketime() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let found = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|path| path.exists());
    found.expect("clocks are set by libfaketime: install Debian's package `faketime`")
}

/// A clock that stands some seconds off the machine's.
struct SetClock {
    preloaded: PathBuf,
    file: PathBuf,
}

impl SetClock {
    fn new(session: &Session) -> Self {
        let clock = Self { preloaded: libfaketime(), file: session.path("clock") };
        clock.set(0);
        clock
    }

    fn set(&self, off_s: i64) {
        // At once: the program may read it at this moment.
        let new = self.file.with_added_extension("new");
        std::fs::write(&new, format!("{off_s:+}\n")).unwrap();
        std::fs::rename(new, &self.file).unwrap();
    }

    /// What a command needs to live by this clock.
    fn variables(&self) -> [(&'static str, &Path); 4] {
        let yes = Path::new("1");
        [
            ("LD_PRELOAD", &self.preloaded),
            ("FAKETIME_TIMESTAMP_FILE", &self.file),
            ("FAKETIME_NO_CACHE", yes),
            // Whoever sets a clock leaves the steady one alone.
            ("FAKETIME_DONT_FAKE_MONOTONIC", yes),
        ]
    }
}

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// The rows of an answer, as numbers.
fn numbers(session: &Session, sql: &str) -> Vec<Vec<i64>> {
    let answer = session.annals(&["query", "--output", "csv", sql]).success();
    let rows = crate::program::out(&answer);
    let row = |line: &str| line.split(',').map(|cell| cell.parse().unwrap()).collect();
    rows.lines().skip(1).map(row).collect()
}

/// Records an input by a clock; where the log is ahead of it, declares that it is right, as the refusal says.
fn ingest(session: &Session, clock: &SetClock, input: &str) -> Output {
    let command = |more: &[&str]| {
        session.command().envs(clock.variables()).args(["ingest", input]).args(more).output().unwrap()
    };
    let refused = command(&[]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    if refused.status.success() || !told.contains("--clock-is-right") {
        refused
    } else {
        command(&["--clock-is-right"])
    }
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{:?} {}", output.status, String::from_utf8_lossy(&output.stderr));
}

/// What was recorded stays in its order, and the log is whole.
fn keeps_its_order(session: &Session) {
    let recorded = numbers(session, "select cast(recorded_at as bigint) from events order by log_index");
    assert!(recorded.is_sorted(), "recorded times never decrease");
    session.annals(&["verify"]).success();
}

#[test]
fn a_clock_that_is_set_between_sessions_makes_up_no_time_and_shuts_nobody_out() {
    let seed = number("ANNALS_SEED").map_or_else(|| fastrand::u64(..), |seed| seed as u64);
    println!("a clock set between sessions: ANNALS_SEED={seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut steps: Vec<_> = STEPS_S.into_iter().chain(STEPS_S).collect();
    rng.shuffle(&mut steps);
    // Whatever it was, in the end it is right.
    steps.push(0);
    let session = Session::with_log();
    let clock = SetClock::new(&session);
    let mut latest_ms = now_ms();
    for (number, off_s) in steps.iter().enumerate() {
        clock.set(*off_s);
        let (name, begun_ms) = (format!("database{number}"), now_ms() + off_s * 1_000);
        let input = format!("{name}={}", fixture("computedb/database.db"));
        succeeded(&ingest(&session, &clock, &input));
        let ended_ms = now_ms() + off_s * 1_000;
        let sql = format!(
            "select cast(fetched_at as bigint) from events where source = 'computedb' and native_id like '{name}%'"
        );
        let fetched = numbers(&session, &sql);
        let by_the_clock = begun_ms - NEAR_MS..ended_ms + NEAR_MS;
        assert!(fetched.len() > 3, "{off_s}: {fetched:?}");
        assert!(
            fetched.iter().flatten().all(|at| by_the_clock.contains(at)),
            "{off_s}: {by_the_clock:?}, {fetched:?}"
        );
        let told = numbers(&session, "select count(*) from anomalies where kind = 'clock_stepped'")[0][0];
        // A step forward between two sessions can't be seen; one back is told.
        assert!(
            told > 0 || begun_ms >= latest_ms - 1_000,
            "the clock is behind the log, and nothing says so"
        );
        latest_ms = latest_ms.max(ended_ms);
        keeps_its_order(&session);
    }
}

/// A server of W&B that is killed when it is dropped.
struct Served(Child, String);

impl Served {
    fn start(session: &Session) -> Self {
        let ready = session.path("ready");
        let day = fixture("sn27-day");
        let arguments = [
            "fixture",
            "serve-wandb",
            &day,
            "--advance",
            "--listen",
            "127.0.0.1:0",
            "--ready-file",
            text(&ready),
        ];
        let mut process =
            Command::new(env!("CARGO_BIN_EXE_annals")).args(arguments).stdout(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while !ready.exists() {
            assert!(process.try_wait().unwrap().is_none() && begun.elapsed() < POLLED_WITHIN);
            std::thread::sleep(Duration::from_millis(20));
        }
        let url = std::fs::read_to_string(ready).unwrap().trim().to_owned();
        Self(process, url)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// When each poll was had, in the log's order.
fn polls(session: &Session) -> Vec<i64> {
    let sql = "select cast(fetched_at as bigint) from events where kind = 'wandb_poll' order by log_index";
    numbers(session, sql).into_iter().flatten().collect()
}

#[test]
fn a_clock_that_is_set_while_recording_makes_up_no_time_and_is_told() {
    let session = Session::with_log();
    let (served, clock) = (Served::start(&session), SetClock::new(&session));
    let begun_ms = now_ms();
    let mut recorder = Command::new(env!("CARGO_BIN_EXE_annals"))
        .args([
            "run",
            "--only",
            "wandb",
            "--wandb-url",
            &served.1,
            "--wandb-every",
            "1",
            "--wandb-sweep-every",
            "1",
        ])
        .current_dir(session.path(""))
        .env("ANNALS_DATA", session.data())
        .env("WANDB_API_KEY", "x")
        .envs(clock.variables())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // By each setting of the clock some polls, the last of them after the next began: a setting may fall into one.
    let mut comes_to = |count: usize| {
        let begun = Instant::now();
        while polls(&session).len() < count {
            assert!(begun.elapsed() < POLLED_WITHIN && recorder.try_wait().unwrap().is_none());
            std::thread::sleep(Duration::from_millis(200));
        }
    };
    comes_to(3);
    for off_s in STEPS_S {
        clock.set(off_s);
        let now = polls(&session).len();
        comes_to(now + 4);
    }
    let stopped = Command::new("kill").args(["-INT", &recorder.id().to_string()]).status().unwrap();
    assert!(stopped.success() && recorder.wait().unwrap().success());
    let ended_ms = now_ms();

    let by_the_clock = |off_s: i64| begun_ms + off_s * 1_000 - NEAR_MS..ended_ms + off_s * 1_000 + NEAR_MS;
    let settings = [0].into_iter().chain(STEPS_S);
    let polls = polls(&session);
    for off_s in settings.clone() {
        let by_it: Vec<_> = polls.iter().filter(|at| by_the_clock(off_s).contains(at)).collect();
        assert!(by_it.len() > 1, "{off_s}: {by_it:?} of {polls:?}");
        // One a second: times that were made up to keep an order lie closer.
        assert!(by_it.windows(2).all(|two| two[1] - two[0] > 300), "{off_s}: {by_it:?}");
    }
    let is_told = |at: &i64| settings.clone().any(|off_s| by_the_clock(off_s).contains(at));
    assert!(polls.iter().all(is_told), "times that no clock said: {polls:?}");
    let told = numbers(&session, "select count(*) from anomalies where kind = 'clock_stepped'")[0][0];
    assert!(told >= 3, "{told} of three steps are told");
    keeps_its_order(&session);
    clock.set(0);
    succeeded(&ingest(&session, &clock, &fixture("wandb-offline/run-offline-0.19.0.wandb")));
    keeps_its_order(&session);
}
