//! What the tests share: a log in a folder of its own, events of W&B, and rows as texts.

use std::path::PathBuf;

use annals_log::json::{Object, Value};
use annals_log::{
    Clock, Event, Evidence, FilePlace, FixtureIdentity, Hash, ListedRun, Log, LogId, NewLog, Options, Policy,
    PollOutcome, PollScope, Reader, RunIdSignature, TreeSize, Validators, WandbPoll, WandbRun, WandbRunGone,
};
use annals_projections::{Projections, TableSnapshot};
use arrow_array::{Array as _, RecordBatch};

/// 2026-01-01.
pub(crate) const START_MS: i64 = 1_767_225_600_000;

pub(crate) const VALIDATOR: &str = "5EkcQyFUzgm2xzHLP14zAfBRxKiuy3mAsUVbZseq5jZpQmnF";
pub(crate) const STRANGER: &str = "5DqSUwMFTCsJriFujAouaFH7ASmevZi42sjf4X63MXc1qKLq";
pub(crate) const ASKED: &str = r#"{"project":"opencompute","order":"+created_at"}"#;

pub(crate) struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    /// A log whose first policy declares [`VALIDATOR`].
    pub(crate) fn new() -> Self {
        let scratch = Self::without_policy(*b"annals-fixture-3");
        scratch.append(vec![set_policy(&policy())]);
        scratch
    }

    pub(crate) fn without_policy(log_id: [u8; 16]) -> Self {
        let scratch = Self { folder: tempfile::tempdir().unwrap() };
        let fixture = Some(FixtureIdentity { log_id: LogId(log_id), seed: [27; 32] });
        let new = NewLog { netuid: 27, fixture, ..NewLog::default() };
        Log::create(&scratch.root(), new, options()).unwrap().close().unwrap();
        scratch
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    pub(crate) fn tables(&self) -> PathBuf {
        self.folder.path().join("tables")
    }

    /// One commit, in a session of its own. Gives the size behind it.
    pub(crate) fn append(&self, events: Vec<Event>) -> TreeSize {
        let mut log = Log::open(&self.root(), options()).unwrap();
        log.append(events).unwrap().size
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(&self.root()).unwrap()
    }

    /// The tables at the end of the log.
    pub(crate) fn projections(&self) -> Projections {
        self.projections_at(self.reader().size())
    }

    pub(crate) fn projections_at(&self, size: TreeSize) -> Projections {
        let mut projections = Projections::new(None);
        projections.catch_up(&self.reader(), size, |_| ()).unwrap();
        assert_eq!(projections.position(), size);
        projections
    }

    /// Rows that stand at the end of the log, the named columns alone.
    pub(crate) fn rows(&self, table: &str, columns: &[&str]) -> Vec<String> {
        let snapshot = snapshot(&mut self.projections(), table);
        let places: Vec<_> =
            columns.iter().map(|column| snapshot.open.schema().index_of(column).unwrap()).collect();
        rows_of(&snapshot.open.project(&places).unwrap())
    }
}

pub(crate) fn options() -> Options {
    Options { recorder: "annals test".into(), clock: Clock::fixed(START_MS), ..Options::default() }
}

pub(crate) fn snapshot(projections: &mut Projections, table: &str) -> TableSnapshot {
    projections.snapshot().tables.into_iter().find(|snapshot| snapshot.schema.name == table).unwrap()
}

/// Each row as its values, `-` for null, with commas between.
pub(crate) fn rows_of(batch: &RecordBatch) -> Vec<String> {
    let cell = |column: usize, row: usize| {
        let column = batch.column(column);
        if column.is_null(row) { "-".to_owned() } else { format!("{:?}", column.slice(row, 1)) }
    };
    // Arrow prints an array as its type and a line for each value.
    let value = |printed: String| match printed.lines().nth(2) {
        Some(line) => line.trim().trim_end_matches(',').trim_matches('"').to_owned(),
        None => printed,
    };
    let row =
        |row| (0..batch.num_columns()).map(|column| value(cell(column, row))).collect::<Vec<_>>().join(",");
    (0..batch.num_rows()).map(row).collect()
}

pub(crate) fn policy() -> Policy {
    let validators = Validators::Declared(vec![VALIDATOR.into()]);
    Policy { validators, checklist_hotkey: VALIDATOR.into(), ..Policy::of_upstream(27) }
}

pub(crate) fn set_policy(policy: &Policy) -> Event {
    Event::new("policy", "", START_MS, policy)
}

/// A run, as a poll would see it.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) created_at: String,
    pub(crate) state: String,
    pub(crate) signature: RunIdSignature,
    /// The config as upstream sees it.
    pub(crate) config: String,
}

impl Run {
    /// A signed run of [`VALIDATOR`], with these keys beside those that upstream filters by.
    pub(crate) fn of_validator(id: &str, keys: &str) -> Self {
        Self::of(id, "validator", VALIDATOR, keys)
    }

    pub(crate) fn of(id: &str, role: &str, hotkey: &str, keys: &str) -> Self {
        let comma = if keys.is_empty() { "" } else { "," };
        Self {
            id: id.into(),
            created_at: "2025-06-02T08:36:23Z".into(),
            state: "running".into(),
            signature: RunIdSignature::Valid,
            config: format!(
                r#"{{"role":"{role}","hotkey":"{hotkey}","config":{{"netuid":27}}{comma}{keys}}}"#
            ),
        }
    }

    /// The event of a poll that saw it.
    pub(crate) fn seen(&self) -> Event {
        self.event(Evidence::Answer)
    }

    /// The event of a poll that found it gone.
    pub(crate) fn gone(&self) -> Event {
        let gone = WandbRunGone { unseen_since_ms: START_MS };
        let answer = br#"{"data":{"project":{"run":null}}}"#.to_vec();
        Event { attached: vec![answer.into()], ..Event::new("wandb", &self.id, START_MS, &gone) }
    }

    /// The event of a file that a client wrote.
    pub(crate) fn in_file(&self) -> Event {
        let place = FilePlace { file_sha256: [1; 32], record: 1, chain_sha256: [2; 32] };
        self.event(Evidence::File(place))
    }

    fn event(&self, evidence: Evidence) -> Event {
        let text = |text: &str| Value::Text(text.into());
        let node: Object = [
            ("name", text(&self.id)),
            ("state", text(&self.state)),
            ("createdAt", text(&self.created_at)),
            ("config", text(&self.config)),
        ]
        .into_iter()
        .map(|(key, value)| (key.into(), value))
        .collect();
        let told = WandbRun {
            display_name: None,
            state: self.state.clone(),
            created_at: self.created_at.clone(),
            heartbeat_at: None,
            config_sha256: Some(Hash::of(self.config.as_bytes()).0),
            signature: self.signature,
            evidence,
        };
        let attached = match evidence {
            Evidence::Answer => vec![node.to_json().into_bytes().into()],
            Evidence::File(_) => vec![b"record".to_vec().into(), self.config.clone().into_bytes().into()],
        };
        let source = if matches!(evidence, Evidence::Answer) { "wandb" } else { "wandb_offline" };
        Event { attached, ..Event::new(source, &self.id, START_MS, &told) }
    }

    pub(crate) fn listed(&self) -> ListedRun {
        ListedRun { run_id: self.id.clone(), heartbeat_at: None, state: self.state.clone() }
    }
}

/// A poll, to be changed where it is not a complete sweep.
pub(crate) fn sweep() -> WandbPoll {
    WandbPoll {
        scope: PollScope::Sweep,
        asked: ASKED.into(),
        started_at_ms: START_MS,
        finished_at_ms: START_MS,
        pages: 1,
        outcome: PollOutcome::Complete,
        missing: Vec::new(),
        unreadable: Vec::new(),
    }
}

pub(crate) fn failed() -> WandbPoll {
    WandbPoll { outcome: PollOutcome::Failed("connection reset".into()), ..sweep() }
}

/// The event that closes a poll which listed these.
pub(crate) fn closing(poll: &WandbPoll, listed: &[&Run]) -> Event {
    let list: Vec<_> = listed.iter().map(|run| run.listed()).collect();
    let attached = vec![ListedRun::encode_list(&list).into()];
    Event { attached, ..Event::new("wandb", "", START_MS, poll) }
}

/// A poll that saw all of these as new.
pub(crate) fn poll(runs: &[&Run]) -> Vec<Event> {
    let seen = runs.iter().map(|run| run.seen());
    seen.chain([closing(&sweep(), runs)]).collect()
}
