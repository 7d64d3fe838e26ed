//! A log in a folder of its own, and what sources have recorded in it.

use annals_ingest::{Driver, Raw, Taken};
use annals_log::{
    Body, Clock, Envelope, FixtureIdentity, Kind, Log, LogId, LogIndex, NewLog, Options, Reader,
};

/// 2026-01-01.
pub(crate) const START_MS: i64 = 1_767_225_600_000;

pub(crate) struct Scratch {
    folder: tempfile::TempDir,
}

/// An entry without what differs from session to session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) native_id: String,
    pub(crate) observed_at_ms: Option<i64>,
    pub(crate) body: Vec<u8>,
    pub(crate) attached: Vec<Vec<u8>>,
}

impl Scratch {
    pub(crate) fn of_subnet(netuid: u16) -> Self {
        Self::of_chain(netuid, None)
    }

    /// The same of a chain, by the hash of its block 0.
    pub(crate) fn of_chain(netuid: u16, genesis: Option<&str>) -> Self {
        let scratch = Self { folder: tempfile::tempdir().unwrap() };
        let fixture = Some(FixtureIdentity { log_id: LogId(*b"annals-fixture-2"), seed: [27; 32] });
        let new = NewLog { netuid, genesis: genesis.map(str::to_owned), fixture, ..NewLog::default() };
        Log::create(&scratch.root(), new, options()).unwrap().close().unwrap();
        scratch
    }

    fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("log")
    }

    pub(crate) fn open(&self) -> Log {
        Log::open(&self.root(), options()).unwrap()
    }

    /// Records `raws` as one session of the recorder.
    pub(crate) fn take(&self, raws: &[Raw]) -> Taken {
        let (mut log, mut driver, mut taken) = (self.open(), Driver::default(), Taken::default());
        for raw in raws {
            driver.take(raw, &mut log, &mut taken).unwrap();
        }
        log.close().unwrap();
        taken
    }

    /// Returns why `raw` is not recorded.
    pub(crate) fn refused(&self, raw: &Raw) -> String {
        let mut log = self.open();
        let refused = Driver::default().take(raw, &mut log, &mut Taken::default());
        log.close().unwrap();
        refused.unwrap_err().to_string()
    }

    /// Returns what the sources have told: no entry that the log says of itself.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let mut reader = Reader::open(&self.root()).unwrap();
        let all: Vec<_> = (0..reader.size().0).map(LogIndex).collect();
        all.into_iter().filter_map(|index| Entry::at(&mut reader, index)).collect()
    }
}

impl Entry {
    fn at(reader: &mut Reader, index: LogIndex) -> Option<Self> {
        let entry = reader.entry(index).unwrap();
        let envelope = Envelope::decode(&entry).unwrap();
        let mut fetch = |payload| reader.payload(index, payload).unwrap();
        let body = match envelope.body {
            Body::Inline(body) => body.to_vec(),
            Body::Detached(payload) => fetch(payload),
        };
        (envelope.source != "log").then(|| Self {
            kind: envelope.kind,
            native_id: envelope.native_id.to_owned(),
            observed_at_ms: envelope.observed_at_ms,
            body,
            attached: envelope.attached.iter().map(|payload| fetch(*payload)).collect(),
        })
    }
}

fn options() -> Options {
    Options { recorder: "annals test".into(), clock: Clock::fixed(START_MS), ..Options::default() }
}
