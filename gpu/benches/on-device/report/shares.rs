//! What each kernel takes of a round, on a device that waits after every step.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use annals_gpu::device::{Buffer, Device, DeviceError, KernelProver, Launch, Memory, Path, Pieces, Product};
use annals_gpu::{Parameters, Prover, ProverError, RoundSeed};
use annals_log::Hash;

use super::{By, Open};

/// Rounds that are measured.
const ROUNDS: u32 = 8;

type Times = Rc<RefCell<BTreeMap<&'static str, Duration>>>;

/// A device that waits for each step, and adds up what it took.
struct Timed<D> {
    device: D,
    times: Times,
}

/// Prints how much of a round each step is.
pub(super) fn measure<D: Device>(open: Open<'_, D>, numbers: &Parameters) -> Result<(), DeviceError> {
    let rounds = ROUNDS.min(numbers.rounds);
    let numbers = Parameters { rounds, kept_rounds: rounds.min(numbers.kept_rounds), ..*numbers };
    let times = Times::default();
    let device = Timed { device: open(By::Library)?, times: Rc::clone(&times) };
    let mut prover = KernelProver::new(device, &numbers, Path::Int8, Pieces::default())?;
    let mut seed = RoundSeed(Hash([9; 32]));
    for round in 0..rounds {
        let failed = |error: ProverError| DeviceError::Failed { step: "go on", source: error.0 };
        seed = seed.next(&prover.round(round, seed).map_err(failed)?);
        if round == 0 {
            // The first round also warms the device up.
            times.borrow_mut().clear();
        }
    }
    let times = times.borrow();
    let all: Duration = times.values().sum();
    let mut beside = 0.0;
    for (step, took) in times.iter() {
        let share = 100.0 * took.as_secs_f64() / all.as_secs_f64();
        println!("{step}: {share:.1} % of a round, {:.2?}", *took / (rounds - 1).max(1));
        beside += if *step == PRODUCT { 0.0 } else { share };
    }
    println!("generation and hashing: {beside:.1} % of a round (target: at most 20)");
    Ok(())
}

/// What a product is called, whoever computes it.
const PRODUCT: &str = "product";

impl<D: Device> Timed<D> {
    fn timed(
        &mut self,
        step: &'static str,
        run: impl FnOnce(&mut D) -> Result<(), DeviceError>,
    ) -> Result<(), DeviceError> {
        let start = Instant::now();
        run(&mut self.device)?;
        self.device.read(Buffer(0).at(0), &mut [0])?;
        *self.times.borrow_mut().entry(step).or_default() += start.elapsed();
        Ok(())
    }
}

impl<D: Device> Device for Timed<D> {
    fn free_bytes(&mut self) -> Result<u64, DeviceError> {
        self.device.free_bytes()
    }

    fn allocate(&mut self, bytes: u64) -> Result<Buffer, DeviceError> {
        self.device.allocate(bytes)
    }

    fn launch(&mut self, launch: &Launch) -> Result<(), DeviceError> {
        self.timed(launch.kernel.name(), |device| device.launch(launch))
    }

    fn multiply(&mut self, product: &Product) -> Result<(), DeviceError> {
        self.timed(PRODUCT, |device| device.multiply(product))
    }

    fn read(&mut self, memory: Memory, bytes: &mut [u8]) -> Result<(), DeviceError> {
        self.device.read(memory, bytes)
    }
}
