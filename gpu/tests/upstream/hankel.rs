//! Upstream's matrices are Hankel matrices: their product takes no GPU, and the protocol cannot tell.

use annals_gpu::upstream::{
    Matrix, Response, RowTree, Timing, check_response, miner_element, responses_pass,
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

fn answer(product: &Matrix, (seed_a, seed_b): (u64, u64), index: (u64, u64)) -> Response {
    let tree = RowTree::over(product);
    let i = usize::try_from(index.0).unwrap();
    Response { seed_a, seed_b, root: tree.root(), index, row: product.row(i).to_vec(), proof: tree.proof(i) }
}

#[test]
fn an_honest_prover_passes() {
    let (seeds, n) = ((0x1234_5678_9abc_def0, 42), 96);
    let product = Matrix::generate(seeds.0, n).multiply(&Matrix::generate(seeds.1, n));
    let finding = check_response(&answer(&product, seeds, (95, 17)), n as u64);
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
        let product = product_by_structure(seeds.0, seeds.1, n);
        for _ in 0..20 {
            let index = (random.u64(0..n as u64), random.u64(0..n as u64));
            let finding = check_response(&answer(&product, seeds, index), n as u64);
            assert!(responses_pass(&[finding]), "{seeds:?} {index:?}");
        }
    }
}

#[test]
fn a_miner_chooses_the_size_that_upstream_checks_with() {
    let seeds = (7, 8);
    let product = Matrix::generate(seeds.0, 1).multiply(&Matrix::generate(seeds.1, 1));
    let finding = check_response(&answer(&product, seeds, (0, 0)), 1);
    assert!(responses_pass(&[finding]));
    // And its own benchmark is the time that it has.
    let slow =
        Timing { elapsed: 299.0, tolerance: 5.0, gpus: 1, time_fp32: 300.0, multiplication_mean: 299.0 };
    assert!(slow.passes());
    assert!(!Timing { time_fp32: 10.0, ..slow }.passes());
}
