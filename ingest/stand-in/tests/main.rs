//! The servers of recorded answers, and the source of the chain over a served chain.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod chain;
mod scratch;
#[path = "../../tests/seed.rs"]
mod seed;
mod wandb;
