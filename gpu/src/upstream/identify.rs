//! Upstream's guess which GPU it is.

use super::config::Config;

/// Returns the name of the GPU of the table that deviates least from what was measured, or the reported name where
/// the two stand for each other (`identify_gpu`). All three figures are the miner's own words.
///
/// # Panics
/// If the table has no GPU.
pub fn identify_gpu<'a>(
    tflops_fp16: f64,
    tflops_fp32: f64,
    avram_gb: f64,
    reported: Option<&'a str>,
    config: &'a Config,
) -> &'a str {
    let deviation = |measured: f64, expected: f64| (measured - expected).abs() / expected;
    let mut nearest = config.gpus.first().expect("the table has a GPU").name;
    let mut least = f64::INFINITY;
    for gpu in config.gpus {
        let sum = deviation(tflops_fp16, gpu.tflops_fp16)
            + deviation(tflops_fp32, gpu.tflops_fp32)
            + deviation(avram_gb, gpu.avram_gb);
        // Of those that deviate alike, the first of the table.
        if sum / 3.0 < least {
            least = sum / 3.0;
            nearest = gpu.name;
        }
    }
    match reported {
        Some(reported) if stand_for_each_other(nearest, reported, config) => reported,
        _ => nearest,
    }
}

fn stand_for_each_other(one: &str, other: &str, config: &Config) -> bool {
    config.tolerance_pairs.contains(&(one, other)) || config.tolerance_pairs.contains(&(other, one))
}
