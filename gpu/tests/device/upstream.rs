//! Upstream's protocol by the kernels: every byte that the CPU answers.

use annals_gpu::device::{Argument, Device, DeviceError, Kernel, Launch, UpstreamKernelProver};
use annals_gpu::upstream::{Computed, Finding, MinerProduct, check_response, miner_element};
use serde_json::Value;

use super::shim::Shim;
use crate::seed::random;

/// What is special about these: one row, an odd count on every level, blocks of hashing and of the product that are
/// full, one less and one more, and a row whose padding needs a block of its own.
const SIZES: [u32; 14] = [1, 2, 3, 7, 13, 14, 15, 16, 17, 33, 127, 128, 129, 200];

fn prover(size: u32) -> UpstreamKernelProver<Shim> {
    UpstreamKernelProver::new(Shim::start(), size).unwrap()
}

#[test]
fn rows_proofs_and_roots_are_the_cpus_to_the_byte() {
    let random = &mut random("upstream");
    for size in SIZES {
        let mut prover = prover(size);
        // One prover answers one attempt after the other, and nothing of the first is left in the second.
        for _ in 0..2 {
            let seeds = [random.u64(..), random.u64(..)];
            let reference = MinerProduct::compute(seeds[0], seeds[1], size as usize);
            let told = prover.compute(seeds[0], seeds[1]).unwrap();
            assert_eq!(told.root, reference.root(), "{size} {seeds:?}");
            assert_eq!(told.timings.n, u64::from(size));
            let last = size - 1;
            // Every row of the small ones. Each is asked of another process, so of the large ones only some.
            let rows: Vec<_> =
                if size <= 33 { (0..size).collect() } else { vec![0, last / 2, last - 1, last] };
            for row in rows {
                let index = (row.into(), random.u64(0..size.into()));
                let response = prover.respond(index).unwrap();
                assert_eq!(response, reference.respond(index), "{size} {seeds:?}");
                assert_eq!(check_response(&response, size.into()), Finding::Passed, "{size} {seeds:?}");
            }
        }
    }
}

#[test]
fn a_matrix_has_the_scripts_elements_and_zeros_around_them() {
    let random = &mut random("elements");
    // The states of the second wrap around, and one of them is 0, which no round of xorshift leaves.
    for seed in [random.u32(..), u32::MAX - 40] {
        let size = random.u32(64..=250);
        let lines = size.next_multiple_of(128);
        let mut device = Shim::start();
        let matrix = device.allocate(u64::from(lines * lines) * 4).unwrap();
        let numbers = [seed, size, lines / 4].map(Argument::Number);
        let arguments = [&[Argument::Memory(matrix.at(0))][..], &numbers].concat();
        device.launch(&Launch { kernel: Kernel::GenerateUpstream, blocks: [lines, 1], arguments }).unwrap();
        let mut bytes = vec![0; (lines * lines * 4) as usize];
        device.read(matrix.at(0), &mut bytes).unwrap();
        for (at, element) in (0..).zip(bytes.as_chunks().0) {
            let (row, column) = (at / lines, at % lines);
            let is_inside = row < size && column < size;
            let expected =
                if is_inside { miner_element(seed.into(), row.into(), column.into()) } else { 0.0 };
            assert_eq!(
                f32::from_le_bytes(*element).to_bits(),
                expected.to_bits(),
                "{seed} {size} {row} {column}"
            );
        }
    }
}

#[test]
fn seeds_of_upstreams_own_results_give_rows_that_upstream_takes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/golden/pog_vectors.json");
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (mut prover, mut rows) = (prover(8), 0);
    for case in vectors["verify_responses"].as_array().unwrap() {
        assert_eq!(case["n"], 8);
        let whole = case["gpus"].as_array().unwrap().iter().filter(|gpu| gpu["tamper"] == "ok");
        for gpu in whole {
            let number = |value: &Value| value.as_str().unwrap().parse().unwrap();
            let index = serde_json::from_value(gpu["index"].clone()).unwrap();
            prover.compute(number(&gpu["seed_a"]), number(&gpu["seed_b"])).unwrap();
            let response = prover.respond(index).unwrap();
            assert_eq!(check_response(&response, 8), Finding::Passed, "{gpu}");
            let theirs = hex::decode(gpu["row_f32_hex"].as_str().unwrap()).unwrap();
            let theirs = theirs.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
            assert!(
                response.row.iter().zip(theirs).all(|(ours, theirs)| (ours - theirs).abs() <= 1e-5 * theirs)
            );
            rows += 1;
        }
    }
    assert_eq!(rows, 66);
}

#[test]
fn a_worker_writes_what_upstreams_validator_reads() {
    let (mut prover, mut ours, mut expected) = (prover(33), Vec::new(), Vec::new());
    let mut timings = Vec::new();
    for gpu in 0..2 {
        let told = prover.compute(gpu, gpu + 10).unwrap();
        ours.push((gpu, told.root.to_string()));
        expected.push((gpu, MinerProduct::compute(gpu, gpu + 10, 33).root().to_string()));
        timings.push((gpu, told.timings));
    }
    let written = Computed { roots: ours, timings: timings.clone() }.to_string();
    assert_eq!(Computed::parse(&written), Ok(Computed { roots: expected, timings }));
}

#[test]
fn a_size_that_the_device_has_no_memory_for_is_refused() {
    let prover = |size, free_bytes| {
        let mut device = Shim::start();
        device.free_bytes = free_bytes;
        UpstreamKernelProver::new(device, size)
    };
    // Three matrices of 256 lines, and 129 + 65 + 33 + 17 + 9 + 5 + 3 + 2 + 1 nodes.
    let needed = 3 * 256 * 256 * 4 + 264 * 32;
    assert_eq!(
        prover(129, needed - 1).unwrap_err().to_string(),
        format!("the attempt needs {needed} bytes of the device's memory, and {} are free", needed - 1)
    );
    prover(129, needed).unwrap();
    // No number of bytes wraps around to one that is free.
    for size in [1 << 17, 1 << 31, u32::MAX] {
        assert!(matches!(prover(size, 1 << 37).unwrap_err(), DeviceError::Memory { .. }), "{size}");
    }
}

/// A compiler that fuses a product and a sum rounds once for both, and the root is another.
#[test]
fn the_product_of_the_ptx_rounds_as_the_cpu_does() {
    let ptx = include_str!("../../kernels/kernels.ptx");
    let (_, entry) = ptx.split_once(".visible .entry product_fp32(").unwrap();
    let (body, _) = entry.split_once("\n}").unwrap();
    let count = |instruction| body.matches(instruction).count();
    assert!(count("mul.rn.f32") >= 64 && count("mul.rn.f32") == count("add.rn.f32"));
    assert_eq!((count("fma"), count("mad.rn"), count(".ftz")), (0, 0, 0));
}
