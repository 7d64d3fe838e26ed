//! How the sources are followed that `annals run` follows: the arguments of each, and the feeds that they make.

mod chain;
mod computedb;
pub(crate) mod gpu;
pub(crate) mod metrics;
mod metrics_received;
mod wandb;

pub(crate) use chain::ChainArgs;
pub(crate) use computedb::ComputeDbArgs;
pub(crate) use metrics::MetricsArgs;
pub(crate) use wandb::WandbArgs;
