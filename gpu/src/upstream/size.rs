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

/// Returns the gigabytes that the script finds on a card with `free_bytes` free: it doubles a tensor while it still
/// holds the one before, until there is no room for both. `None` where there is none for its first, of 2 MiB.
pub fn doubled_vram_gb(free_bytes: u64) -> Option<f64> {
    const FIRST_BYTES: u64 = 1 << 21;
    let mut held = (free_bytes >= FIRST_BYTES).then_some(FIRST_BYTES)?;
    while held <= free_bytes / 3 {
        held *= 2;
    }
    // Its line has two digits.
    Some((held as f64 / 1e7).round() / 100.0)
}

/// Returns the rate in TFLOPS that upstream makes of a benchmark: two operations for each of `size`^3 products.
pub fn tflops(size: u64, seconds: f64) -> f64 {
    2.0 * (size as f64).powi(3) / seconds / 1e12
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_found_to_have_what_the_configuration_expects_of_them() {
        // The memory that is sold as 141, 80, 48, 40, 24 and 20 GB, less 2 % for the driver.
        for (gib, avram_gb) in [(141, 68.72), (80, 34.36), (48, 17.18), (40, 17.18), (24, 8.59), (20, 8.59)] {
            let found = doubled_vram_gb((gib << 30) / 50 * 49).unwrap();
            assert_eq!(found.to_bits(), f64::to_bits(avram_gb), "{gib} GiB: {found}");
        }
        assert_eq!((doubled_vram_gb((1 << 21) - 1), doubled_vram_gb(u64::MAX).is_some()), (None, true));
        assert_eq!(doubled_vram_gb(80 << 30).and_then(proof_size), Some(20_704));
    }
}
