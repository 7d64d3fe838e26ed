//! Provers of upstream's protocol: honest ones, some of which fail, and one that multiplied nothing and passes.

use annals_gpu::upstream::{
    Finding, Matrix, MinerProduct, Sibling, Timing, check_response, miner_element, responses_pass,
};

/// Returns the product of both matrices with n^2 additions instead of n^3 products.
///
/// With A(i, k) = a(i + k) and B(k, j) = b(k + j), element (i + 1, j + 1) of the product is element (i, j) without its
/// first term and with one more at its end.
fn product_by_structure(seed_a: u64, seed_b: u64, n: usize) -> Matrix {
    let row = |seed| (0..2 * n as u64).map(|at| f64::from(miner_element(seed, 0, at))).collect::<Vec<f64>>();
    let (a, b) = (row(seed_a), row(seed_b));
    let mut sums = vec![0.0; n * n];
    let whole = |i: usize, j: usize| (0..n).map(|k| a[i + k] * b[j + k]).sum::<f64>();
    for at in 0..n {
        sums[at] = whole(0, at);
        sums[at * n] = whole(at, 0);
    }
    for i in 1..n {
        for j in 1..n {
            let last = n - 1;
            sums[i * n + j] = sums[(i - 1) * n + j - 1] - a[i - 1] * b[j - 1] + a[i + last] * b[j + last];
        }
    }
    Matrix::from_elements(n, sums.into_iter().map(|sum| sum as f32).collect())
}

#[test]
fn an_honest_prover_passes() {
    let (seeds, n) = ((0x1234_5678_9abc_def0, 42), 96);
    let product = MinerProduct::compute(seeds.0, seeds.1, n);
    let finding = check_response(&product.respond((95, 17)), n as u64);
    assert!(responses_pass(&[finding]));
}

/// The hole that the second protocol exists for: no element is off, in any of 20 attempts with 20 places each, and
/// not one matrix was multiplied.
#[test]
fn a_product_without_a_gpu_passes_upstreams_protocol() {
    let mut random = fastrand::Rng::with_seed(27);
    let n = 96;
    for _ in 0..20 {
        let seeds = (random.u64(..), random.u64(..));
        let product = MinerProduct::of(seeds.0, seeds.1, product_by_structure(seeds.0, seeds.1, n));
        for _ in 0..20 {
            let index = (random.u64(0..n as u64), random.u64(0..n as u64));
            let finding = check_response(&product.respond(index), n as u64);
            assert!(responses_pass(&[finding]), "{seeds:?} {index:?}");
        }
    }
}

#[test]
fn a_miner_chooses_the_size_that_upstream_checks_with() {
    let seeds = (7, 8);
    let finding = check_response(&MinerProduct::compute(seeds.0, seeds.1, 1).respond((0, 0)), 1);
    assert!(responses_pass(&[finding]));
    // And its own benchmark is the time that it has.
    let slow =
        Timing { elapsed: 299.0, tolerance: 5.0, gpus: 1, time_fp32: 300.0, multiplication_mean: 299.0 };
    assert!(slow.passes());
    assert!(!Timing { time_fp32: 10.0, ..slow }.passes());
}

/// Upstream's script saves its tree with numpy, which drops zeros at the end of a digest. The honest proof then fails.
#[test]
fn an_honest_proof_fails_if_a_digest_in_it_ends_with_a_zero() {
    let n = 64;
    let (mut cut, mut attempts) = (0, 0);
    for seeds in 0..20 {
        let product = MinerProduct::compute(seeds, 1_000 + seeds, n);
        for i in 0..n as u64 {
            let mut response = product.respond((i, 0));
            response.proof = response.proof.into_iter().map(Sibling::as_saved).collect();
            let is_cut = response.proof.iter().any(|sibling| sibling.0.len() < 32);
            let expected = if is_cut { Finding::WrongProof } else { Finding::Passed };
            assert_eq!(check_response(&response, n as u64), expected);
            cut += u32::from(is_cut);
            attempts += 1;
        }
    }
    // 1 - (255/256)^6 is 2.3 %. Those of one tree go together: they share its upper nodes.
    assert!(cut > 0 && cut < attempts / 10, "{cut} of {attempts}");
}
