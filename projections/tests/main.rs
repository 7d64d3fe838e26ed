//! Tables from outside: what entries make of them, in whatever portions they come.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod chain;
mod claims;
mod databases;
mod determinism;
mod files;
mod history;
mod live;
mod metrics;
mod polls;
mod random_chain;
mod random_databases;
mod random_log;
mod roots;
mod saved;
mod scores;
mod scratch;
mod scratch_chain;
#[path = "../../ingest/tests/seed.rs"]
mod seed;
mod stats;
mod validators;
