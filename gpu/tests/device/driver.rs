//! The room of CUDA with a driver and a cuBLAS that are ours: everything of it but the device.

use std::path::Path;
use std::process::Command;

use annals_gpu::device::{
    CudaDevice, CudaProver, DeviceError, KernelProver, Path as Units, Pieces, device_count,
};
use annals_gpu::{CpuProver, Parameters};

use super::built::built;
use super::signed_as;
use crate::attempt::{Asked, SMALL};
use crate::seed::random;

/// The loader looks for libraries where it is told when a process begins, so this test runs itself once more.
#[test]
fn cuda_is_driven_as_it_has_to_be() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("annals-gpu-driver");
    if std::env::var_os("LD_LIBRARY_PATH").is_some_and(|folders| folders == *folder) {
        return attempts();
    }
    let driver = folder.join("libcuda.so");
    built("driver.cpp", &driver, &["-shared", "-fPIC"]).unwrap_or_else(|why| panic!("{why}"));
    // The same file is both libraries.
    std::fs::copy(&driver, folder.join("libcublas.so")).unwrap();
    let name = std::thread::current().name().unwrap().to_owned();
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &name])
        .env("LD_LIBRARY_PATH", &folder)
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
