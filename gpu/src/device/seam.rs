//! What the prover needs of a device, whichever it is.

use thiserror::Error;

use super::launch::{Buffer, Launch, Memory, Product};
use crate::prover::ProverError;

/// A device with memory of its own that runs our kernels, one after the other, in the order of the calls.
pub trait Device {
    /// Returns the bytes that can still be allocated.
    ///
    /// # Errors
    /// The device does not say.
    fn free_bytes(&mut self) -> Result<u64, DeviceError>;

    /// Allocates `bytes` bytes, at least 1, which are freed with the device. What they hold is not known.
    ///
    /// # Errors
    /// The device has less, or nothing works any more.
    fn allocate(&mut self, bytes: u64) -> Result<Buffer, DeviceError>;

    /// Runs a kernel. It may still run when this returns.
    ///
    /// # Errors
    /// The kernel, or one before it, did not run. The attempt is over.
    fn launch(&mut self, launch: &Launch) -> Result<(), DeviceError>;

    /// Computes a product, by a library for it where the device has one.
    ///
    /// # Errors
    /// As [`Device::launch`].
    fn multiply(&mut self, product: &Product) -> Result<(), DeviceError> {
        self.launch(&product.launch())
    }

    /// Copies what is at `memory` into `bytes`, after everything that was launched before.
    ///
    /// # Errors
    /// As [`Device::launch`].
    fn read(&mut self, memory: Memory, bytes: &mut [u8]) -> Result<(), DeviceError>;
}

/// Checks that a device has `needed_bytes` bytes, before any of them is allocated.
///
/// # Errors
/// `Memory`, or what the device says.
pub(super) fn check_free(device: &mut impl Device, needed_bytes: u64) -> Result<(), DeviceError> {
    let free_bytes = device.free_bytes()?;
    if needed_bytes > free_bytes {
        return Err(DeviceError::Memory { needed_bytes, free_bytes });
    }
    Ok(())
}

/// Why a device does not do what it was asked for.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// Nothing on this machine runs CUDA.
    #[error("this machine has no CUDA driver: there is no libcuda")]
    NoDriver,
    /// The driver lacks a function that cudarc calls.
    #[error("the CUDA driver of this machine is too old: it needs at least that of CUDA 11.4")]
    OldDriver,
    /// There is no device of this number.
    #[error("there is no CUDA device {index}: the driver knows {count}")]
    NoDevice {
        /// The number that was asked for.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// The parameters need more memory than is free. Nothing was allocated.
    #[error("the attempt needs {needed_bytes} bytes of the device's memory, and {free_bytes} are free")]
    Memory {
        /// What all buffers take.
        needed_bytes: u64,
        /// What the device has.
        free_bytes: u64,
    },
    /// The device failed at a step.
    #[error("the device could not {step}")]
    Failed {
        /// What it was asked to do.
        step: &'static str,
        /// What it says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl DeviceError {
    /// Returns what turns the device's own error at `step` into ours.
    pub fn at<E: std::error::Error + Send + Sync + 'static>(step: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Failed { step, source: Box::new(error) }
    }
}

impl From<DeviceError> for ProverError {
    fn from(error: DeviceError) -> Self {
        Self(Box::new(error))
    }
}
