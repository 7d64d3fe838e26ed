//! What a worker proves with.

use std::sync::Arc;

use annals_gpu::{AboutGpu, CpuProver};
use annals_gpu_worker::{BoxedProver, Gpu};
use serde_json::Value;

/// What the CPU does for one attempt: some minutes of one core.
pub(crate) const CPU_OPERATIONS_MAX: u64 = 200_000_000_000;
/// What it keeps.
pub(crate) const CPU_KEPT_BYTES_MAX: u64 = 1 << 30;
const CPU_LABEL: &str = "cpu";

/// The CPU as a GPU: for trying things out, and as the reference.
pub(crate) fn cpu() -> Gpu {
    Gpu {
        about: AboutGpu {
            label: CPU_LABEL.to_owned(),
            prover: CPU_LABEL.to_owned(),
            operations_max: CPU_OPERATIONS_MAX,
            kept_bytes_max: CPU_KEPT_BYTES_MAX,
            inventory: Value::Null,
        },
        prover: Arc::new(|numbers| Ok(Box::new(CpuProver::new(numbers)) as BoxedProver)),
        attest: None,
    }
}
