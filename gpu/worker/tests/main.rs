//! A miner's worker.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod gpu_worker;
