//! Proof of GPU: upstream's protocol, and one whose transcript a stranger can verify from the log years later.
//!
//! It is: challenges, provers on the CPU, which is the reference, and on CUDA, the verifier, and what follows from a
//! right attempt; beside these, what a machine says of its GPUs, and what their maker does. It is not: a network
//! service, or a judge; and no attempt says which card it was.
//!
//! What always holds:
//! - an opened tile is recomputed exactly: there is no tolerance anywhere in protocol 2;
//! - what an attempt proves is a lower bound for everything that a hotkey could reach, and the clock is a validator's
//!   word;
//! - bytes of strangers are bounded before anything is allocated for them.
//!
//! `PROTOCOL.md` beside this crate gives protocol 2 to the byte.

mod about;
mod answers;
pub mod attestation;
mod beacon;
mod bytes;
mod challenge;
mod cpu_prover;
pub mod device;
mod draw;
mod figures;
mod freivalds;
mod gpu_label;
mod outcome;
mod parameters;
mod philox;
mod product;
mod prover;
mod round;
mod secret;
mod signature;
mod sweep;
mod tags;
mod tile;
mod times;
mod transcript;
mod tree;
pub mod upstream;
mod verify;
mod window;
mod worker;

pub use about::{About, AboutGpu};
pub use answers::{Opening, Openings, Roots};
pub use beacon::{Beacon, BeaconKind, Beacons, NoBeacons, genesis_of_log};
pub use challenge::{CHALLENGE_BYTES, Challenge, ChallengeError};
pub use cpu_prover::CpuProver;
pub use draw::{Draw, SweepPlace};
pub use figures::{
    FIGURES_VERSION, Figures, REGENERATION_PER_SECOND, ops_per_second_together, resident_bytes_together,
    right_ppm,
};
pub use freivalds::is_product;
pub use gpu_label::{GpuLabel, LabelError};
pub use outcome::{Link, OpenedTile, Outcome, Phase};
pub use parameters::{ParameterError, Parameters};
pub use philox::PhiloxKey;
pub use product::{Exact, Multiply};
pub use prover::{Prover, ProverError};
pub use round::{Round, RoundSeed};
pub use secret::Secret;
pub use signature::{Signature, Step};
pub use sweep::SweepKey;
pub use tile::{TILE_BYTES, TILE_EDGE, Tile, TilePlace};
pub use times::Times;
pub use transcript::{Transcript, TranscriptError, beginning};
pub use tree::{TileTree, root_of_path};
pub use verify::{Unchecked, Verification};
pub use window::{IntervalError, Windows};
pub use worker::{Worker, WorkerError, check_asked};
