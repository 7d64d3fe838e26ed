//! The room of CUDA with a driver and a cuBLAS that are ours: everything of it but the device.

use std::path::{Path, PathBuf};
use std::process::Command;

use annals_gpu::device::{
    CudaDevice, CudaProver, DeviceError, KernelProver, Path as Units, Pieces, device_count,
};
use annals_gpu::{CpuProver, Parameters};

use super::built::built;
use super::signed_as;
use crate::attempt::{Asked, SMALL};
use crate::seed::random;

#[test]
fn cuda_is_driven_as_it_has_to_be() {
    let folder = folder("annals-gpu-driver");
    if is_loaded_from(&folder) {
        return attempts();
    }
    let driver = folder.join("libcuda.so");
    built("driver.cpp", &driver, &["-shared", "-fPIC"]).unwrap_or_else(|why| panic!("{why}"));
    // The same file is both libraries.
    std::fs::copy(&driver, folder.join("libcublas.so")).unwrap();
    runs_with(&folder, "device::driver::cuda_is_driven_as_it_has_to_be");
}

#[test]
fn a_driver_that_lacks_functions_is_refused() {
    let folder = folder("annals-gpu-old-driver");
    if is_loaded_from(&folder) {
        assert!(matches!(device_count().unwrap_err(), DeviceError::OldDriver));
        assert!(matches!(CudaDevice::open(0).unwrap_err(), DeviceError::OldDriver));
        return;
    }
    // This one lacks all of them.
    let options = ["-shared", "-fPIC", "-x", "c++"];
    built("/dev/null", &folder.join("libcuda.so"), &options).unwrap_or_else(|why| panic!("{why}"));
    runs_with(&folder, "device::driver::a_driver_that_lacks_functions_is_refused");
}

fn folder(name: &str) -> PathBuf {
    [env!("CARGO_TARGET_TMPDIR"), name].iter().collect()
}

/// Returns whether this process has the libraries of `folder`. The loader looks where it is told when a process begins,
/// so a test that needs a driver runs itself once more.
fn is_loaded_from(folder: &Path) -> bool {
    std::env::var_os("LD_LIBRARY_PATH").is_some_and(|folders| *folders == *folder)
}

fn runs_with(folder: &Path, test: &str) {
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env("LD_LIBRARY_PATH", folder)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{told}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(told.contains("1 passed"), "{told}");
}

fn attempts() {
    assert_eq!(device_count().unwrap(), 1);
    assert!(matches!(CudaDevice::open(1).unwrap_err(), DeviceError::NoDevice { index: 1, count: 1 }));
    let refused = CudaProver::open(0, &Parameters::FULL, Units::Int8).unwrap_err();
    assert!(matches!(refused, DeviceError::Memory { .. }), "{refused}");
    assert_eq!(CudaDevice::open(0).unwrap().name().unwrap(), "processor");
    let asked = Asked::new(&mut random("driver"), SMALL);
    let reference = asked.run(CpuProver::new(SMALL));
    for path in [Units::Int8, Units::Fp16] {
        let device = CudaDevice::open(0).unwrap();
        assert!(device.has_library());
        let by_kernels = KernelProver::new(device.without_library(), &SMALL, path, Pieces::default());
        for prover in [CudaProver::open(0, &SMALL, path), by_kernels] {
            let told = asked.run(prover.unwrap());
            assert!(told.to_bytes() == signed_as(reference.clone(), &told).to_bytes(), "{path:?}");
        }
    }
}
