//! The chain, as `annals run` follows it.

use std::time::Duration;

use annals_ingest::Feed;
use annals_ingest::sources::{
    Chain, ChainFeed, FollowError, FollowOptions, RawEvents, WATCHED_PALLETS, Watch,
};
use annals_log::LogOpened;

use crate::beginning::Beginning;
use crate::failure::Failure;
use crate::node::{self, NodeGiven};
use crate::settings::Settings;
use crate::terminal::say;

const FINNEY_ARCHIVE: &str = "wss://archive.chain.opentensor.ai:443";
/// As a URL of an archive: there is none.
const NO_ARCHIVE: &str = "none";
/// With an end in sight, nodes that all fail are tried so often.
const ROUNDS_MAX: u32 = 3;

/// How the chain is followed.
#[derive(clap::Args)]
pub(crate) struct ChainArgs {
    #[command(flatten)]
    node: NodeGiven,
    /// A node that keeps all states, or `none` [default: `wss://archive.chain.opentensor.ai:443`, unless --rpc is
    /// given]
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
    /// Pallets whose events and calls are recorded decoded, beside `SubtensorModule`, `Sudo`, and failures and code
    /// of `System` [default: `Commitments`]
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

impl ChainArgs {
    /// Follows the chain of the log.
    ///
    /// # Errors
    /// `Usage`: a URL is none of a node, or the first block lies below that of the log.
    pub(crate) fn feed(
        &self,
        settings: &Settings,
        log: &mut Beginning,
        has_end: bool,
    ) -> Result<Box<dyn Feed>, Failure> {
        let options = self.options(settings, &log.opened, has_end)?;
        if let Some(asked) = self.from_block
            && let Some(first) = log.first_block()?
        {
            if asked < first {
                return Err(Failure::Usage(FollowError::BelowFirst { first, asked }.to_string()));
            }
            if asked > first {
                say(&format!(
                    "the log began with block {first} and goes on where it stands: --from-block is for a new one"
                ));
            }
        }
        Ok(Box::new(ChainFeed::new(options)))
    }

    fn options(
        &self,
        settings: &Settings,
        opened: &LogOpened,
        has_end: bool,
    ) -> Result<FollowOptions, Failure> {
        let config = &settings.chain;
        let rpc = self.node.urls(settings)?;
        // Whoever follows a node of another chain has no use for the archive of this one.
        let default_archive = if rpc == [node::FINNEY] { FINNEY_ARCHIVE } else { NO_ARCHIVE };
        let archive = node::first_given(&self.archive_url, &config.archive_url, default_archive);
        let archive: Vec<String> = archive.into_iter().filter(|url| url != NO_ARCHIVE).collect();
        archive.iter().try_for_each(|url| node::check_url("--archive-url", url))?;
        Ok(FollowOptions {
            rpc,
            archive,
            genesis: opened.genesis.clone(),
            netuid: opened.netuid,
            from_block: self.from_block,
            answer_within: Duration::from_secs(self.answer_within),
            head_within: Duration::from_secs(self.head_within),
            rounds_max: has_end.then_some(ROUNDS_MAX),
            until_head: has_end,
        })
    }

    /// The chain, as it is decoded.
    pub(crate) fn source(&self, settings: &Settings) -> Chain {
        Chain { watch: self.watch(settings), ..Chain::default() }
    }

    /// What of the chain is recorded.
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
