//! Evidence, asked of a GPU through NVIDIA's own library.

use std::panic::{AssertUnwindSafe, catch_unwind};

use annals_log::Hash;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device, Nvml};

use super::answers::{Answer, is_absent};
use super::nvml::InventoryError;
use crate::attestation::{Attestation, Evidence};

impl Attestation {
    /// Asks the GPU at this place of the inventory to attest under `nonce`. Cards before the H100 do not, nor do later
    /// ones outside of confidential computing.
    ///
    /// # Errors
    /// `NoDriver`, `Driver`. Neither says anything of the card.
    pub fn read(gpu: u32, nonce: &Hash) -> Result<Self, InventoryError> {
        let nvml = Nvml::init()?;
        let device = nvml.device_by_index(gpu)?;
        Ok(Self::of(unless_it_panics(|| ask(&device, nonce)))?)
    }

    fn of(evidence: Answer<Evidence>) -> Answer<Self> {
        match evidence {
            Ok(evidence) => Ok(Self::Report(evidence)),
            Err(error) if is_absent(&error) => Ok(Self::NotAvailable),
            Err(error) => Err(error),
        }
    }
}

fn ask(device: &Device<'_>, nonce: &Hash) -> Answer<Evidence> {
    let report = device.confidential_compute_gpu_attestation_report(nonce.0)?.attestation_report;
    // The other chain of the answer leads to a key that signs no reports.
    let chain = device.confidential_compute_gpu_certificate()?.attestation_cert_chain;
    Ok(Evidence { report, chain })
}

/// Asks, and takes a panic for an error of the driver: the wrapper cuts its buffers to the lengths that the driver
/// gives, and panics where they are longer than the buffers.
fn unless_it_panics<T>(ask: impl FnOnce() -> Answer<T>) -> Answer<T> {
    catch_unwind(AssertUnwindSafe(ask)).unwrap_or(Err(NvmlError::Unknown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_does_not_attest_is_no_error_and_one_that_errs_is() {
        for absent in [NvmlError::NotSupported, NvmlError::FailedToLoadSymbol("no such symbol".to_owned())] {
            assert_eq!(Attestation::of(Err(absent)).unwrap(), Attestation::NotAvailable);
        }
        assert!(matches!(Attestation::of(Err(NvmlError::GpuLost)), Err(NvmlError::GpuLost)));
        let evidence = Evidence { report: vec![0x11, 0xe0], chain: vec![1, 2] };
        assert_eq!(Attestation::of(Ok(evidence.clone())).unwrap(), Attestation::Report(evidence));
    }

    #[test]
    fn a_driver_that_lies_about_a_length_ends_nothing() {
        let lies = || Ok(vec![0_u8; 8][..std::hint::black_box(9)].to_vec());
        assert!(matches!(unless_it_panics(lies), Err(NvmlError::Unknown)));
        assert_eq!(unless_it_panics(|| Ok(7)).unwrap(), 7);
    }
}
