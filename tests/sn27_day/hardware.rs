//! The machines of the miners: what Proof-of-GPU finds, what it is worth, and what a miner says of itself.

use super::random::{Question, below, below_anew};

/// Name, weight in `config.yaml` of v1.9.0, memory in MiB as `nvidia-smi` tells it, and how common it is here.
const GPUS: [(&str, f64, u32, u64); 14] = [
    ("NVIDIA B200", 5.0, 183_359, 1),
    ("NVIDIA H200", 4.0, 143_771, 5),
    ("NVIDIA H100 80GB HBM3", 3.3, 81_559, 14),
    ("NVIDIA H100", 2.8, 81_559, 3),
    ("NVIDIA A100-SXM4-80GB", 1.9, 81_920, 9),
    ("NVIDIA A100 80GB PCIe", 1.7, 81_920, 6),
    ("NVIDIA A100-SXM4-40GB", 1.3, 40_960, 3),
    ("NVIDIA GeForce RTX 5090", 0.92, 32_607, 4),
    ("NVIDIA L40s", 0.9, 46_068, 8),
    ("NVIDIA L40", 1.0, 46_068, 8),
    ("NVIDIA RTX 6000 Ada Generation", 0.83, 49_140, 6),
    ("NVIDIA RTX A6000", 0.75, 49_140, 9),
    ("NVIDIA RTX 4090", 0.68, 24_564, 16),
    ("NVIDIA GeForce RTX 3090", 0.0, 24_576, 8),
];

/// A miner's GPUs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gpus {
    pub(super) name: &'static str,
    pub(super) count: u32,
}

impl Gpus {
    /// Those of a miner about whom there is no dispute.
    pub(super) fn of(miner: usize) -> Self {
        let all: u64 = GPUS.iter().map(|gpu| gpu.3).sum();
        let mut drawn = below(all, miner, Question::GpuName);
        let drawn = GPUS.iter().find(|gpu| {
            let is_here = drawn < gpu.3;
            drawn = drawn.wrapping_sub(gpu.3);
            is_here
        });
        let count = [1, 1, 2, 4, 8, 8][usize::try_from(below(6, miner, Question::GpuCount)).unwrap()];
        Self { name: drawn.unwrap().0, count }
    }

    /// `calc_score_pog` and the line after it, operation by operation: the tails of the floats are upstream's.
    pub(super) fn score(self) -> f64 {
        let score = weight(self.name) * f64::from(self.count.min(8)) * (100.0 / (5.0 * 8.0));
        score / 100.0 * 100.0
    }

    /// `gpu_specs` of an entry.
    pub(super) fn to_json(self) -> String {
        format!(r#"{{"gpu_name":"{}","num_gpus":{}}}"#, self.name, self.count)
    }

    /// `specs` of a miner's config, as `get_perf_info` makes them; `edition` counts how often it has.
    pub(super) fn specs(self, miner: usize, edition: u64) -> String {
        let gpu = GPUS.iter().find(|gpu| gpu.0 == self.name).unwrap();
        let details =
            vec![format!(r#"{{"name":"{}","capacity":{}.0}}"#, gpu.0, gpu.2); self.count as usize].join(",");
        let any = |bound, question| below(bound, miner, question);
        let anew = |bound, question| below_anew(bound, miner, question, edition);
        let cores = [16, 24, 32, 48, 64, 96, 128][usize::try_from(any(7, Question::Cores)).unwrap()];
        let (disk, ram) = (
            500_000_000_000 + (any(8, Question::DiskSize) << 39),
            (64 + 64 * any(15, Question::RamSize)) << 30,
        );
        let (used, taken) =
            (disk / 3 + anew(1 << 34, Question::DiskUsed), ram / 9 + anew(1 << 30, Question::RamTaken));
        let speed = |question| 400.0 + anew(3_000_000, question) as f64 / 1024.0;
        format!(
            concat!(
                r#"{{"cpu":{{"count":{},"frequency":{:?}}},"#,
                r#""gpu":{{"count":{},"capacity":{}.0,"details":[{}],"graphics_speed":{},"memory_speed":{}}},"#,
                r#""hard_disk":{{"total":{},"free":{},"used":{},"write_speed":{:?},"read_speed":{:?}}},"#,
                r#""ram":{{"total":{},"available":{},"used":{},"free":{},"swap_total":0,"swap_used":0,"swap_free":0,"#,
                r#""read_speed":{:?},"write_speed":{:?}}},"has_docker":true}}"#
            ),
            cores,
            2000.0 + any(1_500_000, Question::CpuFrequency) as f64 / 1000.0,
            self.count,
            gpu.2 * self.count,
            details,
            210 + 15 * any(100, Question::GraphicsSpeed),
            405 + any(9000, Question::GpuMemorySpeed),
            disk,
            disk - used,
            used,
            speed(Question::DiskWriteSpeed),
            speed(Question::DiskReadSpeed),
            ram,
            ram - taken,
            taken,
            ram - taken - (1 << 28),
            speed(Question::RamReadSpeed),
            speed(Question::RamWriteSpeed),
        )
    }
}

fn weight(name: &str) -> f64 {
    GPUS.iter().find(|gpu| gpu.0 == name).unwrap().1
}

#[test]
fn scores_are_upstreams_to_the_last_digit() {
    let score = |name, count| Gpus { name, count }.score();
    assert_eq!(score("NVIDIA H100", 8).to_string(), "56.00000000000001");
    assert_eq!(score("NVIDIA RTX 6000 Ada Generation", 8).to_string(), "16.599999999999998");
    assert_eq!(score("NVIDIA A100-SXM4-80GB", 8).to_string(), "38");
    assert_eq!(score("NVIDIA RTX A6000", 10), score("NVIDIA RTX A6000", 8));
}
