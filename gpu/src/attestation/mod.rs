//! Attestation: the word of a GPU's maker beside an attempt, where the card can give it.

mod certificates;
mod evidence;
mod nonce;
mod report;
mod verdict;

pub use evidence::{Attestation, CHAIN_BYTES_MAX, Evidence};
pub use report::{Measurement, MeasurementReport, OpaqueField, REPORT_BYTES_MAX, ReportError};
pub use verdict::{Attested, Fault, NVIDIA_ROOT, Verdict};
