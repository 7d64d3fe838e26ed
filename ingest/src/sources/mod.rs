//! The sources, one file or folder each.

mod chain;
mod wandb;
mod wandb_history;
mod wandb_offline;

pub use chain::{
    Chain, ChainFollower, ChainNow, FollowError, FollowOptions, Following, NodeError, RawEvents,
    WATCHED_PALLETS, Watch, node_name,
};
pub use wandb::Wandb;
pub use wandb_history::WandbHistory;
pub use wandb_offline::{WandbFile, WandbFileError, WandbOffline};
