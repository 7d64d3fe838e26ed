//! The door to devices: the kernels, the prover that runs them, and CUDA, which alone needs unsafe code.

mod buffers;
mod cuda;
mod launch;
mod levels;
mod prover;
mod seam;
mod work;

pub use buffers::Pieces;
pub use cuda::{CudaDevice, CudaProver, device_count};
pub use launch::{Argument, BLOCK_THREADS, Buffer, Kernel, Launch, Memory, Path, Product};
pub use prover::KernelProver;
pub use seam::{Device, DeviceError};
