//! Recorded answers of a chain, served again as a node.

mod answers;
mod server;

pub use answers::{RecordedChain, RecordingError};
pub use server::{ChainServer, Head, ServedChain};
