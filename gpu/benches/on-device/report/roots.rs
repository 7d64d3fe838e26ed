//! All roots of a small attempt, by every way there is to compute them.

use annals_gpu::device::{Device, DeviceError, KernelProver, Path, Pieces};
use annals_gpu::{CpuProver, Parameters, Prover, ProverError, RoundSeed, SweepKey};
use annals_log::Hash;

use super::{By, Open};

/// Compares the roots of all rounds and sweeps of an attempt of this size with those of the CPU.
pub(super) fn are_equal<D: Device>(open: Open<'_, D>, size: u32) -> Result<bool, DeviceError> {
    let numbers = Parameters { size, rounds: 3, kept_rounds: 2, sweeps: 2, ..Parameters::FULL }.checked();
    let numbers = numbers.map_err(DeviceError::at("have such a size"))?;
    let by_cpu = roots(&mut CpuProver::new(numbers), &numbers)?;
    let mut all_equal = true;
    for path in [Path::Int8, Path::Fp16] {
        for by in [By::Library, By::Kernels] {
            let mut prover = KernelProver::new(open(by)?, &numbers, path, Pieces::default())?;
            let is_equal = roots(&mut prover, &numbers)? == by_cpu;
            let verdict = if is_equal { "equal" } else { "DIFFERENT" };
            println!("size {size}: {} roots, {path:?} by {by:?} and CPU: {verdict}", by_cpu.len());
            all_equal &= is_equal;
        }
    }
    Ok(all_equal)
}

fn roots(prover: &mut impl Prover, numbers: &Parameters) -> Result<Vec<Hash>, DeviceError> {
    let failed = |error: ProverError| DeviceError::Failed { step: "go on", source: error.0 };
    let (mut seed, mut roots) = (RoundSeed(Hash([7; 32])), Vec::new());
    for round in 0..numbers.rounds {
        let root = prover.round(round, seed).map_err(failed)?;
        seed = seed.next(&root);
        roots.push(root);
    }
    let mut key = SweepKey(seed.0);
    for sweep in 0..numbers.sweeps {
        let root = prover.sweep(sweep, key).map_err(failed)?;
        key = key.next(&root);
        roots.push(root);
    }
    Ok(roots)
}
