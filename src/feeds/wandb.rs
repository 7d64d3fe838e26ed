//! W&B, as `annals run` follows it: the runs of the subnet, and after each poll the rows that they have logged.

use std::sync::Arc;
use std::time::Duration;

use annals_ingest::Feed;
use annals_ingest::sources::{HistoryPoller, PollOptions, WandbPoller};
use annals_log::Policy;

use crate::failure::Failure;
use crate::settings::Settings;
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

impl WandbArgs {
    /// Follows the runs that `policy` is about, and what they log.
    pub(crate) fn feeds(&self, settings: &Settings, policy: &Policy) -> Result<Vec<Box<dyn Feed>>, Failure> {
        let api = self.given.api(settings)?;
        let asked = self.given.asked(settings, policy.netuid, self.wandb_filters.as_deref())?;
        let options = PollOptions {
            asked: asked.clone(),
            always: Some(policy.checklist_run.clone()),
            every: Duration::from_secs(self.wandb_every),
            sweep_every: Duration::from_secs(self.wandb_sweep_every),
        };
        let (poller, extents) = WandbPoller::new(Arc::clone(&api), options);
        let mut feeds: Vec<Box<dyn Feed>> = vec![Box::new(poller)];
        if !self.no_history {
            feeds.push(Box::new(HistoryPoller::new(api, asked, extents)));
        }
        Ok(feeds)
    }
}
