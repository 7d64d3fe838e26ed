//! What stands in for the outside worlds: recorded answers of a chain, of W&B and of metrics endpoints, served again by
//! servers on loopback, and logs that are made up. They are for tests, for measurements, and for users who cannot reach
//! the worlds themselves.
//!
//! Nothing here records: a recorder is built without this crate, and so without its servers. The servers tell what
//! cassettes hold, and name what they do not hold in an error; none of them is a second chain or a second W&B.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test stops at what it did not expect"))]

pub mod chain;
pub mod metrics;
mod repeatable;
pub mod wandb;
pub mod workload;

pub use repeatable::repeatable_signature;
