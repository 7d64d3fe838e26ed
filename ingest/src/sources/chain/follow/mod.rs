//! The half of the source that asks nodes: block after block after the cursor, wherever a subscription may resume.

mod ahead;
mod connection;
mod endpoints;
mod error;
mod follower;
mod fork;
mod heads;
mod node;
mod now;
mod options;
mod outages;
mod reading;

pub use error::FollowError;
pub use follower::ChainFollower;
pub use node::{NodeError, name_of as node_name};
pub use now::ChainNow;
pub use options::FollowOptions;
