//! A log in a folder of its own that is removed at the end, and events of one length to put into it.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use annals_log::{Durability, Event, Indexing, Kind, Log, NewLog, Options};

/// Of every entry that [`events`] make.
pub(crate) const ENTRY_BYTES: usize = 300;
/// What the envelope takes of them.
const ENVELOPE_BYTES: usize = 66;
/// Commits that a bulk import has on their way at once.
const STAGED_MAX: usize = 4;

pub(crate) struct ScratchLog {
    log: Option<Log>,
    root: PathBuf,
    _folder: tempfile::TempDir,
}

impl ScratchLog {
    pub(crate) fn new(durability: Durability) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("log");
        // An index follows when nothing is appended, which here is when the peer has its turn.
        let options = Options { durability, indexing: Indexing::Off, ..Options::default() };
        let log = Log::create(&root, NewLog { netuid: 27, ..NewLog::default() }, options).unwrap();
        Self { log: Some(log), root, _folder: folder }
    }

    /// A log of a million entries in commits of a thousand, closed.
    pub(crate) fn with_a_million() -> Self {
        let mut scratch = Self::new(Durability::Lagged);
        for part in 0..20 {
            scratch.write((0..50).map(|batch| events(part * 50_000 + batch * 1_000, 1_000)).collect());
        }
        scratch.log.take().unwrap().close().unwrap();
        scratch
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The closed log, held again; an index is made for it.
    pub(crate) fn reopen_indexed(&self) -> Log {
        Log::open(&self.root, Options::default()).unwrap()
    }

    /// Appends each batch as one commit, a few on their way at once, and waits for the last.
    pub(crate) fn write(&mut self, batches: Vec<Vec<Event>>) -> Duration {
        let log = self.log.as_mut().unwrap();
        let start = Instant::now();
        let mut staged = VecDeque::new();
        for batch in batches {
            if staged.len() == STAGED_MAX {
                let pending: annals_log::Pending = staged.pop_front().unwrap();
                pending.wait().unwrap();
            }
            staged.push_back(log.stage(batch).unwrap());
        }
        staged.into_iter().for_each(|pending| drop(pending.wait().unwrap()));
        start.elapsed()
    }

    /// Appends each event as a commit of its own and waits for it.
    pub(crate) fn write_single(&mut self, events: Vec<Event>) -> Duration {
        let log = self.log.as_mut().unwrap();
        let start = Instant::now();
        events.into_iter().for_each(|event| drop(log.append(vec![event]).unwrap()));
        start.elapsed()
    }
}

/// Events whose entries have all [`ENTRY_BYTES`].
pub(crate) fn events(first: u64, count: u64) -> Vec<Event> {
    (first..first + count).map(event).collect()
}

fn event(number: u64) -> Event {
    const FETCHED_AT_MS: i64 = 1_767_225_600_000;
    let mut bytes = fastrand::Rng::with_seed(number);
    Event {
        kind: Kind(0x7f01),
        schema: 1,
        source: "bench".into(),
        native_id: format!("event-{number:010}"),
        observed_at_ms: Some(FETCHED_AT_MS - 1),
        fetched_at_ms: FETCHED_AT_MS,
        block: Some(8_000_000),
        body: (ENVELOPE_BYTES..ENTRY_BYTES).map(|_| bytes.u8(..)).collect(),
        attached: Vec::new(),
    }
}
