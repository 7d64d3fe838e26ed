//! The door to devices: the kernels, and the prover that runs them.

mod buffers;
mod launch;
mod levels;
mod prover;
mod seam;
mod work;

pub use buffers::Pieces;
pub use launch::{Argument, BLOCK_THREADS, Buffer, Kernel, Launch, Memory, Path, Product};
pub use prover::KernelProver;
pub use seam::{Device, DeviceError};
