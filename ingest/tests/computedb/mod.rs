//! A validator's database: polled while its owner works, crashes, or never was an honest one.

mod alongside;
mod fixture;
mod odd;
pub(crate) mod owner;
mod polls;

use std::path::PathBuf;

use annals_ingest::sources::ComputeDbFile;
use annals_ingest::{Driver, Outcome, Raw, Taken};
use annals_log::{
    ComputeDbPoll, ComputeDbRow, DbReading, DbTable, DbTableOutcome, Fact as _, Log, SourceMemory,
};

use crate::computedb::owner::Owner;
use crate::scratch::{Found, START_MS, Scratch};

/// A database, its owner, and a recorder that polls it every second.
struct Watched {
    path: PathBuf,
    owner: Owner,
    file: ComputeDbFile,
    log: Log,
    driver: Driver,
    polls: i64,
    /// Last: what lies in its folder is closed before that goes.
    scratch: Scratch,
}

impl Watched {
    fn new() -> Self {
        Self::by(Owner::of)
    }

    fn by(owner: fn(&std::path::Path) -> Owner) -> Self {
        let scratch = Scratch::new();
        let path = scratch.path().join("database.db");
        let file = ComputeDbFile::open(&path, None).unwrap();
        let (owner, log) = (owner(&path), scratch.open());
        Self { scratch, path, owner, file, log, driver: Driver::default(), polls: 0 }
    }

    fn raw(&mut self) -> Raw {
        self.polls += 1;
        self.file.take(START_MS + self.polls * 1000)
    }

    /// Native ids of rows that are told anew, with `-` in front of those that are gone; behind them the outcome of the
    /// poll.
    fn poll(&mut self) -> (Vec<String>, DbReading) {
        let raw = self.raw();
        self.take(&raw)
    }

    fn take(&mut self, raw: &Raw) -> (Vec<String>, DbReading) {
        let before = self.scratch.found().len();
        self.driver.take(raw, &mut self.log, &mut Taken::default()).unwrap();
        let mut found = self.scratch.found().split_off(before);
        let poll: ComputeDbPoll = found.pop().unwrap().fact();
        (found.iter().map(told).collect(), poll.outcome)
    }

    /// The lines of all rows that were told so far.
    fn lines(&self) -> Vec<String> {
        let attached = self.scratch.found().into_iter().flat_map(|event| event.attached);
        attached.map(|line| String::from_utf8(line).unwrap()).collect()
    }

    fn memory(&mut self) -> &SourceMemory {
        self.log.memory("computedb").unwrap()
    }
}

fn told(event: &Found) -> String {
    assert_eq!(event.kind, ComputeDbRow::KIND);
    let is_gone = event.fact::<ComputeDbRow>().is_gone;
    assert_eq!(event.attached.is_empty(), is_gone);
    format!("{}{}", if is_gone { "-" } else { "" }, event.native_id)
}

/// What was found of a table.
fn table<'a>(reading: &'a DbReading, name: &str) -> &'a DbTableOutcome {
    let DbReading::Read(tables) = reading else { panic!("{reading:?}") };
    &tables.iter().find(|table: &&DbTable| table.name == name).unwrap().outcome
}

/// The answers of a fetch, a line each.
fn answers(raw: &Raw) -> Vec<String> {
    let answer = |outcome: &Outcome| match outcome {
        Outcome::Answer(answer) => String::from_utf8(answer.body.clone()).unwrap(),
        Outcome::Failed(reason) => format!("failed: {reason}\n"),
    };
    let all = raw.exchanges.iter().map(|exchange| answer(&exchange.outcome)).collect::<String>();
    all.lines().map(str::to_owned).collect()
}
