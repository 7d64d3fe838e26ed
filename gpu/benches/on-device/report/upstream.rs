//! A proof of upstream's protocol, as large as upstream asks of the card.

use std::time::Instant;

use annals_gpu::device::{Device, DeviceError, UpstreamKernelProver};
use annals_gpu::upstream::{Finding, MinerProduct, check_response, tflops};

use super::{By, Open};

/// A product that the CPU computes in a second.
const COMPARED_MAX: u32 = 1_024;
const SEEDS: [u64; 2] = [0x1234_5678_9ABC_DEF0, 42];

/// Compares the root of a proof of this size with that of the CPU, unless it would take it too long.
pub(super) fn is_equal<D: Device>(open: Open<'_, D>, size: u32) -> Result<bool, DeviceError> {
    if size > COMPARED_MAX {
        return Ok(true);
    }
    let told = UpstreamKernelProver::new(open(By::Kernels)?, size)?.compute(SEEDS[0], SEEDS[1])?;
    let is_equal = told.root == MinerProduct::compute(SEEDS[0], SEEDS[1], size as usize).root();
    println!("size {size}: root of upstream's, {}", if is_equal { "equal" } else { "DIFFERENT" });
    Ok(is_equal)
}

/// Prints the seconds of a proof of this size, and returns whether upstream's check passes it.
pub(super) fn measure<D: Device>(open: Open<'_, D>, size: u32) -> Result<bool, DeviceError> {
    let mut prover = UpstreamKernelProver::new(open(By::Kernels)?, size)?;
    // A device loads its kernels when they are first used.
    prover.compute(1, 2)?;
    let start = Instant::now();
    let told = prover.compute(SEEDS[0], SEEDS[1])?;
    let response = prover.respond((u64::from(size) / 2, u64::from(size) / 3))?;
    let took = start.elapsed().as_secs_f64();
    let finding = check_response(&response, size.into());
    println!(
        "upstream's proof of {size}: {took:.3} s, product {:.3} s or {:.1} * 10^12 operations a second, tree {:.3} s, {finding:?}",
        told.timings.multiplication,
        tflops(size.into(), told.timings.multiplication),
        told.timings.merkle_tree,
    );
    Ok(finding == Finding::Passed)
}
