//! Upstream's protocol, as its code has it: Proof-of-GPU v1.
//!
//! What it proves is little. Its matrices are Hankel matrices, so their product takes no GPU; the size, the benchmark
//! and most timings are the miner's own words; one element a GPU is compared, with a tolerance.

mod config;
mod evidence;
mod identify;
mod matrix;
mod prng;
mod prover;
mod responses;
mod score;
mod size;
mod timing;
mod tree;
mod worker_text;

pub use config::{Config, KnownGpu};
pub use evidence::{AttemptEvidence, EvidenceError, UpstreamOutcome};
pub use identify::identify_gpu;
pub use matrix::Matrix;
pub use prng::{miner_element, validator_element};
pub use prover::MinerProduct;
pub use responses::{Finding, Response, check_response, required_passes, responses_pass};
pub use score::pog_score;
pub use size::{adjusted_size, doubled_vram_gb, proof_size, tflops};
pub use timing::Timing;
pub use tree::{RowTree, Sibling, leads_to_root};
pub use worker_text::{Benchmark, Computed, GpuTimings, OutputError};
