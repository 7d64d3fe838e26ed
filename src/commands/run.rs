//! `annals run`: record what the sources tell, as they tell it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use annals_ingest::sources::{ChainFollower, FollowOptions, RawEvents, WATCHED_PALLETS, Watch};
use annals_ingest::{Driver, Taken};

use crate::failure::Failure;
use crate::hotkey::HotkeyGiven;
use crate::kept_answers::KeptAnswers;
use crate::node::{self, NodeGiven};
use crate::progress::Progress;
use crate::recording::{Recording, write_end};
use crate::settings::Settings;
use crate::stopping::stopped;
use crate::terminal::{self, say};

const CHAIN: &str = "chain";
const FINNEY_ARCHIVE: &str = "wss://archive.chain.opentensor.ai:443";
/// As a URL of an archive: there is none.
const NO_ARCHIVE: &str = "none";
/// With an end in sight, nodes that all fail are tried so often.
const ROUNDS_MAX: u32 = 3;

/// Record what the sources tell, as they tell it.
///
/// The chain is followed from where the log stands, block by block, each behind its parent; what was missed is asked for.
/// A new log begins 200 blocks behind the head, or with --from-block: blocks further behind need an archive, for public
/// entrypoints keep the states of 256. Stop with Ctrl-C: what was recorded is in the log.
#[derive(clap::Args)]
#[command(after_help = "\
As:
  annals run                                          from 200 blocks behind the head on, until stopped
  annals run --until-head                             catch up, then end: for a timer
  annals run --from-block 5000000 --until-head        a log of the past, from an archive
  annals run --rpc ws://127.0.0.1:9944 --archive-url ws://127.0.0.1:9944
  annals query \"select * from coverage where source = 'chain' order by from_at\"   what nodes did not give")]
pub(crate) struct Run {
    /// This source alone
    #[arg(long, value_name = "SOURCE", value_parser = [CHAIN])]
    only: Option<String>,
    /// End after one look at every source; of the chain that is as with --until-head
    #[arg(long, conflicts_with = "until_head")]
    once: bool,
    /// End when the log has come to the head that the node had at first
    #[arg(long)]
    until_head: bool,
    /// Also write the raw answers to this cassette, which `ingest` and `fixture serve-chain` play again
    #[arg(long, value_name = "FILE.cassette[.zst]")]
    keep_answers: Option<PathBuf>,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    hotkey: HotkeyGiven,
}

/// How the chain is followed.
#[derive(clap::Args)]
struct ChainArgs {
    #[command(flatten)]
    node: NodeGiven,
    /// A node that keeps all states, or `none` [default: `wss://archive.chain.opentensor.ai:443`, unless --rpc is given]
    #[arg(
        long,
        env = "ANNALS_ARCHIVE_URL",
        hide_env_values = true,
        value_name = "URL",
        value_delimiter = ','
    )]
    archive_url: Vec<String>,
    /// The first block of a new log; a log never goes below its first
    #[arg(long, value_name = "N")]
    from_block: Option<u64>,
    /// Pallets whose events and calls are recorded decoded, beside `SubtensorModule`, `Sudo`, and failures and code of `System`
    /// [default: `Commitments`]
    #[arg(long, value_name = "PALLET", value_delimiter = ',')]
    watch: Vec<String>,
    /// Leave out the raw events of each block, from which anybody could decode the rest
    #[arg(long)]
    no_raw_events: bool,
    /// Seconds until a node that does not answer is given up
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    answer_within: u64,
    /// Seconds until a node whose head does not move is given up
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..))]
    head_within: u64,
}

impl Run {
    pub(crate) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let mut recording = Recording::open(&settings.data, self.hotkey.read(settings)?)?;
        let ended = self.record(settings, &mut recording);
        // Whatever happened: what was recorded is to be found, with its roots.
        let closed = recording.close()?;
        write_end(&closed, &mut terminal::out())?;
        ended
    }

    fn record(&self, settings: &Settings, recording: &mut Recording) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(async {
            tokio::select! {
                ended = self.follow(settings, recording) => ended,
                stopped = stopped() => Ok(stopped?),
            }
        })
    }

    async fn follow(&self, settings: &Settings, recording: &mut Recording) -> Result<(), Failure> {
        let has_end = self.once || self.until_head;
        let options = self.chain.options(settings, recording, has_end)?;
        let mut follower = ChainFollower::new(options);
        let mut kept = self.keep_answers.as_deref().map(KeptAnswers::create).transpose()?;
        let mut driver = Driver::watching(self.chain.watch(settings));
        let (mut taken, mut end, mut progress) = (Taken::default(), None, None);
        let recorded = Arc::new(AtomicU64::new(0));
        loop {
            let memory = recording.log.memory(CHAIN)?;
            if end.is_some_and(|end| ChainFollower::has_come_to(end, memory)) {
                return Ok(());
            }
            let raw = follower.next(memory).await?;
            if let Some(kept) = &mut kept {
                kept.write(&raw)?;
            }
            if let Some(trouble) = ChainFollower::trouble_in(&raw) {
                say(&trouble);
            }
            driver.take(&raw, &mut recording.log, &mut taken)?;
            recording.roots.keep_up(&mut recording.log)?;
            let height = ChainFollower::recorded(recording.log.memory(CHAIN)?);
            if let (Some(head), Some(height)) = (follower.head(), height) {
                if has_end {
                    end.get_or_insert(head);
                }
                recorded.store(height, Ordering::Relaxed);
                let is_behind = height < head;
                if is_behind && progress.is_none() {
                    progress = Some(Progress::follow("blocks", "blocks", head, Arc::clone(&recorded)));
                }
                progress = progress.filter(|_| is_behind);
            }
        }
    }
}

impl ChainArgs {
    fn options(
        &self,
        settings: &Settings,
        recording: &Recording,
        has_end: bool,
    ) -> Result<FollowOptions, Failure> {
        let opened = recording.log.opened();
        let config = &settings.chain;
        let rpc = self.node.urls(settings)?;
        // Whoever follows a node of another chain has no use for the archive of this one.
        let default_archive = if rpc == [node::FINNEY] { FINNEY_ARCHIVE } else { NO_ARCHIVE };
        let archive = node::first_given(&self.archive_url, &config.archive_url, default_archive);
        let archive: Vec<String> = archive.into_iter().filter(|url| url != NO_ARCHIVE).collect();
        archive.iter().try_for_each(|url| node::check_url(url))?;
        Ok(FollowOptions {
            rpc,
            archive,
            genesis: opened.genesis.clone(),
            netuid: opened.netuid,
            from_block: self.from_block,
            answer_within: Duration::from_secs(self.answer_within),
            head_within: Duration::from_secs(self.head_within),
            rounds_max: has_end.then_some(ROUNDS_MAX),
        })
    }

    fn watch(&self, settings: &Settings) -> Watch {
        let config = &settings.chain;
        let raw_events = if self.no_raw_events || config.raw_events == Some(false) {
            RawEvents::LeftOut
        } else {
            RawEvents::Kept
        };
        let pallets = if self.watch.is_empty() { &config.watch } else { &self.watch };
        if pallets.is_empty() {
            Watch::of(WATCHED_PALLETS, raw_events)
        } else {
            Watch::of(pallets.iter().map(String::as_str), raw_events)
        }
    }
}
