//! GPUs: what machines say of theirs, and what upstream's rule makes of all results of its validators.

mod fold;
mod inventory;
mod pog_stats;
mod world;

pub(super) use fold::Gpus;
pub(super) use inventory::GpuInventoryTable;
pub(super) use pog_stats::PogStats;
