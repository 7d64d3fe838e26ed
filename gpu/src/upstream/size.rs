//! The sizes of upstream's matrices.

/// Returns the size that `adjust_matrix_size` gives for `vram_gb` gigabytes: two square matrices fill the part
/// `buffer_factor` of them, and the size is a multiple of 32. `None` where Python raises: less than nothing, and NaN.
pub fn adjusted_size(vram_gb: f64, element_bytes: u32, buffer_factor: f64) -> Option<u64> {
    let usable_bytes = vram_gb * buffer_factor * 1e9;
    let size = (usable_bytes / f64::from(2 * element_bytes)).powf(0.5);
    // 2^53: beyond it not every whole number is there, and no card either.
    let is_size = (0.0..9_007_199_254_740_992.0).contains(&size);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 2^53")]
    is_size.then(|| size as u64 / 32 * 32)
}

/// Returns the size of the matrices of a proof (`element_size=4, buffer_factor=0.10`).
pub fn proof_size(vram_gb: f64) -> Option<u64> {
    adjusted_size(vram_gb, 4, 0.10)
}

/// Returns the rate in TFLOPS that upstream makes of a benchmark: two operations for each of `size`^3 products.
pub fn tflops(size: u64, seconds: f64) -> f64 {
    2.0 * (size as f64).powi(3) / seconds / 1e12
}
