//! A log that is being recorded to, and its tables, whose state roots are recorded with it.

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use annals_log::{Appended, Clock, Event, HotkeySigner, Index, Log, Options, Policy, Reader};
use annals_projections::{ProjectionError, Projections};

use crate::failure::Failure;
use crate::secret_file::warn_of_mode;
use crate::tables;
use crate::terminal::say;

/// State roots are recorded when the log has grown by so many entries, and at the end.
const ENTRIES_BETWEEN_ROOTS: u64 = 100_000;
/// In entries.
const POLICY_SOURCE: &str = "policy";

/// What every command takes that records on.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct ClockGiven {
    /// Record on though the log's last entry is ahead of this machine's clock: the clock is right, and was wrong then
    ///
    /// The log says so (`clock_stepped`, a row in `anomalies`), and its entries bear the time of that last one until
    /// the clock has passed it. Without it a log that is over ten minutes ahead is refused: mostly it is the clock
    /// that has to be set.
    #[arg(long)]
    clock_is_right: bool,
}

/// A log, held to write, and the state roots that it gets.
pub(crate) struct Recording {
    pub(crate) log: Log,
    pub(crate) roots: Roots,
    /// The log's own.
    pub(crate) clock: Clock,
}

/// The tables of a log that is written, and when their roots were last recorded.
pub(crate) struct Roots {
    data: PathBuf,
    clock: Clock,
    /// Made when first needed.
    tables: Option<Projections>,
    rooted_at: u64,
}

impl Recording {
    /// Goes on with the log in `data`, signing with the recorder's hotkey if it has one; says so if one of both is
    /// missing.
    pub(crate) fn open(
        data: &Path,
        hotkey: Option<HotkeySigner>,
        clock: ClockGiven,
    ) -> Result<Self, Failure> {
        tables::refuse_put_back(data)?;
        let held = hotkey.as_ref().map(|signer| signer.hotkey().clone());
        let options = Options { clock_is_right: clock.clock_is_right, ..options(hotkey) };
        let log = Log::open(data, options).map_err(|error| Failure::opening(error, data))?;
        let key = data.join("keys/ed25519");
        if let Ok(about) = key.metadata() {
            warn_of_mode(&key, &about);
        }
        if let Some(kept) = &log.mended().kept {
            say(&format!(
                "{} bytes of an append that was cut off were cut from the log's end; {} keeps them",
                log.mended().cut_bytes,
                data.join(kept).display()
            ));
        }
        match (&log.opened().hotkey, held) {
            (Some(named), None) => say(&format!(
                "the log's hotkey {named} is not given: what is recorded now lacks its signature. It comes from \
                 --hotkey-file or ANNALS_HOTKEY"
            )),
            (None, Some(held)) => {
                say(&format!(
                    "the log was made without a hotkey, so {held} signs nothing: only `init` takes one"
                ));
            }
            _ => {}
        }
        Ok(Self::of(log, data, Clock::System))
    }

    /// Records to `log`, which lies in `data` and has this clock.
    pub(crate) fn of(log: Log, data: &Path, clock: Clock) -> Self {
        let (data, rooted_at) = (data.to_owned(), log.size().0);
        let roots = Roots { data, clock: clock.clone(), tables: None, rooted_at };
        Self { log, roots, clock }
    }

    /// Records state roots, saves the tables, and ends the session.
    pub(crate) fn close(mut self) -> Result<Appended, Failure> {
        self.roots.record(&mut self.log)?;
        if let Some(standing) = self.log.index().map(Index::standing)
            && let Some(trouble) = &standing.trouble
        {
            let outcome = if standing.given_up { "is not kept" } else { "is made anew from the log" };
            say(&format!("index/ {outcome}: {trouble}"));
        }
        Ok(self.log.close()?)
    }
}

impl Roots {
    /// Records them if it is time.
    pub(crate) fn keep_up(&mut self, log: &mut Log) -> Result<(), Failure> {
        if log.size().0 < self.rooted_at + ENTRIES_BETWEEN_ROOTS { Ok(()) } else { self.record(log) }
    }

    /// The tables are made from the log and can be made again: what goes wrong with their files is said, and the
    /// roots are recorded none the less.
    fn record(&mut self, log: &mut Log) -> Result<(), Failure> {
        let began = Instant::now();
        self.rooted_at = log.size().0;
        let mut reader = Reader::open(&self.data)?;
        let mut tables = match self.tables.take() {
            Some(tables) => tables,
            None => self.resume(&mut reader),
        };
        let resumed_at = tables.position();
        match tables::catch_up(&mut tables, &reader) {
            Err(error @ (ProjectionError::Disk(_) | ProjectionError::TakenBack(_))) => {
                self.say_not_kept(&error);
                tables = Projections::new(None);
                tables::catch_up(&mut tables, &reader)?;
            }
            caught_up => caught_up?,
        }
        let roots = tables.state_events(self.clock.now_ms());
        let is_saved = roots.is_empty() && resumed_at.0 > 0;
        // Before they are saved: a state whose roots the log does not have yet would be nothing to whoever has no key.
        if !roots.is_empty() {
            log.append(roots)?;
        }
        // Others may save at the same time; who holds the log tidies.
        if !is_saved && let Err(error) = tables.save(&tables::folder(&self.data), &reader, true) {
            self.say_not_kept(&error);
        }
        self.tables = Some(tables);
        tracing::info!(size = self.rooted_at, took = ?began.elapsed(), "the tables have followed the log");
        Ok(())
    }

    /// The saved tables, or new ones: in memory where there can be no folder for them.
    fn resume(&self, reader: &mut Reader) -> Projections {
        let loaded = Projections::load(&tables::folder(&self.data), reader);
        tables::or_new(loaded, &self.data).unwrap_or_else(|_| Projections::new(None))
    }

    fn say_not_kept(&self, error: &dyn Error) {
        let folder = tables::folder(&self.data);
        say(&format!(
            "the tables could not be kept in {}, the next query makes them: {error}",
            folder.display()
        ));
    }
}

/// Says where a log stands after a session.
pub(crate) fn write_end(closed: &Appended, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "size    {}", closed.size)?;
    writeln!(out, "root    {}", closed.checkpoint.claim().root.to_base64())
}

/// How this program holds a log.
pub(crate) fn options(hotkey: Option<HotkeySigner>) -> Options {
    let recorder = concat!("annals ", env!("CARGO_PKG_VERSION")).to_owned();
    Options { recorder, hotkey, ..Options::default() }
}

/// The event that lets a policy hold.
pub(crate) fn policy_event(policy: &Policy, clock: &Clock) -> Event {
    Event::new(POLICY_SOURCE, "", clock.now_ms(), policy)
}
