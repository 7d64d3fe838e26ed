//! The sources that `annals run` follows, each behind the same door: the next answers, given what the log remembers.

mod chain;
mod computedb;
mod runs;

use annals_ingest::Raw;
use annals_ingest::sources::HistoryPoller;
use annals_log::SourceMemory;

use crate::failure::Failure;

pub(crate) use chain::{ChainArgs, ChainFeed};
pub(crate) use computedb::{ComputeDbArgs, ComputeDbFeed};
pub(crate) use runs::{RunsFeed, WandbArgs};

/// A source that is followed.
pub(crate) enum Feed {
    Chain(Box<ChainFeed>),
    Runs(Box<RunsFeed>),
    History(Box<HistoryPoller>),
    ComputeDb(Box<ComputeDbFeed>),
}

impl Feed {
    /// The source's name, as in entries.
    pub(crate) fn source(&self) -> &'static str {
        match self {
            Self::Chain(_) => "chain",
            Self::Runs(_) => "wandb",
            Self::History(_) => "wandb_history",
            Self::ComputeDb(_) => "computedb",
        }
    }

    /// The next answers behind what the log remembers of the source; `None` when there will be none.
    pub(crate) async fn next(&mut self, memory: &SourceMemory) -> Result<Option<Raw>, Failure> {
        match self {
            Self::Chain(feed) => feed.next(memory).await,
            Self::Runs(feed) => feed.next(memory).await,
            Self::History(poller) => match (poller.next(memory).await, poller.trouble()) {
                (Some(raw), _) => Ok(Some(raw)),
                (None, None) => Ok(None),
                (None, Some(what)) => Err(Failure::Unavailable(format!("W&B did not give all rows: {what}"))),
            },
            Self::ComputeDb(feed) => feed.next().await,
        }
    }

    /// Its answers are in the log, which now remembers this: says what somebody who watches wants to know.
    pub(crate) fn taken(&mut self, raw: &Raw, memory: &SourceMemory) {
        match self {
            Self::Chain(feed) => feed.taken(raw, memory),
            Self::Runs(feed) => feed.taken(),
            Self::ComputeDb(feed) => feed.taken(raw),
            Self::History(_) => {}
        }
    }
}
