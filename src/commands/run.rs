//! `annals run`: record what the sources tell, as they tell it.

use std::path::PathBuf;

use annals_ingest::sources::AnnouncedNow;
use annals_ingest::{Driver, Feed, Supervisor, Until};
use annals_log::LogOpened;

use crate::beginning::Beginning;
use crate::failure::Failure;
use crate::feeds::gpu::{Challenging, challenging};
use crate::feeds::metrics::{Listening, Scraping, ToReceive, tell};
use crate::feeds::{ChainArgs, ComputeDbArgs, MetricsArgs, WandbArgs};
use crate::following::{Beacons, Following};
use crate::hotkey::HotkeyGiven;
use crate::kept_answers::{KeptAnswers, Passing};
use crate::logging::LoggingGiven;
use crate::observed::{ObservedArgs, ObservedAt};
use crate::recording::{ClockGiven, Recording, RootsAt, write_end};
use crate::settings::{MetricsConfig, Settings};
use crate::stopping::stopped;
use crate::terminal::{self, say};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Record what the sources tell, as they tell it.
///
/// The chain is followed from where the log stands, block by block, each behind its parent; what was missed is asked
/// for. A new log begins 200 blocks behind the head, or with --from-block: blocks further behind need an archive, for
/// public entrypoints keep the states of 256.
///
/// W&B is asked for the subnet's runs every 30 seconds, and for the rows that they have logged since; it needs a key
/// (`WANDB_API_KEY`, `.netrc` or the config file), and without one only the chain is recorded.
///
/// A validator's own database is polled beside them with --computedb, without its owner noticing.
///
/// GPUs of the workers that the config file names, each as `[[gpu.worker]]` with `url` and `token_file`, are challenged
/// to prove themselves in windows that all validators of the subnet share; `gpu.hotkey_file` signs.
///
/// The metrics endpoints that neurons announce on chain are scraped once a minute, as Prometheus would: strangers post
/// these addresses, so special ones are refused, nothing is followed, and every answer has bounds. --target names more.
///
/// Stop with Ctrl-C: what was recorded is in the log.
#[derive(clap::Args)]
#[command(after_help = "\
As:
  annals run                                          from 200 blocks behind the head on, until stopped
  annals run --only wandb --once                      one look at W&B's runs and what they have logged: for a timer
  annals run --only chain --until-head                catch up with the chain, then end
  annals run --computedb ~/ni-compute/database.db     and what upstream's own database says
  annals run --only metrics --target 127.0.0.1:9100 --allow-loopback    an exporter on this machine, once a minute
  annals run --from-block 5000000 --until-head        a log of the past, from an archive
  annals run --metrics-listen 127.0.0.1:9464          and Prometheus reads there how the recorder does
  annals run --rpc ws://127.0.0.1:9944 --archive-url ws://127.0.0.1:9944
  annals query \"select * from coverage where outcome = 'failed' order by from_at\"   what was not had, and why

What Prometheus calls a rate is a window over the scrapes of a series:
  select fetched_at, target, labels, (value - lag(value) over s)
      / (extract(epoch from fetched_at) - extract(epoch from lag(fetched_at) over s)) as bytes_per_second
  from samples where metric = 'node_network_receive_bytes_total'
  window s as (partition by target, metric, labels order by log_index)
and the highest of the last hour's values, of every target:
  select target, label(labels, 'gpu') as gpu, max(value) from samples
  where metric = 'DCGM_FI_DEV_GPU_UTIL' and recorded_at > now() - interval '1 hour' group by 1, 2")]
pub(crate) struct Run {
    /// These sources alone [default: the chain, W&B where there is a key for it, metrics endpoints, and the databases
    /// that are named]
    #[arg(long, value_name = "SOURCE", value_delimiter = ',')]
    only: Vec<Followed>,
    /// End after one look at every source; of the chain that is as with --until-head
    #[arg(long, conflicts_with = "until_head")]
    once: bool,
    /// End when the log has come to the head that the node had at first, and W&B was asked once
    #[arg(long)]
    until_head: bool,
    /// Also write the raw answers to this cassette, which `ingest` and the servers of `fixture` play again
    #[arg(long, value_name = "FILE.cassette[.zst]")]
    keep_answers: Option<PathBuf>,
    #[command(flatten, next_help_heading = "The chain")]
    chain: ChainArgs,
    #[command(flatten, next_help_heading = "W&B")]
    wandb: WandbArgs,
    #[command(flatten, next_help_heading = "Validators' databases")]
    computedb: ComputeDbArgs,
    #[command(flatten, next_help_heading = "Metrics endpoints")]
    metrics: MetricsArgs,
    #[command(flatten, next_help_heading = "Its own metrics")]
    observed: ObservedArgs,
    #[command(flatten, next_help_heading = "The recorder's hotkey")]
    hotkey: HotkeyGiven,
    #[command(flatten, next_help_heading = "This machine's clock")]
    clock: ClockGiven,
    #[command(flatten, next_help_heading = "Standard error")]
    logging: LoggingGiven,
}

/// What may be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Followed {
    Chain,
    Wandb,
    Computedb,
    Gpu,
    Metrics,
}

/// Everything that is followed and where it is told of, before the recorder begins: no mistake of its user is left.
struct Prepared {
    feeds: Vec<Box<dyn Feed>>,
    /// Whoever challenges GPUs is told of them.
    beacons: Option<Beacons>,
    /// Whoever scrapes is told there what is announced.
    announced: Option<watch::Sender<AnnouncedNow>>,
    listening: Option<Listening>,
    observed: Option<ObservedAt>,
    kept: Option<KeptAnswers>,
    runtime: Runtime,
}

impl Run {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        self.logging.start()?;
        let hotkey = self.hotkey.read(settings)?;
        let prepared = match Beginning::of(&settings.data) {
            Ok(log) => Some(self.prepare(settings, log)?),
            // Opened to write, it is mended, or refused in better words.
            Err(_) => None,
        };
        let mut recording = match Recording::open(&settings.data, hotkey, self.clock, RootsAt::TheirTime) {
            Ok(recording) => recording,
            Err(failure) => {
                prepared.and_then(|prepared| prepared.kept).map_or(Ok(()), KeptAnswers::discard)?;
                return Err(failure);
            }
        };
        let prepared = match prepared {
            Some(prepared) => Ok(prepared),
            None => Beginning::of(&settings.data)
                .map_err(Failure::from)
                .and_then(|log| self.prepare(settings, log)),
        };
        let ended = prepared.and_then(|prepared| self.record(settings, prepared, &mut recording));
        // Whatever happened: what was recorded is to be found, with its roots.
        let closed = recording.close()?;
        write_end(&closed, &mut terminal::out())?;
        ended
    }

    /// Looks at all that was asked for: flags, keys, files and addresses.
    fn prepare(&self, settings: &Settings, mut log: Beginning) -> Result<Prepared, Failure> {
        let mut feeds = self.feeds(settings, &mut log)?;
        let gpus = self.challenger(settings, &log)?;
        let scraping = self.scraping(settings, &log.opened)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let to_receive = runtime.block_on(self.to_receive(log.opened.netuid))?;
        let observed = runtime.block_on(self.observed.bind())?;
        let beacons = gpus.map(|Challenging { feed, beacons }| {
            feeds.push(feed);
            beacons
        });
        let announced = scraping.map(|Scraping { feed, told }| {
            feeds.push(feed);
            told
        });
        let listening = to_receive.map(|ToReceive { feed, listening }| {
            feeds.push(feed);
            listening
        });
        // At last: nothing refuses the command with an empty file left behind.
        let kept = self.keep_answers.as_deref().map(|path| KeptAnswers::create(path, Passing::Nowhere));
        let kept = kept.transpose()?;
        Ok(Prepared { feeds, beacons, announced, listening, observed, kept, runtime })
    }

    fn record(
        &self,
        settings: &Settings,
        prepared: Prepared,
        recording: &mut Recording,
    ) -> Result<(), Failure> {
        let Prepared { feeds, beacons, announced, listening, observed, mut kept, runtime } = prepared;
        let until = if self.has_end() { Until::Polled(1) } else { Until::Stopped };
        let driver = Driver::default().with(self.chain.source(settings)).live();
        let observer = observed.as_ref().map(|at| at.observer(settings, recording, &feeds));
        let registry = observer.as_ref().map(|observer| observer.registry().clone());
        let mut following = Following::new(driver, recording, kept.as_mut());
        if let Some(beacons) = beacons {
            following = following.telling(beacons);
        }
        if let Some(observer) = observer {
            following = following.observed_by(observer);
        }
        let mut telling = JoinSet::new();
        if let Some(announced) = announced {
            // A run with an end has no time to wait: it asks those that the log knows at its beginning.
            let waits = self.is_wanted(Followed::Chain) && !self.has_end();
            let at_head = waits.then(|| following.at_head());
            telling.spawn_on(tell(following.views(), at_head, announced), runtime.handle());
        }
        let ended = runtime.block_on(async {
            let _served = observed.zip(registry).map(|(at, registry)| at.serve(registry));
            let _receives = listening.map(|listening| listening.serve(following.views()));
            tokio::select! {
                ended = Supervisor::new(until).run(feeds, &mut following) => ended,
                stopped = stopped() => Ok(stopped?),
                // Without it nobody would be scraped, and nobody would know.
                Some(Err(error)) = telling.join_next() => std::panic::resume_unwind(error.into_panic()),
            }
        });
        ended.and(kept.map_or(Ok(()), KeptAnswers::finish))
    }

    /// Returns the feed that challenges workers, if the config file names any. It has no end of its own, so a run that
    /// has one leaves it out.
    fn challenger(&self, settings: &Settings, log: &Beginning) -> Result<Option<Challenging>, Failure> {
        let is_named = self.only.contains(&Followed::Gpu);
        if settings.gpu.worker.is_empty() || self.has_end() || !(self.only.is_empty() || is_named) {
            let why = "no worker is challenged: the config file names each as [[gpu.worker]], and a run with an end has none";
            return if is_named { Err(Failure::Usage(why.to_owned())) } else { Ok(None) };
        }
        if !self.is_wanted(Followed::Chain) {
            let why = "windows of proofs of GPU are blocks of the chain, which has to be followed, too: --only chain,gpu";
            return Err(Failure::Usage(why.to_owned()));
        }
        challenging(&settings.gpu, log).map(Some)
    }

    /// Returns the feed that scrapes metrics endpoints. A run with an end asks each of them once.
    fn scraping(&self, settings: &Settings, opened: &LogOpened) -> Result<Option<Scraping>, Failure> {
        // The way to the head leads through times whose endpoints are those of others now.
        let is_left_out = self.until_head && !self.only.contains(&Followed::Metrics);
        if is_left_out || !self.is_wanted(Followed::Metrics) {
            let why = "--target names a metrics endpoint, and --only or --until-head leaves them out: --only metrics";
            let is_given = self.metrics.is_given(&MetricsConfig::default());
            return if is_given { Err(Failure::Usage(why.to_owned())) } else { Ok(None) };
        }
        let scraping = self.metrics.scraping(&settings.metrics, opened, self.has_end())?;
        if scraping.is_none() && self.only == [Followed::Metrics] && !self.metrics.receives() {
            let why = "there is nothing to scrape: --target names an endpoint, and none that is announced is wanted";
            return Err(Failure::Usage(why.to_owned()));
        }
        Ok(scraping)
    }

    /// Returns what is received from neurons, where that is asked for. Nobody knows when they send, so a run with an
    /// end has none of it.
    async fn to_receive(&self, netuid: u16) -> Result<Option<ToReceive>, Failure> {
        if self.metrics.receives() && (self.has_end() || !self.is_wanted(Followed::Metrics)) {
            let why = "--metrics-receive waits for what neurons send: a run that ends, or without metrics, takes none";
            return Err(Failure::Usage(why.to_owned()));
        }
        self.metrics.to_receive(netuid).await
    }

    fn is_wanted(&self, source: Followed) -> bool {
        self.only.is_empty() || self.only.contains(&source)
    }

    fn has_end(&self) -> bool {
        self.once || self.until_head
    }

    /// Without a word on what to follow, W&B is followed where it can be: the chain needs no key.
    fn follows_wandb(&self, settings: &Settings) -> bool {
        if !self.only.is_empty() {
            return self.only.contains(&Followed::Wandb);
        }
        let why = match self.wandb.given.has_key(settings) {
            Ok(true) => return true,
            Ok(false) => {
                "there is no key for it; `annals run --only wandb` says where one is looked for".to_owned()
            }
            Err(failure) => failure.to_string(),
        };
        say(&format!("W&B is not recorded: {why}"));
        false
    }

    /// What is followed.
    fn feeds(&self, settings: &Settings, log: &mut Beginning) -> Result<Vec<Box<dyn Feed>>, Failure> {
        let mut feeds = Vec::new();
        if self.is_wanted(Followed::Chain) {
            feeds.push(self.chain.feed(settings, log, self.has_end())?);
        }
        if self.follows_wandb(settings) {
            feeds.extend(self.wandb.feeds(settings, &log.policy()?)?);
        }
        if self.is_wanted(Followed::Computedb) {
            feeds.extend(self.computedb.feeds()?);
        }
        if self.only.contains(&Followed::Computedb) && !self.computedb.is_given() {
            return Err(Failure::Usage("no database is named: --computedb database.db".to_owned()));
        }
        Ok(feeds)
    }
}
