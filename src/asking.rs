//! A log that is asked: a look at it, its tables, and a session over both.

pub(crate) mod answering;
pub(crate) mod interrupts;
pub(crate) mod sql_text;
pub(crate) mod streamed;
pub(crate) mod told;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use annals_log::{LogIndex, Policy, Reader, SignedCheckpoint};
use annals_queries::{Answer, Argument, Gate, Limits, Moment, QueryError, Session, Standing};
use clap::Args;
use tokio::runtime::Runtime;

use crate::commands::checkpoint::publish;
use crate::failure::Failure;
use crate::policy_file;
use crate::reading;
use crate::settings::Settings;
use crate::tables::Tables;
use crate::terminal::say;
use interrupts::Interrupts;

const MIB: usize = 1 << 20;

/// From where a log is asked.
#[derive(Args)]
pub(crate) struct Standpoint {
    /// Answer as the log stood then: `size:1000`, `time:2026-01-31T12:00:00Z`, or `block:5000000`, right behind that
    /// block
    ///
    /// `fetched:2026-01-31T12:00:00Z` is for a log that was imported: all of it was recorded on the day of the import.
    ///
    /// The answer stands on the checkpoint that was signed there. Inside a commit nobody signed:
    /// `<table>_at('size', n)` in SQL answers there, too. Tables are folded anew if what is saved is past that.
    #[arg(long, value_name = "MOMENT")]
    at: Option<Moment>,
    /// What if: fold the log under the policy in this file instead of its own. Nobody signs what comes of it.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// What sorting, grouping and joining may use, in MiB [default: 512]
    #[arg(long, env = "ANNALS_MEMORY_MIB", value_name = "MIB")]
    memory_mib: Option<usize>,
}

/// How far an answer may go.
#[derive(Clone, Copy, Default)]
pub(crate) struct Bounds {
    /// The most rows; there may be more, which the answer says.
    pub(crate) rows: Option<usize>,
    /// From the question to the last row. Tables that are brought up to date before take what they take.
    pub(crate) time: Option<Duration>,
}

/// A log at the size at which it is asked.
pub(crate) struct Asked {
    data: PathBuf,
    reader: Reader,
    tables: Tables,
    gate: Arc<Gate>,
    session: Session,
    runtime: Runtime,
    /// What has to be said of the moment.
    note: Option<String>,
    /// The policy that the tables are folded under instead of the log's.
    what_if: Option<Policy>,
    /// What stops an answer.
    interrupts: Interrupts,
}

impl Standpoint {
    /// Looks at the log of the settings, brings its tables there, and opens a session.
    pub(crate) fn open(&self, settings: &Settings, bounds: Bounds) -> Result<Asked, Failure> {
        let what_if = self.policy.as_ref().map(|file| Ok::<_, Failure>((&**file, policy_file::read(file)?)));
        Asked::at(settings, self.at, what_if.transpose()?, self.memory_mib, bounds)
    }
}

/// The log at a moment, and what has to be said of that. The tables as they are now know where a block is.
fn look(data: &Path, at: Option<Moment>) -> Result<(Reader, Option<String>), Failure> {
    let Some(at) = at else { return Ok((reading::open(data)?, None)) };
    let (reader, mut tables) = Tables::now(data)?;
    let place = at.place(&reader, &tables.projections.snapshot())?;
    // Inside a commit is refused, so what the note says of that is not needed.
    Ok((reader.back_to(place.size)?, place.note))
}

/// The policy, if it can hold in this log.
fn of_log(file: &Path, policy: Policy, reader: &Reader) -> Result<Policy, Failure> {
    let netuid = reader.opened().netuid;
    if policy.netuid == netuid { Ok(policy) } else { Err(policy_file::other_subnet(file, &policy, netuid)) }
}

impl Asked {
    /// Looks at the log of the settings at a moment, or as it stands, under its own policy or another one, which is in
    /// a file; brings its tables there, and opens a session.
    pub(crate) fn at(
        settings: &Settings,
        at: Option<Moment>,
        what_if: Option<(&Path, Policy)>,
        memory_mib: Option<usize>,
        bounds: Bounds,
    ) -> Result<Self, Failure> {
        let data = &settings.data;
        let policy = what_if.as_ref().map(|(_, policy)| policy.clone());
        let (reader, tables, note) = match (what_if, at) {
            (None, None) => {
                let (reader, tables) = Tables::now(data)?;
                (reader, tables, None)
            }
            (what_if, at) => {
                let (mut reader, note) = look(data, at)?;
                let tables = match what_if {
                    Some((file, policy)) => Tables::apart(&reader, Some(of_log(file, policy, &reader)?))?,
                    None => Tables::of_the_past(data, &mut reader)?,
                };
                (reader, tables, note)
            }
        };
        let memory_mib = memory_mib.or(settings.memory_mib);
        let limits = Limits::default();
        let memory_bytes = memory_mib.map_or(limits.memory_bytes, |mib| mib.saturating_mul(MIB));
        let Bounds { rows, time } = bounds;
        let limits = Limits { memory_bytes, rows, time, ..limits };
        Ok(Self { note, what_if: policy, ..Self::of(data, reader, tables, limits)? })
    }

    /// The log in `data` as it stands.
    pub(crate) fn now(data: &Path) -> Result<Self, Failure> {
        let (reader, tables) = Tables::now(data)?;
        Self::of(data, reader, tables, Limits::default())
    }

    fn of(data: &Path, reader: Reader, mut tables: Tables, limits: Limits) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime without I/O needs memory only");
        let gate = Gate::new(limits);
        let session = Session::open(&reader, Arc::new(tables.projections.snapshot()), &gate)?;
        Ok(Self {
            data: data.to_owned(),
            reader,
            tables,
            gate,
            session,
            runtime,
            note: None,
            what_if: None,
            interrupts: Interrupts::default(),
        })
    }

    /// Answers SQL. Tables whose files are damaged are made again, once.
    pub(crate) fn ask(&mut self, sql: &str) -> Result<Answer, Failure> {
        self.ask_given(sql, &[])
    }

    /// The same, with values for parameters.
    pub(crate) fn ask_given(&mut self, sql: &str, values: &[Argument]) -> Result<Answer, Failure> {
        let mut answer = match self.answer(sql, values) {
            Err(damaged @ QueryError::Tables(_)) => {
                self.mend(&damaged)?;
                self.answer(sql, values)
            }
            answered => answered,
        }?;
        answer.notes.extend(self.note.clone());
        Ok(answer)
    }

    fn answer(&self, sql: &str, values: &[Argument]) -> Result<Answer, QueryError> {
        self.runtime
            .block_on(async { self.session.stream_given(sql, values.to_vec()).await?.collect().await })
    }

    /// Makes the tables again, since files of theirs are damaged, and asks those from now on.
    fn mend(&mut self, damaged: &QueryError) -> Result<(), Failure> {
        say(&format!("{damaged}; the tables are made again from the log"));
        self.tables = self.tables.again(&self.data, &self.reader)?;
        self.open_session()
    }

    fn open_session(&mut self) -> Result<(), Failure> {
        let tables = Arc::new(self.tables.projections.snapshot());
        self.session = Session::open(&self.reader, tables, &self.gate)?;
        Ok(())
    }

    /// From now on a Ctrl-C stops an answer that is streamed, and those after it until it is forgotten.
    pub(crate) fn stop_at(&mut self, interrupts: Interrupts) {
        self.interrupts = interrupts;
    }

    /// Changes the most rows of an answer; the log and its tables stay at their size.
    pub(crate) fn limit_rows(&mut self, rows: Option<usize>) -> Result<(), Failure> {
        let limits = Limits { rows, ..*self.gate.limits() };
        if limits == *self.gate.limits() {
            return Ok(());
        }
        self.gate = Gate::new(limits);
        self.open_session()
    }

    /// The place in the log that every answer stands on.
    pub(crate) fn standing(&self) -> &Standing {
        self.session.standing()
    }

    /// What every answer stands on.
    pub(crate) fn checkpoint(&self) -> &SignedCheckpoint {
        self.reader.checkpoint()
    }

    /// The entry that set the policy in force, if an entry did.
    pub(crate) fn policy_index(&self) -> Option<LogIndex> {
        let tables = &self.tables.projections;
        Some(tables.policy_index()).filter(|index| !tables.is_what_if() && *index != LogIndex(0))
    }

    /// Before a checkpoint is shown: the log keeps what it gives out.
    pub(crate) fn publish(&self) -> Result<(), Failure> {
        publish(&self.reader).map(drop)
    }
}
