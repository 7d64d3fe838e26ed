//! The room of CUDA with a driver and a cuBLAS that are ours: everything of it but the device.

use std::process::Command;

use annals_gpu::device::{
    CudaDevice, CudaProver, CudaUpstreamProver, DeviceError, KernelProver, Path, Pieces, device_count,
};
use annals_gpu::upstream::MinerProduct;
use annals_gpu::{CpuProver, Parameters};

use super::built::built;
use super::signed_as;
use crate::attempt::{Asked, SMALL};
use crate::seed::random;

/// Set in a process that has a driver of ours.
const HAS_DRIVER: &str = "ANNALS_TEST_DRIVER";

#[test]
fn cuda_is_driven_as_it_has_to_be() {
    if std::env::var_os(HAS_DRIVER).is_some() {
        attempts();
        upstreams_attempt();
    } else {
        runs_with("driver.cpp", &[], "gpu::device::driver::cuda_is_driven_as_it_has_to_be");
    }
}

#[test]
fn a_driver_that_lacks_functions_is_refused() {
    if std::env::var_os(HAS_DRIVER).is_some() {
        assert!(matches!(device_count().unwrap_err(), DeviceError::OldDriver));
        assert!(matches!(CudaDevice::open(0).unwrap_err(), DeviceError::OldDriver));
    } else {
        // A library without any function.
        runs_with(
            "/dev/null",
            &["-x", "c++"],
            "gpu::device::driver::a_driver_that_lacks_functions_is_refused",
        );
    }
}

/// Runs a test once more, in a process whose libcuda and libcublas are made of `source`: the loader looks where it is
/// told when a process begins.
fn runs_with(source: &str, options: &[&str], test: &str) {
    let folder = tempfile::tempdir().unwrap();
    let driver = folder.path().join("libcuda.so");
    built(source, &driver, &[&["-shared", "-fPIC"], options].concat()).unwrap_or_else(|why| panic!("{why}"));
    std::fs::copy(&driver, folder.path().join("libcublas.so")).unwrap();
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env("LD_LIBRARY_PATH", folder.path())
        .env(HAS_DRIVER, "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{told}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(told.contains("1 passed"), "{told}");
}

fn attempts() {
    assert_eq!(device_count().unwrap(), 1);
    assert!(matches!(CudaDevice::open(1).unwrap_err(), DeviceError::NoDevice { index: 1, count: 1 }));
    let refused = CudaProver::open(0, &Parameters::FULL, Path::Int8).unwrap_err();
    assert!(matches!(refused, DeviceError::Memory { .. }), "{refused}");
    assert_eq!(CudaDevice::open(0).unwrap().name().unwrap(), "processor");
    let asked = Asked::new(&mut random("driver"), SMALL);
    let reference = asked.run(CpuProver::new(SMALL));
    for path in [Path::Int8, Path::Fp16] {
        let device = CudaDevice::open(0).unwrap();
        assert!(device.has_library());
        let by_kernels = KernelProver::new(device.without_library(), &SMALL, path, Pieces::default());
        for prover in [CudaProver::open(0, &SMALL, path), by_kernels] {
            let told = asked.run(prover.unwrap());
            assert!(told.to_bytes() == signed_as(reference.clone(), &told).to_bytes(), "{path:?}");
        }
    }
}

fn upstreams_attempt() {
    assert!(matches!(
        CudaUpstreamProver::open(1, 8).unwrap_err(),
        DeviceError::NoDevice { index: 1, count: 1 }
    ));
    let refused = CudaUpstreamProver::open(0, 29_280).unwrap_err();
    assert!(matches!(refused, DeviceError::Memory { .. }), "{refused}");
    let (mut prover, reference) = (CudaUpstreamProver::open(0, 65).unwrap(), MinerProduct::compute(3, 4, 65));
    assert_eq!(prover.compute(3, 4).unwrap().root, reference.root());
    assert_eq!(prover.respond((64, 1)).unwrap(), reference.respond((64, 1)));
}
