//! The pseudo-random numbers that fill upstream's matrices.

const ROUNDS: u32 = 10;

/// Returns the state of place (i, j) after ten rounds of xorshift32.
///
/// It depends on the low 32 bits of the seed and on `i + j` alone, so every matrix is a Hankel matrix, and most of the
/// seed is lost. Both are upstream's.
fn state(seed: u64, i: u64, j: u64) -> u32 {
    let mut x = (seed.wrapping_add(i).wrapping_add(j) & 0xFFFF_FFFF) as u32;
    for _ in 0..ROUNDS {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
    }
    x
}

/// Returns the element as the validator computes it (`generate_prng_value`): a quotient in f64, which is 1 for the
/// largest state.
pub fn validator_element(seed: u64, i: u64, j: u64) -> f64 {
    f64::from(state(seed, i, j)) / f64::from(u32::MAX)
}

/// Returns the element as the miner's script computes it (`generate_matrix_torch`): a quotient in f32. It can differ
/// from the validator's in the last bit, which the tolerance covers.
pub fn miner_element(seed: u64, i: u64, j: u64) -> f32 {
    // The divisor 2^32 - 1 becomes 2^32 in f32.
    state(seed, i, j) as f32 / u32::MAX as f32
}
