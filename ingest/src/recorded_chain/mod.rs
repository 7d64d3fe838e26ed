//! Recorded answers of a chain, served again as a node: for tests, benchmarks, and whoever has no internet.

mod answers;
mod server;

pub use answers::{RecordedChain, RecordingError};
pub use server::{ChainServer, Head, ServedChain};
