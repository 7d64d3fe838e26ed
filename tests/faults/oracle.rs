//! What the program may say of a damaged log: what it says of the undamaged one, or, with another exit code than 0,
//! where the trouble is. What it made of the damage is gone when the damage is.

use std::process::Output;
use std::time::Duration;

use super::attacker::{Files, end_of, lay_out, newest, segments};
use super::evidence::{evidence, stops_the_recorder, without_blobs};
use super::world::{files_of, session_with};
use crate::program::{Session, fixture};

/// What an error has to name one of.
const PLACES: [&str; 8] =
    ["segments", "watermark", "published", "keys/", "tables", "index", "LOCK", "entry "];
/// No command takes a hundredth of it.
const HANGS_AFTER: Duration = Duration::from_secs(300);

/// What is asked, with `SIZE` for the log's size and `MIDDLE` for an index in it.
const QUESTIONS: &[&[&str]] = &[
    &["query", "select count(*), count(distinct log_index), max(log_index), min(recorded_at) from events"],
    &["query", "select * from stats order by uid"],
    &["query", "select * from wandb_runs order by run_id, created_at"],
    &[
        "query",
        "select count(*), count(distinct run_id), max(valid_to), min(log_index) from wandb_runs_history",
    ],
    &["query", "select * from stats_votes_history order by uid, validator, valid_from limit 200"],
    &["query", "select * from computedb_pog_stats", "--with-checkpoint"],
    &["query", "select uid, hotkey, score from stats_at('size', SIZE) order by uid"],
    &["query", "select log_index, kind, native_id, body from events where log_index between MIDDLE and SIZE"],
    &["query", "select * from anomalies"],
    &["query", "select * from coverage"],
    &["explain", "stats", "--uid", "UID"],
    &["raw", "RAW"],
    &["prove", "MIDDLE"],
    &["prove", "3"],
    &["checkpoint"],
];
/// Asked of each damaged log; the first is always among them.
const ASKED: usize = 4;

pub(crate) struct Oracle {
    files: Files,
    /// Questions and their answers.
    answers: Vec<(Vec<String>, Vec<u8>)>,
    /// Asked at the size that the log had before it was recorded on.
    then: (Vec<String>, Vec<u8>),
}

/// What else is done to the folder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ways {
    /// The saved tables are gone, which is lawful: they are made again, from the damaged log.
    pub(crate) without_tables: bool,
    /// So is the key: the folder is somebody else's.
    pub(crate) without_key: bool,
}

#[derive(Default)]
pub(crate) struct Verdict {
    pub(crate) lies: Vec<String>,
    pub(crate) told: bool,
}

fn run(session: &Session, arguments: &[String]) -> Output {
    session.command().args(arguments).timeout(HANGS_AFTER).output().unwrap()
}

fn words(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|&word| word.to_owned()).collect()
}

impl Oracle {
    pub(crate) fn of(files: &Files) -> Self {
        let session = session_with(files);
        let asked = |sql: &str| {
            let answer = session.annals(&["query", "--output", "csv", sql]).success();
            crate::program::out(&answer).lines().last().unwrap().to_owned()
        };
        let values = [
            ("SIZE", asked("select count(*) from events")),
            ("MIDDLE", asked("select count(*) / 2 from events")),
            ("UID", asked("select min(uid) from stats")),
            ("RAW", asked("select min(log_index) from events where kind = 'wandb_run'")),
        ];
        let questions = QUESTIONS.iter().map(|question| {
            let filled = question.iter().map(|word| {
                values.iter().fold((*word).to_owned(), |word, (name, value)| word.replace(name, value))
            });
            filled.collect::<Vec<_>>()
        });
        let answered = |question: Vec<String>| {
            let output = run(&session, &question);
            assert!(output.status.success(), "{question:?}: {}", String::from_utf8_lossy(&output.stderr));
            (question, output.stdout)
        };
        let answers = questions.map(answered).collect();
        let at = format!("size:{}", values[0].1);
        let then = answered(words(&["query", "select * from stats order by uid", "--at", &at]));
        Self { files: files.clone(), answers, then }
    }

    /// Verifies the damaged log, asks some questions, and then records on, or asks again after a repair.
    pub(crate) fn judge(&self, damaged: &Files, ways: Ways, rng: &mut fastrand::Rng) -> Verdict {
        let mut verdict = Verdict::default();
        let laid = ways.of(damaged);
        let session = session_with(&laid);
        // Signatures before the last one are seen by nothing else.
        verdict.verified(&run(&session, &words(&["verify", "--signatures"])), &self.files, &laid);
        let mut asked: Vec<_> = (1..self.answers.len()).collect();
        rng.shuffle(&mut asked);
        asked.truncate(ASKED - 1);
        asked.push(0);
        for &question in &asked {
            verdict.answered(&self.answers[question], &run(&session, &self.answers[question].0));
        }
        // A trial takes seconds; the next one of this kind does the other.
        if ways.without_key || rng.bool() {
            self.repaired(&session, &laid, &asked, &mut verdict);
        } else {
            self.record_on(&laid, &mut verdict);
        }
        verdict
    }

    /// The files of the log come back from a backup; what was made of the damaged ones stays.
    fn repaired(&self, session: &Session, damaged: &Files, asked: &[usize], verdict: &mut Verdict) {
        let mut files = files_of(session);
        let is_evidence = |name: &&String| !name.starts_with("tables/");
        for name in damaged.keys().filter(is_evidence).filter(|name| !self.files.contains_key(*name)) {
            files.remove(name);
        }
        let evidence = self.files.iter().filter(|(name, _)| is_evidence(name));
        files.extend(evidence.map(|(name, bytes)| (name.clone(), bytes.clone())));
        lay_out(&files, &session.data());
        // Tables of a later size that the log's key attests say that this backup is an older state: whoever means it
        // takes them away.
        let first = run(session, &self.answers[0].0);
        if String::from_utf8_lossy(&first.stderr)
            .contains("an older state was put back. If that was meant to be")
        {
            std::fs::remove_dir_all(session.data().join("tables")).unwrap();
        }
        for &question in asked {
            let (arguments, answer) = &self.answers[question];
            let output = run(session, arguments);
            if !output.status.success() || output.stdout != *answer {
                verdict.lies.push(format!("after the repair {arguments:?} is {}", shown(&output)));
            }
        }
        let recorded = run(session, &words(&["ingest", &next_input()]));
        let verified = verified_again(session);
        if !recorded.status.success() || !verified.status.success() {
            verdict.lies.push(format!(
                "after the repair ingest is {}, verify {}",
                shown(&recorded),
                shown(&verified)
            ));
        }
    }

    /// What does not stop the recorder is no damage, and what stops it is as it was.
    fn record_on(&self, damaged: &Files, verdict: &mut Verdict) {
        let session = session_with(damaged);
        let recorded = run(&session, &words(&["ingest", &next_input()]));
        verdict.unbroken("ingest", &recorded);
        if recorded.status.success() {
            let (then, now) = (older_segments(&self.files), older_segments(damaged));
            if let Some(what) = stops_the_recorder(&self.files, damaged) {
                verdict.lies.push(format!("the recorder went on, and {what}"));
            } else if then != now {
                verdict
                    .lies
                    .push("the recorder went on, and an older segment says something else".to_owned());
            }
            verdict.answered(&self.then, &run(&session, &self.then.0));
            // A payload is hashed when it is read, and only verifying reads them all.
            let verified = verified_again(&session);
            if !verified.status.success() && !only_payloads_differ(&self.files, damaged) {
                verdict.lies.push(format!("recorded on, verify is {}", shown(&verified)));
            }
        } else {
            verdict.named("ingest", &recorded);
            if let Some(name) = changed(damaged, &files_of(&session)) {
                verdict.lies.push(format!("refused, and {name} was changed: {}", shown(&recorded)));
            }
        }
    }
}

/// Says what `verify` does. A damaged file of rows that stood is told until the tables are made again.
fn verified_again(session: &Session) -> Output {
    let verified = run(session, &words(&["verify"]));
    if String::from_utf8_lossy(&verified.stderr).contains("the tables are not what was recorded of them") {
        session.annals(&["rebuild"]).success();
        return run(session, &words(&["verify"]));
    }
    verified
}

/// A file that the log has not told of.
fn next_input() -> String {
    fixture("wandb-offline/run-offline-0.31.0.wandb")
}

/// A file that a recorder which was refused changed. It may have come as far as its first entries: then the log has
/// grown, and what was there is as it was. `LOCK` says who tried, and tables are derived.
fn changed(before: &Files, after: &Files) -> Option<String> {
    let is_kept = |name: &str, bytes: &[u8]| {
        let now = after.get(name).map_or(&[][..], Vec::as_slice);
        match name {
            "LOCK" => true,
            "watermark" => newest(now).map(|mark| mark.size) >= newest(bytes).map(|mark| mark.size),
            _ if name.starts_with("segments/") => now.starts_with(&bytes[..end_of(bytes).min(bytes.len())]),
            _ => now == bytes || name.starts_with("tables/"),
        }
    };
    before.iter().find(|(name, bytes)| !is_kept(name, bytes)).map(|(name, _)| name.clone())
}

/// What older segments say, but for payloads and for signatures.
fn older_segments(files: &Files) -> Vec<Vec<Vec<u8>>> {
    let mut names = segments(files);
    names.pop();
    names.iter().map(|name| without_blobs(&files[name], usize::MAX)).collect()
}

fn only_payloads_differ(truth: &Files, damaged: &Files) -> bool {
    let names = segments(truth);
    names == segments(damaged)
        && names
            .iter()
            .all(|name| without_blobs(&truth[name], usize::MAX) == without_blobs(&damaged[name], usize::MAX))
}

impl Ways {
    fn of(self, files: &Files) -> Files {
        let mut files = files.clone();
        if self.without_tables {
            files.retain(|name, _| !name.starts_with("tables/"));
        }
        if self.without_key {
            files.remove("keys/ed25519");
        }
        files
    }
}

impl Verdict {
    fn verified(&mut self, output: &Output, truth: &Files, damaged: &Files) {
        self.unbroken("verify", output);
        if output.status.success() {
            if evidence(truth, damaged) != evidence(truth, truth) {
                self.lies.push("verify says sound, and the evidence is another".to_owned());
            }
        } else {
            self.named("verify", output);
        }
    }

    fn answered(&mut self, (question, answer): &(Vec<String>, Vec<u8>), output: &Output) {
        self.unbroken(&question.join(" "), output);
        // The answer of a part that says so: what a crash left behind the watermark, or an older one, looks the same.
        let says_so = String::from_utf8_lossy(&output.stderr).contains("beyond its watermark");
        if !output.status.success() || output.stdout != *answer && says_so {
            self.named(&question.join(" "), output);
        } else if output.stdout != *answer {
            self.lies.push(format!("{question:?} has another answer, and exit code 0"));
        }
    }

    /// No panic, caught or not, and no signal.
    fn unbroken(&mut self, what: &str, output: &Output) {
        let told = String::from_utf8_lossy(&output.stderr);
        if output.status.code().is_none_or(|code| code > 4) || told.contains("panicked") {
            self.lies.push(format!("{what} breaks: {}", shown(output)));
        }
    }

    fn named(&mut self, what: &str, output: &Output) {
        self.told = true;
        // `verify` prints its faults where it prints what it read.
        let told = [&output.stderr[..], &output.stdout].concat();
        let told = String::from_utf8_lossy(&told);
        if !PLACES.iter().any(|place| told.contains(place)) {
            self.lies.push(format!("{what} names no place: {}", shown(output)));
        }
    }
}

fn shown(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let told: Vec<_> = stderr.lines().filter(|line| !line.contains("fixture:")).collect();
    let told: String = told.join(" | ").chars().take(300).collect();
    format!("{:?} {told}", output.status.code())
}
