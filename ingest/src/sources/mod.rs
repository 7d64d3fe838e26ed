//! The sources, one file or folder each: what decodes, and the feed that asks.

mod chain;
mod computedb;
mod gpu;
mod metrics;
mod remote_write;
mod wandb;
mod wandb_history;
mod wandb_offline;

#[cfg(feature = "fuzzing")]
pub use chain::FuzzedRuntime;
pub use chain::{
    Chain, ChainError, ChainFeed, ChainFollower, ChainNow, FollowError, FollowOptions, Following, NodeError,
    RawEvents, WATCHED_PALLETS, Watch, node_name,
};
pub use computedb::{
    ComputeDb, ComputeDbFeed, ComputeDbFile, ComputeDbFileError, ComputeDbOnce, retrieve_stats, rows_in,
};
pub use gpu::{
    BeaconsNow, ChallengeError, Challenger, ChallengerOptions, Gpus, PogFile, PogFileError, When, WorkerGiven,
};
pub use metrics::{
    Allowed, AnnouncedEndpoint, AnnouncedNow, Asked, AskedError, Body, BodyMemory, Failed, FailedKind, Form,
    GetLimits, Got, Metrics, Refusal, ScrapeGet, Scraper, ScraperOptions, TargetGiven, Tls, TlsError,
    refusal,
};
pub use remote_write::{Inbox, InboxFeed, ReceivedRequest, RemoteWrites, Verdict};
pub use wandb::{HistoryExtent, HistoryExtents, PollOptions, Wandb, WandbPoller};
pub use wandb_history::{HistoryPoller, WandbHistory};
pub use wandb_offline::{WandbFile, WandbFileError, WandbOffline};

use crate::decoder::{Named, named};

/// Every source. A fetch of one that is not among them is refused.
pub(crate) fn all() -> Vec<Named> {
    vec![
        named(Chain::default()),
        named(ComputeDb::default()),
        named(Gpus::default()),
        named(Metrics::default()),
        named(RemoteWrites::default()),
        named(Wandb::default()),
        named(WandbHistory::default()),
        named(WandbOffline),
    ]
}
