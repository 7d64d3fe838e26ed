//! The sources, from raw answers to what is in the log.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod cassettes;
mod claims;
mod computedb;
mod fake_node;
mod files;
mod gpu;
mod history;
mod hostile;
mod metrics;
mod outward;
mod polls;
mod publish;
mod remote_write;
mod scratch;
mod seed;
mod sessions;
mod supervisor;
mod unseen;
mod virtual_time;
mod wandb;
