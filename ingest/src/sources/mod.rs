//! The sources, one file or folder each.

mod wandb;
mod wandb_history;
mod wandb_offline;

pub use wandb::Wandb;
pub use wandb_history::WandbHistory;
pub use wandb_offline::{WandbFile, WandbFileError, WandbOffline};
