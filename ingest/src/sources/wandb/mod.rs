//! Source `wandb`: the runs of a W&B project, poll by poll.
//!
//! A poll is pages of `Runs`, then perhaps single runs asked for by id (`Run`). It becomes a `wandb_run` event for each
//! run whose config, state, name or creation time differs from what the log last heard, and a `wandb_poll` event that
//! closes it. Only the latter moves the cursor: a poll that was cut off is made again from its beginning, and the runs
//! that it has recorded are not recorded again, unless one changed between two pages of it: then both its states are.
//!
//! A run that the log knows and a whole sweep does not list is *unseen*, and the next sweep asks for it by its id. If
//! that sweep does not list it either, and the server has no such run, it is *gone*; an answer that does not list a run
//! proves nothing.
//!
//! A `wandb_run` whose config says that all of it was signed is followed by a `wandb_config_signed`, which checks that.

mod decode;
mod feed;
mod history_extent;
mod name;
mod poll;
mod poller;
mod signature;
mod unseen;

pub use decode::Wandb;
pub use history_extent::{HistoryExtent, HistoryExtents};
pub(crate) use poll::close;
pub use poller::{PollOptions, WandbPoller};
pub(crate) use signature::{read_config, verdict};
