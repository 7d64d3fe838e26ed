//! What a worker proves with.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use annals_gpu::attestation::Attestation;
use annals_gpu::device::{CudaDevice, CudaProver, DeviceError, Inventory, Path, device_count};
use annals_gpu::{AboutGpu, CpuProver, Parameters};
use annals_gpu_worker::{Attest, BoxedProver, Gpu, MakeProver};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::proving::in_words;

/// The operations that the CPU does for one attempt: some minutes of one core.
const CPU_OPERATIONS_MAX: u64 = 200_000_000_000;
const CPU_KEPT_BYTES_MAX: u64 = 1 << 30;
const CPU_LABEL: &str = "cpu";
/// What a GPU does for one attempt: twice that of full size.
const CUDA_OPERATIONS_MAX: u64 = 11_000_000_000_000_000;

/// The most that one GPU does for whoever asks.
pub(super) struct Bounds {
    pub(super) operations_max: u64,
    pub(super) kept_bytes_max: u64,
}

/// The CPU as a GPU: for trying things out, and as the reference.
pub(super) fn cpu() -> Gpu {
    Gpu {
        about: AboutGpu {
            label: CPU_LABEL.to_owned(),
            prover: CPU_LABEL.to_owned(),
            operations_max: CPU_OPERATIONS_MAX,
            kept_bytes_max: CPU_KEPT_BYTES_MAX,
            inventory: Value::Null,
        },
        prover: Arc::new(|numbers| Ok(Box::new(CpuProver::new(numbers)) as BoxedProver)),
        attest: None,
    }
}

/// All CUDA devices of this machine, opened for attempts of this size.
pub(super) fn cuda(path: Path, numbers: &Parameters) -> Result<Vec<Gpu>, Failure> {
    let count = device_count().map_err(|error| unavailable(&error))?;
    if count == 0 {
        return Err(Failure::Unavailable(
            "the driver knows no CUDA device: --cpu tries things out".to_owned(),
        ));
    }
    // What the driver tells is context, and a worker proves without.
    let inventory = Inventory::read().unwrap_or_default();
    (0..count).map(|index| device(index, path, numbers, &inventory)).collect()
}

fn device(index: usize, path: Path, numbers: &Parameters, inventory: &Inventory) -> Result<Gpu, Failure> {
    let named =
        |error: DeviceError| Failure::Unavailable(format!("CUDA device {index}: {}", in_words(&error)));
    let uuid = CudaDevice::open(index).and_then(|device| device.uuid()).map_err(named)?;
    let opened = CudaProver::open(index, numbers, path).map_err(named)?;
    let place = inventory.gpus.iter().position(|gpu| gpu.uuid.as_deref() == Some(uuid.as_str()));
    let prover = match path {
        Path::Int8 => "cuda int8",
        Path::Fp16 => "cuda fp16",
    };
    Ok(Gpu {
        about: AboutGpu {
            label: uuid,
            prover: prover.to_owned(),
            operations_max: CUDA_OPERATIONS_MAX,
            kept_bytes_max: numbers.kept_bytes(),
            inventory: place.map(|place| told(inventory, place)).unwrap_or_default(),
        },
        prover: kept_open(index, path, opened),
        attest: place.and_then(|place| u32::try_from(place).ok()).map(attest),
    })
}

/// Returns the driver's words about one GPU, and about itself.
fn told(inventory: &Inventory, place: usize) -> Value {
    let mut told = serde_json::to_value(&inventory.gpus[place]).unwrap_or_default();
    if let Value::Object(fields) = &mut told {
        fields.insert("driver_version".to_owned(), json!(inventory.driver_version));
        fields.insert("cuda_version".to_owned(), json!(inventory.cuda_version));
    }
    told
}

fn attest(place: u32) -> Attest {
    Arc::new(move |nonce| Attestation::read(place, nonce).map_err(|error| error.to_string()))
}

/// Opens a device once for attempts of one size: a challenge is timed gross, and opening takes a second or more.
fn kept_open(index: usize, path: Path, opened: CudaProver) -> MakeProver {
    let home = Arc::new(Mutex::new(Some(opened)));
    Arc::new(move |numbers| {
        let kept = home.lock().unwrap_or_else(PoisonError::into_inner).take();
        let prover = match kept {
            Some(prover) if *prover.parameters() == numbers => prover,
            other => {
                // Its memory is free before the new one takes it.
                drop(other);
                CudaProver::open(index, &numbers, path).map_err(|error| in_words(&error))?
            }
        };
        Ok(Box::new(Lent { prover: Some(prover), home: Arc::clone(&home) }) as BoxedProver)
    })
}

/// A prover that goes home when its attempt is over.
struct Lent {
    prover: Option<CudaProver>,
    home: Arc<Mutex<Option<CudaProver>>>,
}

impl Deref for Lent {
    type Target = CudaProver;

    fn deref(&self) -> &CudaProver {
        self.prover.as_ref().expect("it is there until it goes home")
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut CudaProver {
        self.prover.as_mut().expect("it is there until it goes home")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // A prover that panicked may have anything in its memory: the next attempt opens the device anew.
        if !std::thread::panicking() {
            *self.home.lock().unwrap_or_else(PoisonError::into_inner) = self.prover.take();
        }
    }
}

fn unavailable(error: &DeviceError) -> Failure {
    Failure::Unavailable(format!("{}: --cpu tries things out", in_words(error)))
}

/// The largest attempt that any of these GPUs takes.
pub(super) fn bounds(gpus: &[Gpu]) -> Bounds {
    let most = |of: fn(&AboutGpu) -> u64| gpus.iter().map(|gpu| of(&gpu.about)).max().unwrap_or_default();
    Bounds {
        operations_max: most(|about| about.operations_max),
        kept_bytes_max: most(|about| about.kept_bytes_max),
    }
}
