//! `annals fixture record`: what W&B answers, as a cassette that may be passed on.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use annals_ingest::{Driver, Supervisor, Until};
use annals_log::{Clock, Log, NewLog, Policy};

use crate::failure::Failure;
use crate::feeds::WandbArgs;
use crate::following::Following;
use crate::kept_answers::{KeptAnswers, Passing};
use crate::logging::LoggingGiven;
use crate::recording::{Recording, RootsAt, options};
use crate::settings::Settings;
use crate::stopping::stopped;
use crate::terminal;

/// Record what W&B answers into a cassette
///
/// Users' names, e-mail addresses and whatever is called a key, a token, a password are left out of it: read it none
/// the less before you pass it on. No log is needed, and none is written. A cassette in a folder with policy.toml is
/// a scenario, see `annals fixture`, and `annals fixture serve-wandb` serves it. Stop with Ctrl-C: what was recorded
/// is whole.
#[derive(clap::Args)]
#[command(after_help = "\
As:
  annals fixture record day.cassette.zst --polls 120       an hour at the default of one every 30 seconds
  annals fixture record now.cassette.zst --wandb-filters '{\"display_name\": \"validator-5F...\"}'")]
pub(crate) struct Record {
    /// The cassette, which must not exist; compressed if its name ends in .zst
    #[arg(value_name = "FILE.cassette[.zst]")]
    cassette: PathBuf,
    /// End after so many polls of runs, and what they have logged until then
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    polls: u64,
    /// The subnet whose runs are asked for
    #[arg(long, default_value_t = 27)]
    netuid: u16,
    #[command(flatten)]
    wandb: WandbArgs,
    #[command(flatten)]
    logging: LoggingGiven,
}

impl Record {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        self.logging.start()?;
        let policy = Policy::of_upstream(self.netuid);
        let feeds = self.wandb.feeds(settings, &policy)?;
        let mut kept = KeptAnswers::create(&self.cassette, Passing::On)?;
        let folder = tempfile::tempdir()?;
        let mut recording = scratch(&folder.path().join("log"), self.netuid)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let mut following = Following::new(Driver::default().live(), &mut recording, Some(&mut kept));
        let ended = runtime.block_on(async {
            tokio::select! {
                ended = Supervisor::new(Until::Polled(self.polls)).run(feeds, &mut following) => ended,
                stopped = stopped() => Ok(stopped?),
            }
        });
        let taken = following.taken;
        ended.and(kept.finish())?;
        let (answers, path) = (taken.exchanges, self.cassette.display());
        writeln!(terminal::out(), "{path}: {answers} answers, which are {} events", taken.events)?;
        Ok(())
    }
}

/// A log that goes with its folder: what to ask next depends on what was heard.
fn scratch(data: &Path, netuid: u16) -> Result<Recording, Failure> {
    let new = NewLog { netuid, ..NewLog::default() };
    let log = Log::create(data, new, options(None)).map_err(|error| Failure::opening(error, data))?;
    Ok(Recording::of(log, data, Clock::System, RootsAt::EveryEntries))
}
