//! Tables from outside: what entries make of them, in whatever portions they come.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod determinism;
mod files;
mod history;
mod polls;
mod random_log;
mod roots;
mod saved;
mod scratch;
#[path = "../../ingest/tests/seed.rs"]
mod seed;
mod stats;
