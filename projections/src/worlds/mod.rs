//! The worlds that a log has facts of, each in its own room: how it is read, folded and saved, its tables and
//! anomalies.
//!
//! To add a world: a room here, its line in the list of worlds in [`list`]. To add a table: a file in its world's
//! room, its line in the list of tables there, a `tests/sql/<name>.slt`.

mod chain;
mod computedb;
mod gpu;
mod list;
mod memory;
mod metrics;
mod saved_lists;
mod scores;
mod table;
mod wandb;
mod world;

pub use chain::{ChainBlocks, LastBlock, RecordedBlock, Retraction};
pub(crate) use list::{AnyTable, Told, Worlds, odd_in, odd_kinds, read, tables};
pub(crate) use memory::{Memory, VERSION as MEMORY_VERSION, digest as memory_digest, write as write_memory};
pub use wandb::{PollMark, PollMarks};
