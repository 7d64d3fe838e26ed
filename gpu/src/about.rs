//! What a worker says of itself before it is asked anything.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The worker and its GPUs, in its own words: the answer to `GET /pog/v2`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The address of the hotkey that it answers for.
    pub hotkey: String,
    /// Its program and version.
    pub program: String,
    /// Its GPUs: a challenge takes one of their labels.
    pub gpus: Vec<AboutGpu>,
}

/// A GPU, as the worker tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AboutGpu {
    /// Its name in challenges.
    pub label: String,
    /// What computes: `cpu`, `cuda int8` or `cuda fp16`.
    pub prover: String,
    /// Operations of int8 that a challenge may ask for at most.
    pub operations_max: u64,
    /// Bytes that a challenge may ask it to keep at most.
    pub kept_bytes_max: u64,
    /// What the driver says of it; null where there is none.
    #[serde(default)]
    pub inventory: Value,
}
