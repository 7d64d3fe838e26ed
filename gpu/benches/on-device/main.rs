//! Every figure of the prover on this machine's GPU, and the comparison of all roots, for `gpu/benches/on-device.sh`.

mod report;

use std::process::ExitCode;

use annals_gpu::Parameters;
use annals_gpu::device::{CudaDevice, Device as _, device_count};
use annals_gpu::upstream::{doubled_vram_gb, proof_size};

use self::report::{By, Sizes, report};

/// What a script is told where there is no GPU: the same as by `annals gpu info`.
const NO_DEVICE: u8 = 3;

fn main() -> ExitCode {
    match device_count() {
        Ok(0) => return no_device("the driver knows no device"),
        Err(why) => return no_device(&why.to_string()),
        Ok(_) => {}
    }
    let numbers = match parameters() {
        Ok(numbers) => numbers,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let open = |by| {
        let device = CudaDevice::open(0)?;
        Ok(if by == By::Kernels { device.without_library() } else { device })
    };
    let all_right = CudaDevice::open(0).and_then(|mut device| {
        let library = if device.has_library() { "with cuBLAS" } else { "without cuBLAS" };
        println!("device: {} {library}", device.name()?);
        // A card that has no room for the smallest fails before it comes to this.
        let size = doubled_vram_gb(device.free_bytes()?).and_then(proof_size).unwrap_or_default();
        let upstream = u32::try_from(size).unwrap_or_default().max(32);
        drop(device);
        report(&open, &Sizes { numbers, compared: &[64, 192, 1_024, 4_160], plain_products: 20, upstream })
    });
    match all_right {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("FAILED: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

/// Reads size, rounds and kept rounds from the arguments; what is not given is as at full size.
fn parameters() -> Result<Parameters, String> {
    let mut numbers = Parameters::FULL;
    let mut given = std::env::args().skip(1);
    for field in [&mut numbers.size, &mut numbers.rounds, &mut numbers.kept_rounds] {
        if let Some(text) = given.next() {
            *field = text.parse().map_err(|_| format!("{text} is no number"))?;
        }
    }
    numbers.checked().map_err(|error| error.to_string())
}

fn no_device(why: &str) -> ExitCode {
    eprintln!("no GPU here, so nothing was measured: {why}");
    ExitCode::from(NO_DEVICE)
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}
