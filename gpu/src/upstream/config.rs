//! What upstream's configuration says about GPUs, in both versions.

use annals_log::Upstream;

/// A GPU of the table: what it is expected to do, and what it is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownGpu {
    /// As the driver calls it.
    pub name: &'static str,
    /// TFLOPS in f16.
    pub tflops_fp16: f64,
    /// TFLOPS in f32.
    pub tflops_fp32: f64,
    /// Gigabytes, as the miner's script finds them by doubling.
    pub avram_gb: f64,
}

/// One version of `config.yaml`. The order of the GPUs decides ties.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// The GPUs that can be identified, in the order of the file.
    pub gpus: &'static [KnownGpu],
    /// The score of a GPU by name. Not all that can be identified have one.
    pub scores: &'static [(&'static str, f64)],
    /// Names that stand for each other: identified, reported.
    pub tolerance_pairs: &'static [(&'static str, &'static str)],
    /// Seconds beyond the miner's own benchmark.
    pub time_tolerance: f64,
    /// Attempts before a miner counts as failed.
    pub retry_limit: u32,
    /// Seconds between attempts.
    pub retry_interval: u32,
}

impl Config {
    /// Returns the configuration of a version of upstream.
    pub const fn of(upstream: Upstream) -> &'static Self {
        match upstream {
            Upstream::V1_9_0 => &V1_9_0,
            Upstream::V1_8_3 => &V1_8_3,
        }
    }
}

const V1_9_0: Config = Config {
    gpus: &[
        gpu("NVIDIA B200", 1205.0, 67.2, 68.72),
        gpu("NVIDIA H200", 610.0, 49.6, 68.72),
        gpu("NVIDIA H100 80GB HBM3", 570.0, 49.0, 34.36),
        gpu("NVIDIA H100", 330.0, 37.2, 34.36),
        gpu("NVIDIA A100-SXM4-80GB", 238.8, 18.2, 34.36),
        gpu("NVIDIA A100 80GB PCIe", 197.0, 16.9, 34.36),
        gpu("NVIDIA A100-SXM4-40GB", 257.0, 18.2, 17.18),
        gpu("NVIDIA GeForce RTX 5090", 220.0, 65.0, 17.18),
        gpu("NVIDIA L40s", 171.0, 35.5, 17.18),
        gpu("NVIDIA L40", 116.0, 27.0, 17.18),
        gpu("NVIDIA RTX 6000 Ada Generation", 112.0, 26.0, 17.18),
        gpu("NVIDIA RTX A6000", 48.5, 21.28, 17.18),
        gpu("NVIDIA RTX A5000", 60.0, 15.8, 8.59),
        gpu("NVIDIA RTX A4500", 44.0, 14.3, 8.59),
        gpu("NVIDIA RTX 4000 Ada Generation", 70.0, 14.6, 8.59),
        gpu("NVIDIA A40", 40.0, 22.8, 17.18),
        gpu("NVIDIA RTX 4090", 157.0, 48.5, 8.59),
        gpu("NVIDIA GeForce RTX 3090", 66.4, 21.7, 8.59),
        gpu("NVIDIA L4", 51.0, 9.0, 8.59),
    ],
    scores: &[
        ("NVIDIA B200", 5.0),
        ("NVIDIA H200", 4.0),
        ("NVIDIA H100 80GB HBM3", 3.3),
        ("NVIDIA H100", 2.8),
        ("NVIDIA A100-SXM4-80GB", 1.9),
        ("NVIDIA A100 80GB PCIe", 1.7),
        ("NVIDIA A100-SXM4-40GB", 1.3),
        ("NVIDIA GeForce RTX 5090", 0.92),
        ("NVIDIA L40s", 0.9),
        ("NVIDIA RTX 6000 Ada Generation", 0.83),
        ("NVIDIA L40", 1.0),
        ("NVIDIA RTX A6000", 0.75),
        ("NVIDIA RTX 4090", 0.68),
        ("NVIDIA A40", 0.0),
        ("NVIDIA GeForce RTX 3090", 0.0),
        ("NVIDIA L4", 0.0),
        ("NVIDIA RTX A5000", 0.26),
        ("NVIDIA RTX A4500", 0.0),
    ],
    tolerance_pairs: &TOLERANCE_PAIRS,
    time_tolerance: 5.0,
    retry_limit: 22,
    retry_interval: 60,
};

const V1_8_3: Config = Config {
    gpus: &[
        gpu("NVIDIA H200", 610.0, 49.6, 68.72),
        gpu("NVIDIA H100 80GB HBM3", 570.0, 49.0, 34.36),
        gpu("NVIDIA H100", 330.0, 37.2, 34.36),
        gpu("NVIDIA A100-SXM4-80GB", 238.8, 18.2, 34.36),
        gpu("NVIDIA A100 80GB PCIe", 197.0, 16.9, 34.36),
        gpu("NVIDIA A100-SXM4-40GB", 257.0, 18.2, 17.18),
        gpu("NVIDIA L40s", 171.0, 35.5, 17.18),
        gpu("NVIDIA L40", 116.0, 27.0, 17.18),
        gpu("NVIDIA RTX 6000 Ada Generation", 112.0, 26.0, 17.18),
        gpu("NVIDIA RTX A6000", 48.5, 21.28, 17.18),
        gpu("NVIDIA RTX A5000", 60.0, 15.8, 8.59),
        gpu("NVIDIA RTX A4500", 44.0, 14.3, 8.59),
        gpu("NVIDIA RTX 4000 Ada Generation", 70.0, 14.6, 8.59),
        gpu("NVIDIA A40", 40.0, 22.8, 17.18),
        gpu("NVIDIA RTX 4090", 157.0, 48.5, 8.59),
        gpu("NVIDIA GeForce RTX 3090", 66.4, 21.7, 8.59),
        gpu("NVIDIA L4", 51.0, 9.0, 8.59),
    ],
    scores: &[
        ("NVIDIA H200", 4.0),
        ("NVIDIA H100 80GB HBM3", 3.3),
        ("NVIDIA H100", 2.8),
        ("NVIDIA A100-SXM4-80GB", 1.9),
        ("NVIDIA A100 80GB PCIe", 0.0),
        ("NVIDIA A100-SXM4-40GB", 0.0),
        ("NVIDIA L40s", 0.0),
        ("NVIDIA RTX 6000 Ada Generation", 0.0),
        ("NVIDIA L40", 0.0),
        ("NVIDIA RTX A6000", 0.0),
        ("NVIDIA RTX 4090", 0.0),
        ("NVIDIA A40", 0.0),
        ("NVIDIA GeForce RTX 3090", 0.0),
        ("NVIDIA L4", 0.0),
        ("NVIDIA RTX A5000", 0.0),
        ("NVIDIA RTX A4500", 0.0),
    ],
    tolerance_pairs: &TOLERANCE_PAIRS,
    time_tolerance: 5.0,
    retry_limit: 22,
    retry_interval: 60,
};

const TOLERANCE_PAIRS: [(&str, &str); 10] = [
    ("NVIDIA L40", "NVIDIA RTX 6000 Ada Generation"),
    ("NVIDIA RTX 6000 Ada Generation", "NVIDIA L40"),
    ("NVIDIA RTX 4000 Ada Generation", "NVIDIA RTX A5000"),
    ("NVIDIA RTX A5000", "NVIDIA RTX 4000 Ada Generation"),
    ("NVIDIA A100 80GB PCIe", "NVIDIA A100-SXM4-80GB"),
    ("NVIDIA A100-SXM4-80GB", "NVIDIA A100 80GB PCIe"),
    ("NVIDIA H100 80GB HBM3", "NVIDIA H100"),
    ("NVIDIA H100", "NVIDIA H100 80GB HBM3"),
    ("NVIDIA A40", "NVIDIA RTX A6000"),
    ("NVIDIA RTX A6000", "NVIDIA A40"),
];

const fn gpu(name: &'static str, tflops_fp16: f64, tflops_fp32: f64, avram_gb: f64) -> KnownGpu {
    KnownGpu { name, tflops_fp16, tflops_fp32, avram_gb }
}
