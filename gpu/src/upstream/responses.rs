//! What upstream's validator checks of the answers to a proof.

use annals_log::Hash;

use super::prng::validator_element;
use super::tree::{Sibling, leads_to_root};

/// What one GPU was asked, and what it answered. Upstream asks for one place a GPU.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Makes the left matrix.
    pub seed_a: u64,
    /// Makes the right matrix.
    pub seed_b: u64,
    /// The root that the miner announced before it knew the place.
    pub root: Hash,
    /// The place (i, j) that was asked for.
    pub index: (u64, u64),
    /// Row i of the product.
    pub row: Vec<f32>,
    /// The siblings on the way from the row to the root.
    pub proof: Vec<Sibling>,
}

/// What a response is found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The element is close to the validator's and the row leads to the root.
    Passed,
    /// The element is not close to the validator's. Upstream looks no further.
    WrongValue,
    /// The row does not lead to the root.
    WrongProof,
    /// The row has no element j. Upstream's code raises here, and the whole attempt fails.
    ShortRow,
}

/// Checks the answer of one GPU for matrices of size `n`, which upstream takes from the miner.
pub fn check_response(response: &Response, n: u64) -> Finding {
    let (i, j) = response.index;
    let told = usize::try_from(j).ok().and_then(|j| response.row.get(j));
    let Some(&told) = told else { return Finding::ShortRow };
    if !is_close(told, product_element(response.seed_a, response.seed_b, i, j, n)) {
        return Finding::WrongValue;
    }
    if leads_to_root(&response.row, &response.proof, &response.root, i) {
        Finding::Passed
    } else {
        Finding::WrongProof
    }
}

/// Returns whether an attempt passes with these findings (`verify_responses`).
pub fn responses_pass(findings: &[Finding]) -> bool {
    let passed = findings.iter().filter(|finding| **finding == Finding::Passed).count();
    !findings.contains(&Finding::ShortRow) && passed >= required_passes(findings.len())
}

/// Returns how many of the GPUs have to pass: three of four, three quarters of more, all of fewer.
pub fn required_passes(gpus: usize) -> usize {
    match gpus {
        0..4 => gpus,
        4 => 3,
        more => (3 * more).div_ceil(4),
    }
}

/// Returns element (i, j) of the product of both matrices. Numpy sums f32 in an order of its library's choosing; f64
/// is closer to all of them than they are to each other.
fn product_element(seed_a: u64, seed_b: u64, i: u64, j: u64, n: u64) -> f32 {
    let mut sum = 0.0;
    for k in 0..n {
        let left = nearest_f32(validator_element(seed_a, i, k));
        let right = nearest_f32(validator_element(seed_b, k, j));
        sum += f64::from(left) * f64::from(right);
    }
    nearest_f32(sum)
}

#[expect(clippy::cast_possible_truncation, reason = "rounded, as numpy does it")]
fn nearest_f32(value: f64) -> f32 {
    value as f32
}

/// `np.isclose(told, expected, atol=1e-5)` of numpy 2 for two f32: computed in f32, with numpy's relative tolerance of
/// 1e-5.
fn is_close(told: f32, expected: f32) -> bool {
    let tolerance = 1e-5_f32 + 1e-5_f32 * expected.abs();
    (told - expected).abs() <= tolerance && expected.is_finite() || told == expected
}
