//! The parts of the bench `ask`: the log, the questions that have names, the scans, and the peer.

mod duckdb;
mod exported;
mod large_log;
pub(crate) mod named;
mod parameters;
pub(crate) mod scans;

pub(crate) use exported::Exported;
pub(crate) use large_log::LargeLog;
