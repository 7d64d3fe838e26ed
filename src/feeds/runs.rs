//! W&B, as `annals run` follows it: the runs of the subnet, and behind each poll the rows that they have logged.

use std::sync::Arc;
use std::time::Duration;

use annals_ingest::Raw;
use annals_ingest::sources::{HistoryPoller, PollOptions, WandbPoller};
use annals_log::{Policy, SourceMemory};

use super::Feed;
use crate::failure::Failure;
use crate::settings::Settings;
use crate::terminal::say;
use crate::wandb::{SECONDS_MAX, WandbGiven};

/// How W&B is followed.
#[derive(clap::Args)]
pub(crate) struct WandbArgs {
    #[command(flatten)]
    pub(crate) given: WandbGiven,
    /// Seconds from one look at W&B's runs to the next; clients there write twice a minute at most
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=SECONDS_MAX))]
    wandb_every: u64,
    /// Seconds from one look at all runs to the next; between them only those last heard of are looked at
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..=SECONDS_MAX))]
    wandb_sweep_every: u64,
    /// Which runs of the project, as JSON that W&B takes; `{}` for all [default: the subnet's validators and miners]
    #[arg(long, value_name = "JSON")]
    wandb_filters: Option<String>,
    /// Leave out what runs have logged, and record their configs alone
    #[arg(long)]
    no_history: bool,
}

/// Polls of runs.
pub(crate) struct RunsFeed {
    poller: WandbPoller,
    /// So many are still to begin; `None` goes on for ever.
    left: Option<u64>,
    /// Of polls that failed, what was said of the last.
    said: Option<String>,
}

impl RunsFeed {
    fn of(poller: WandbPoller, polls: Option<u64>) -> Self {
        Self { poller, left: polls, said: None }
    }

    pub(crate) async fn next(&mut self, memory: &SourceMemory) -> Result<Option<Raw>, Failure> {
        if self.poller.is_between_polls() {
            match (&mut self.left, self.poller.trouble()) {
                (Some(0), Some(what)) => return Err(Failure::Unavailable(told(what))),
                (Some(0), None) => return Ok(None),
                (Some(left), _) => *left -= 1,
                (None, _) => {}
            }
        }
        Ok(Some(self.poller.next(memory).await))
    }

    /// A server that stays down is told of once.
    pub(crate) fn taken(&mut self) {
        let trouble = self.poller.trouble().map(told);
        let is_news = |what: &&String| self.said.as_ref() != Some(*what) && self.left != Some(0);
        if let Some(what) = trouble.as_ref().filter(is_news) {
            say(what);
        }
        self.said = trouble;
    }
}

fn told(what: &str) -> String {
    format!("W&B was asked for its runs, and the poll failed: {what}")
}

impl WandbArgs {
    /// Follows the runs that `policy` is about, and what they log: for ever, or so many polls.
    pub(crate) fn feeds(
        &self,
        settings: &Settings,
        policy: &Policy,
        polls: Option<u64>,
    ) -> Result<Vec<Feed>, Failure> {
        let api = self.given.api(settings)?;
        let asked = self.given.asked(settings, policy.netuid, self.wandb_filters.as_deref())?;
        let options = PollOptions {
            asked: asked.clone(),
            always: Some(policy.checklist_run.clone()),
            every: Duration::from_secs(self.wandb_every),
            sweep_every: Duration::from_secs(self.wandb_sweep_every),
        };
        let (poller, extents) = WandbPoller::new(Arc::clone(&api), options);
        let mut feeds = vec![Feed::Runs(Box::new(RunsFeed::of(poller, polls)))];
        if !self.no_history {
            feeds.push(Feed::History(Box::new(HistoryPoller::new(api, asked, extents))));
        }
        Ok(feeds)
    }
}
