//! What upstream's script prints on a miner, and attempts of upstream's protocol as JSON.

use annals_gpu::upstream::{AttemptEvidence, Benchmark, Computed};

/// A check takes as long as the matrices are wide.
const CHECKED_SIZE_MAX: u64 = 1_024;

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let zeros = "00".repeat(32);
    let attempt = format!(
        r#"{{"n":2,"gpus":[{{"seed_a":"1","seed_b":"2","root":"{zeros}","index":[0,1],"row_f32_hex":"0000803f0000803f","proof":["{zeros}"]}}]}}"#
    );
    let computed = r#"Root hashes: [[0, "ab"]]
Timings: [[0, {"n": 20704, "multiplication_time": 0.5, "merkle_tree_time": 1.5}]]"#;
    [attempt.as_str(), computed, "8 34.36 92672 2.79 46336 4.06"].map(|text| text.as_bytes().to_vec()).into()
}

pub(crate) fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    _ = Benchmark::parse(text);
    if let Ok(computed) = Computed::parse(text) {
        assert!(computed.timings.len() <= 64 && computed.roots.len() <= 64);
        _ = computed.multiplication_mean();
    }
    if let Ok(attempt) = AttemptEvidence::parse(text)
        && attempt.n <= CHECKED_SIZE_MAX
    {
        let (findings, _) = attempt.check();
        assert_eq!(findings.len(), attempt.responses.len());
    }
}
