//! Validators' own databases.

mod anomalies;
mod declared;
mod fold;
mod tables;
mod told;
mod world;

pub(super) use fold::{Databases, DbChange, DbPolled};
pub(super) use tables::{ALLOCATION, BLACKLIST, MINER_DETAILS, POG_STATS, RUNS, STATS};
