//! The chain: finalized blocks, the runtimes that executed them, and the subnet's state.

mod anomalies;
mod blocks;
mod cause;
mod columns;
mod endpoints;
mod fold;
mod last_block;
mod neurons;
mod runtime_versions;
mod subnets;
mod told;
mod world;

pub use blocks::{ChainBlocks, RecordedBlock, Retraction};
pub(super) use endpoints::{AXONS, PROMETHEUS};
pub use fold::LastBlock;
pub(super) use fold::{Chain, ChainChange, Remembered, StateRead};
pub(super) use neurons::Neurons;
pub(super) use runtime_versions::RuntimeVersions;
pub(super) use subnets::Subnets;
