//! A log in a folder of its own that is removed at the end, tables made by hand, and answers as texts.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use annals_log::{
    Clock, Event, Evidence, FixtureIdentity, ListedRun, Log, LogId, NewLog, Options, PollOutcome, PollScope,
    Reader, SegmentSize, TreeSize, WandbHistoryRow, WandbPoll,
};
use annals_projections::{
    Cell, CellType, ClosedRows, Column, Projections, Snapshot, TableSchema, TableSnapshot,
};
use annals_queries::{Answer, Gate, Limits, QueryError, Session};
use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, UInt64Array};
use datafusion::arrow::util::display::array_value_to_string;

/// When the fixture's clock starts: 2026-01-01 00:00 UTC.
pub(crate) const START_MS: i64 = 1_767_225_600_000;
/// So much later is every further commit recorded.
pub(crate) const STEP_MS: i64 = 60_000;

pub(crate) struct Scratch {
    folder: Arc<tempfile::TempDir>,
    clock: Arc<AtomicI64>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { folder: Arc::new(tempfile::tempdir().unwrap()), clock: Arc::new(AtomicI64::new(START_MS)) }
    }

    /// The log after each of `commits`, a minute apart; closed, so it ends with `recorder_stopped`.
    pub(crate) fn with(commits: Vec<Vec<Event>>) -> Self {
        let scratch = Self::new();
        let mut log = scratch.create();
        for commit in commits {
            scratch.tick();
            log.append(commit).unwrap();
        }
        scratch.tick();
        log.close().unwrap();
        scratch
    }

    pub(crate) fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("log")
    }

    pub(crate) fn create(&self) -> Log {
        let fixture = Some(FixtureIdentity { log_id: LogId(*b"annals-fixture-1"), seed: [27; 32] });
        Log::create(&self.root(), NewLog { netuid: 27, fixture, ..NewLog::default() }, self.options())
            .unwrap()
    }

    pub(crate) fn options(&self) -> Options {
        Options {
            segment_size: SegmentSize::Bytes(16 << 10),
            recorder: "annals test".into(),
            clock: Clock::Fixed(Arc::clone(&self.clock)),
            ..Options::default()
        }
    }

    pub(crate) fn tick(&self) {
        self.clock.fetch_add(STEP_MS, Ordering::Relaxed);
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(&self.root()).unwrap()
    }

    pub(crate) fn session(&self) -> Opened {
        self.session_with(Vec::new(), Limits::default())
    }

    pub(crate) fn session_with(&self, snapshots: Vec<TableSnapshot>, limits: Limits) -> Opened {
        self.session_of(&Gate::new(limits), snapshots)
    }

    pub(crate) fn session_of(&self, gate: &Arc<Gate>, snapshots: Vec<TableSnapshot>) -> Opened {
        let reader = self.reader();
        let tables = Snapshot { tables: snapshots, ..folded(&reader) };
        let session = Session::open(&reader, Arc::new(tables), gate).unwrap();
        Opened { session, _folder: Arc::clone(&self.folder) }
    }
}

/// What a fold knows of a log.
pub(crate) fn folded(reader: &Reader) -> Snapshot {
    let mut tables = Projections::new(None);
    tables.catch_up(reader, reader.size(), |_| ()).unwrap();
    tables.snapshot()
}

/// A session that keeps its log's folder.
pub(crate) struct Opened {
    session: Session,
    _folder: Arc<tempfile::TempDir>,
}

impl std::ops::Deref for Opened {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

/// Waits for what a server would wait for.
pub(crate) fn in_runtime<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let outcome = runtime.block_on(work);
    runtime.shutdown_background();
    outcome
}

/// Runs a query to its end.
pub(crate) fn ask(session: &Session, sql: &str) -> Result<Answer, QueryError> {
    in_runtime(session.query(sql))
}

/// The rows of an answer: cells joined by a bar, null as nothing.
pub(crate) fn rows(session: &Session, sql: &str) -> Vec<String> {
    shown(&ask(session, sql).unwrap_or_else(|error| panic!("{sql}: {error}")))
}

pub(crate) fn shown(answer: &Answer) -> Vec<String> {
    let row = |batch: &RecordBatch, row: usize| {
        let cells = batch.columns().iter().map(|column| array_value_to_string(column, row).unwrap());
        cells.collect::<Vec<_>>().join("|")
    };
    answer.batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |at| row(batch, at))).collect()
}

pub(crate) fn refusal(session: &Session, sql: &str) -> String {
    match ask(session, sql) {
        Ok(answer) => panic!("{sql} was answered: {:?}", shown(&answer)),
        Err(error) => error.to_string(),
    }
}

/// The physical plan of a query.
pub(crate) fn plan(session: &Session, sql: &str) -> String {
    rows(session, &format!("EXPLAIN {sql}")).into_iter().find(|row| row.starts_with("physical_plan")).unwrap()
}

pub(crate) fn poll(scope: PollScope, outcome: PollOutcome) -> Event {
    let complete = outcome == PollOutcome::Complete;
    let fact = WandbPoll {
        scope,
        asked: r#"{"project":"x"}"#.into(),
        started_at_ms: START_MS + 1,
        finished_at_ms: START_MS + 2,
        pages: 3,
        outcome,
        missing: vec!["gone".into()],
        unreadable: Vec::new(),
    };
    let mut event = Event::new("wandb", "", START_MS, &fact);
    let listed = ListedRun { run_id: "a".into(), heartbeat_at: None, state: "running".into() };
    let list: &[_] = if complete { &[listed.clone(), listed] } else { &[] };
    let answer = (!complete).then(|| b"<html>".to_vec().into());
    event.attached = std::iter::once(ListedRun::encode_list(list).into()).chain(answer).collect();
    event
}

pub(crate) fn history_row(run: &str, step: u64, row: &str) -> Event {
    let fact = WandbHistoryRow { step: Some(step), evidence: Evidence::Answer };
    let mut event = Event::new("wandb", run, START_MS, &fact);
    event.attached = vec![row.as_bytes().to_vec().into()];
    event
}

const TEXT: CellType = CellType::Text;

/// Keeps its past.
pub(crate) static HOTKEYS: TableSchema = TableSchema {
    name: "penalized_hotkeys",
    about: "Hotkeys that a run lists.",
    version: 3,
    columns: &[
        Column::of("run_id", TEXT),
        Column::nullable("hotkey", TEXT),
        Column::nullable("validator", TEXT),
        Column::of("counts", CellType::Bool),
    ],
    ending: &[],
    key_columns: 1,
    origin_columns: 0,
    keeps_history: true,
    follows_chain_alone: false,
    evidence: &[],
};

/// Has one column more.
pub(crate) static CHECKLIST: TableSchema = TableSchema {
    name: "penalized_checklist",
    about: "Hotkeys that a checklist lists.",
    version: 1,
    columns: &[
        Column::of("run_id", TEXT),
        Column::nullable("hotkey", TEXT),
        Column::nullable("validator", TEXT),
        Column::of("counts", CellType::Bool),
        Column::of("in_fixed_run", CellType::Bool),
    ],
    ending: &[],
    key_columns: 1,
    origin_columns: 0,
    keeps_history: false,
    follows_chain_alone: false,
    evidence: &[],
};

/// Run, hotkey, counts, log index, from, to.
pub(crate) type ListRow = (&'static str, &'static str, bool, u64, u64, Option<u64>);

/// Rows of one of the two tables; in the second, rows that count are not in the fixed run.
pub(crate) fn list_batch(schema: &'static TableSchema, rows: &[ListRow]) -> RecordBatch {
    let texts = |of: fn(&ListRow) -> &'static str| {
        Arc::new(StringArray::from_iter_values(rows.iter().map(of))) as ArrayRef
    };
    let numbers =
        |of: fn(&ListRow) -> Option<u64>| Arc::new(rows.iter().map(of).collect::<UInt64Array>()) as ArrayRef;
    let counts = Arc::new(rows.iter().map(|row| Some(row.2)).collect::<BooleanArray>()) as ArrayRef;
    let fixed = Arc::new(rows.iter().map(|row| Some(!row.2)).collect::<BooleanArray>()) as ArrayRef;
    let mut columns = vec![texts(|row| row.0), texts(|row| row.1), texts(|_| "5Validator"), counts];
    columns.extend((schema.columns.len() == 5).then_some(fixed));
    columns.extend([numbers(|row| Some(row.3)), numbers(|row| Some(row.4)), numbers(|row| row.5)]);
    RecordBatch::try_new(schema.arrow(), columns).unwrap()
}

/// At size 6: run a was listed from 2 on, with another hotkey from 4 on; b from 3 to 5; c from 5 on.
pub(crate) fn hotkeys() -> TableSnapshot {
    let closed = [("a", "5Old", true, 1, 2, 4), ("b", "5Gone", true, 2, 3, 5)];
    let cells = |(run, hotkey, counts, index, from, to): (&str, &str, bool, u64, u64, u64)| {
        vec![
            run.into(),
            hotkey.into(),
            "5Validator".into(),
            Cell::Bool(counts),
            index.into(),
            from.into(),
            to.into(),
        ]
    };
    let closed = ClosedRows::in_memory(&closed.map(cells));
    let open = list_batch(&HOTKEYS, &[("a", "5New", true, 3, 4, None), ("c", "5Late", false, 4, 5, None)]);
    TableSnapshot { schema: &HOTKEYS, open, closed }
}

pub(crate) fn checklist() -> TableSnapshot {
    let open =
        list_batch(&CHECKLIST, &[("a", "5Zero", true, 3, 4, None), ("f", "5Fixed", false, 4, 5, None)]);
    TableSnapshot { schema: &CHECKLIST, open, closed: ClosedRows::default() }
}

pub(crate) fn size_of(session: &Session) -> TreeSize {
    session.standing().size
}
