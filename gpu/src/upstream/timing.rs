//! Upstream's rule about time.

/// The seconds of an attempt. All but `elapsed` are the miner's own words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// How long the script ran, by the validator's clock.
    pub elapsed: f64,
    /// The allowance of the configuration (`time_tolerance`).
    pub tolerance: f64,
    /// How many GPUs reported timings.
    pub gpus: u32,
    /// The miner's own benchmark in f32, which is much larger than the proof.
    pub time_fp32: f64,
    /// The mean of the GPUs' own multiplication times.
    pub multiplication_mean: f64,
}

impl Timing {
    /// Returns whether the attempt was fast enough.
    pub fn passes(&self) -> bool {
        self.elapsed < self.tolerance + f64::from(self.gpus) * self.time_fp32
            && self.multiplication_mean < self.time_fp32
    }
}
