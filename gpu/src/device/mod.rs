//! The door to a machine's devices: what its driver tells, the kernels, the provers of both protocols that run them,
//! and CUDA, which alone needs unsafe code.

mod answers;
mod buffers;
mod cuda;
mod evidence;
mod inventory;
mod launch;
mod levels;
mod nvml;
mod prover;
mod seam;
mod upstream;
mod work;

pub use buffers::Pieces;
pub use cuda::{CudaDevice, CudaProver, CudaUpstreamProver, device_count};
pub use inventory::{
    Clocks, ConfidentialComputing, Ecc, Gpu, GpuMemory, GpuProcess, Inventory, Mig, Pci, Power, Unread,
    Utilisation,
};
pub use launch::{Argument, BLOCK_THREADS, Buffer, Kernel, Launch, Memory, Path, Product};
pub use nvml::InventoryError;
pub use prover::KernelProver;
pub use seam::{Device, DeviceError};
pub use upstream::{UpstreamCommitment, UpstreamKernelProver};
