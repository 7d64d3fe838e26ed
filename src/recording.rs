//! A log that is being recorded to, and its tables, whose state roots are recorded with it.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use annals_log::{Appended, Clock, Event, HotkeySigner, Index, Log, Options, Policy, Reader};
use annals_projections::{ProjectionError, Projections, Projector, ProjectorOptions, View};
use tokio::sync::watch;

use crate::failure::Failure;
use crate::progress::Progress;
use crate::secret_file::warn_of_mode;
use crate::tables;
use crate::terminal::say;

/// State roots are recorded when the log has grown by so many entries, and at the end.
const ENTRIES_BETWEEN_ROOTS: u64 = 100_000;
/// The tables are told of every commit; this bounds what they miss if a word is lost.
const LOOK_EVERY: Duration = Duration::from_secs(1);
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

/// A log, held to write, and its tables, which follow it.
pub(crate) struct Recording {
    pub(crate) log: Log,
    pub(crate) roots: Roots,
    /// The log's own.
    pub(crate) clock: Clock,
}

/// When the state roots of a log are recorded that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RootsAt {
    /// After every so many entries, exactly: the same recordings give the same log, whatever the machine. Recording
    /// waits for the tables then.
    EveryEntries,
    /// About so often, as soon as the tables have come to it: recording never waits for them.
    TheirTime,
}

/// The tables of a log that is written, and when their roots were last recorded.
pub(crate) struct Roots {
    projector: Projector,
    at: RootsAt,
    rooted_at: u64,
}

impl Recording {
    /// Goes on with the log in `data`, signing with the recorder's hotkey if it has one; says so if one of both is
    /// missing.
    pub(crate) fn open(
        data: &Path,
        hotkey: Option<HotkeySigner>,
        clock: ClockGiven,
        roots_at: RootsAt,
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
        Ok(Self::of(log, data, Clock::System, roots_at))
    }

    /// Records to `log`, which lies in `data` and has this clock.
    pub(crate) fn of(log: Log, data: &Path, clock: Clock, roots_at: RootsAt) -> Self {
        let roots = Roots::of(data, &clock, roots_at, log.size().0);
        Self { log, roots, clock }
    }

    /// Records state roots, saves the tables, and ends the session.
    pub(crate) fn close(mut self) -> Result<Appended, Failure> {
        self.roots.record_due(&mut self.log)?;
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
    fn of(data: &Path, clock: &Clock, at: RootsAt, size: u64) -> Self {
        let folder = tables::folder(data);
        let not_kept = move |error: &ProjectionError, folder: &Path| {
            let folder = folder.display();
            say(&format!("the tables could not be kept in {folder}, the next query makes them: {error}"));
        };
        let options = ProjectorOptions {
            folder: Some(folder.clone()),
            look_every: LOOK_EVERY,
            entries_between_roots: (at == RootsAt::TheirTime).then_some(ENTRIES_BETWEEN_ROOTS),
            clock: clock.clone(),
            on_trouble: Box::new(move |error| not_kept(error, &folder)),
        };
        let data = data.to_owned();
        let projector = Projector::start(options, move || {
            let mut reader = Reader::open(&data)?;
            let loaded = Projections::load(&tables::folder(&data), &mut reader);
            // In memory where there can be no folder for them.
            let tables = tables::or_new(loaded, &data).unwrap_or_else(|_| Projections::new(None));
            Ok((reader, tables))
        });
        Self { projector, at, rooted_at: size }
    }

    /// Lets the tables follow what was just appended, and records their roots if it is time.
    pub(crate) fn keep_up(&mut self, log: &mut Log) -> Result<(), Failure> {
        self.projector.look();
        match self.at {
            RootsAt::EveryEntries if log.size().0 < self.rooted_at + ENTRIES_BETWEEN_ROOTS => Ok(()),
            RootsAt::EveryEntries => self.record(log),
            RootsAt::TheirTime => self.record_due(log),
        }
    }

    /// Returns the size that the tables have come to, as it goes on.
    pub(crate) fn reached(&self) -> Arc<AtomicU64> {
        self.projector.reached()
    }

    /// Returns the tables as they follow the log.
    pub(crate) fn views(&self) -> watch::Receiver<Option<View>> {
        self.projector.views()
    }

    fn record_due(&mut self, log: &mut Log) -> Result<(), Failure> {
        if let Some(roots) = self.projector.roots()? {
            log.append(roots)?;
        }
        Ok(())
    }

    fn record(&mut self, log: &mut Log) -> Result<(), Failure> {
        let began = Instant::now();
        self.rooted_at = log.size().0;
        let _shown = Progress::follow("folding", "entries", self.rooted_at, self.projector.reached());
        let roots = self.projector.settle()?;
        if !roots.is_empty() {
            log.append(roots)?;
        }
        tracing::info!(size = self.rooted_at, took = ?began.elapsed(), "the tables have followed the log");
        Ok(())
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
