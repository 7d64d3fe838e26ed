//! What is told of GPUs: attempts to prove one, and what a machine says of its own.

mod inventory;
mod pog_attempt;
mod pog_roots;
mod pog_terms;

pub use inventory::GpuInventory;
pub use pog_attempt::{PogAttempt, PogAttestation, PogFigures, PogTimes, PogVerdict};
pub use pog_roots::PogRoots;
pub use pog_terms::{PogBeacon, PogBeaconKind, PogSize, PogTerms, UpstreamTerms};
