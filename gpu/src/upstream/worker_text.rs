//! What upstream's script prints on the miner.

use std::fmt;

use annals_log::json::{self, Value};
use thiserror::Error;

/// A script prints a few lines a GPU.
const OUTPUT_BYTES_MAX: usize = 1 << 20;
/// More than any host has.
const GPUS_MAX: usize = 64;

/// The line of `--mode benchmark`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Benchmark {
    /// GPUs of the host; only the first is measured.
    pub gpus: u32,
    /// Gigabytes, found by doubling.
    pub vram_gb: f64,
    /// Size of the matrices in f16.
    pub size_fp16: u64,
    /// Seconds of the one product in f16.
    pub time_fp16: f64,
    /// Size of the matrices in f32.
    pub size_fp32: u64,
    /// Seconds of the one product in f32.
    pub time_fp32: f64,
}

/// What `--mode compute` prints, by GPU. It is written as it is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Computed {
    /// The number of the GPU and its root as hex.
    pub roots: Vec<(u64, String)>,
    /// The number of the GPU and its timings.
    pub timings: Vec<(u64, GpuTimings)>,
}

/// The miner's own timings of one GPU, in seconds; what is missing counts as 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GpuTimings {
    /// The size that the miner says it has computed. Upstream checks with this one.
    pub n: u64,
    /// Seconds of the product.
    pub multiplication: f64,
    /// Seconds of the tree.
    pub merkle_tree: f64,
}

/// Why an output is none of upstream's script.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum OutputError {
    /// It is longer than any.
    #[error("{bytes} bytes of output, at most {OUTPUT_BYTES_MAX} are read")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A line or a field is missing, or has another form.
    #[error("no {field} in the output")]
    Field {
        /// What was looked for.
        field: &'static str,
    },
}

impl Benchmark {
    /// Reads the line (`parse_benchmark_output`).
    ///
    /// # Errors
    /// The field that is missing or no number.
    pub fn parse(output: &str) -> Result<Self, OutputError> {
        check_length(output)?;
        let mut words = output.split_whitespace();
        Ok(Self {
            gpus: number(words.next(), "number of GPUs")?,
            vram_gb: number(words.next(), "vram")?,
            size_fp16: number(words.next(), "size in f16")?,
            time_fp16: number(words.next(), "time in f16")?,
            size_fp32: number(words.next(), "size in f32")?,
            time_fp32: number(words.next(), "time in f32")?,
        })
    }
}

impl Computed {
    /// Reads both lines (`parse_merkle_output`); of several that begin alike the last counts.
    ///
    /// # Errors
    /// The line or field that is missing or has another form.
    pub fn parse(output: &str) -> Result<Self, OutputError> {
        check_length(output)?;
        let mut roots = Vec::new();
        for (gpu, root) in pairs_of(output, "Root hashes:", "root hashes")? {
            let root = root.as_text().and_then(|root| root.as_str());
            roots.push((gpu, root.ok_or(OutputError::Field { field: "root hash" })?.to_owned()));
        }
        let mut timings = Vec::new();
        for (gpu, told) in pairs_of(output, "Timings:", "timings")? {
            timings.push((gpu, GpuTimings::of(&told)?));
        }
        Ok(Self { roots, timings })
    }

    /// Returns the mean that upstream's rule about time takes.
    pub fn multiplication_mean(&self) -> f64 {
        let sum: f64 = self.timings.iter().map(|(_, told)| told.multiplication).sum();
        if self.timings.is_empty() { 0.0 } else { sum / self.timings.len() as f64 }
    }
}

impl fmt::Display for Computed {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root =
            |(gpu, root): &(u64, String)| format!("[{gpu}, {}]", serde_json::Value::from(root.as_str()));
        writeln!(to, "Root hashes: {}", list(self.roots.iter().map(root)))?;
        let told = |(gpu, told): &(u64, GpuTimings)| format!("[{gpu}, {told}]");
        writeln!(to, "Timings: {}", list(self.timings.iter().map(told)))
    }
}

impl fmt::Display for GpuTimings {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { n, multiplication, merkle_tree } = self;
        write!(
            to,
            r#"{{"n": {n}, "multiplication_time": {multiplication:?}, "merkle_tree_time": {merkle_tree:?}}}"#
        )
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

impl GpuTimings {
    fn of(told: &Value) -> Result<Self, OutputError> {
        let number = |field| told.as_object().and_then(|told| told.get(field)).and_then(Value::as_number);
        let seconds = |field| number(field).map_or(0.0, json::Number::to_f64);
        let n = number("n").and_then(|n| n.as_str().parse().ok());
        Ok(Self {
            n: n.ok_or(OutputError::Field { field: "n" })?,
            multiplication: seconds("multiplication_time"),
            merkle_tree: seconds("merkle_tree_time"),
        })
    }
}

/// Returns the list of pairs after `prefix`: the number of a GPU, and what is said of it.
fn pairs_of(output: &str, prefix: &str, field: &'static str) -> Result<Vec<(u64, Value)>, OutputError> {
    let line = output.trim().split('\n').rfind(|line| line.starts_with(prefix));
    let text = line.and_then(|line| line.split_once(": "));
    let Some(Value::List(items)) = text.and_then(|(_, list)| json::parse(list).ok()) else {
        return Err(OutputError::Field { field });
    };
    let mut pairs = Vec::new();
    for item in items.into_iter().take(GPUS_MAX + 1) {
        let Value::List(mut pair) = item else { return Err(OutputError::Field { field }) };
        let told = pair.pop();
        let gpu = pair.pop().and_then(|gpu| gpu.as_number()?.as_str().parse().ok());
        let (Some(gpu), Some(told), true) = (gpu, told, pair.is_empty()) else {
            return Err(OutputError::Field { field });
        };
        pairs.push((gpu, told));
    }
    if pairs.len() > GPUS_MAX { Err(OutputError::Field { field }) } else { Ok(pairs) }
}

fn check_length(output: &str) -> Result<(), OutputError> {
    let bytes = output.len();
    if bytes > OUTPUT_BYTES_MAX { Err(OutputError::TooLong { bytes }) } else { Ok(()) }
}

fn number<N: std::str::FromStr>(word: Option<&str>, field: &'static str) -> Result<N, OutputError> {
    word.and_then(|word| word.parse().ok()).ok_or(OutputError::Field { field })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outputs_of_the_script_are_read() {
        let benchmark = Benchmark::parse("8 34.36 92672 2.790000 46336 4.060000\n").unwrap();
        assert_eq!((benchmark.gpus, benchmark.size_fp32, benchmark.time_fp32), (8, 46336, 4.06));
        let output = "GPU 0: Matrix multiplication time on GPU: 0.33 seconds\n\
            Root hashes: [[1, \"ab\"], [0, \"cd\"]]\n\
            Timings: [[0, {\"n\": 20704, \"multiplication_time\": 0.5}], [1, {\"n\": 20704, \"multiplication_time\": 1.5}]]\n";
        let computed = Computed::parse(output).unwrap();
        assert_eq!(computed.roots, [(1, "ab".to_owned()), (0, "cd".to_owned())]);
        assert_eq!(computed.timings[0].1.n, 20704);
        assert_eq!(computed.multiplication_mean().to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn what_is_computed_is_written_as_the_script_does_and_read_again() {
        let told = |multiplication, merkle_tree| GpuTimings { n: 20_704, multiplication, merkle_tree };
        let computed = Computed {
            roots: vec![(0, "cd".to_owned()), (1, "a\"b".to_owned())],
            timings: vec![(0, told(0.5, 2.0)), (1, told(0.1 + 0.2, 1e-9))],
        };
        let text = computed.to_string();
        assert!(
            text.starts_with(
                "Root hashes: [[0, \"cd\"], [1, \"a\\\"b\"]]\n\
                Timings: [[0, {\"n\": 20704, \"multiplication_time\": 0.5, \"merkle_tree_time\": 2.0}], [1, "
            ),
            "{text}"
        );
        assert_eq!(Computed::parse(&text), Ok(computed));
    }

    #[test]
    fn an_output_that_is_none_names_what_it_lacks() {
        let missing = |field| OutputError::Field { field };
        assert_eq!(Benchmark::parse("8 34.36"), Err(missing("size in f16")));
        assert_eq!(Benchmark::parse("eight 34.36"), Err(missing("number of GPUs")));
        assert_eq!(Computed::parse("Timings: []"), Err(missing("root hashes")));
        assert_eq!(Computed::parse("Root hashes: []\nTimings: [[0, {}]]"), Err(missing("n")));
        assert_eq!(Computed::parse("Root hashes: [[0, 1]]\nTimings: []"), Err(missing("root hash")));
        let long = " ".repeat(OUTPUT_BYTES_MAX + 1);
        assert_eq!(Computed::parse(&long), Err(OutputError::TooLong { bytes: long.len() }));
    }
}
