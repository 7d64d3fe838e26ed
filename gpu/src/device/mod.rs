//! The door to a machine's devices: what its driver tells, the kernels, the prover that runs them, and CUDA, which
//! alone needs unsafe code.

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
mod work;

pub use buffers::Pieces;
pub use cuda::{CudaDevice, CudaProver, device_count};
pub use inventory::{
    Clocks, ConfidentialComputing, Ecc, Gpu, GpuMemory, GpuProcess, Inventory, Mig, Pci, Power, Unread,
    Utilisation,
};
pub use launch::{Argument, BLOCK_THREADS, Buffer, Kernel, Launch, Memory, Path, Product};
pub use nvml::InventoryError;
pub use prover::KernelProver;
pub use seam::{Device, DeviceError};
