//! The answer that all bodies are made of.

use std::path::PathBuf;

/// An answer of `node_exporter`, 57 KB.
pub(crate) fn recorded() -> String {
    let file = "../../fixtures/prometheus/node_exporter-1.5.0.txt";
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), file].iter().collect();
    std::fs::read_to_string(path).expect("it is a fixture")
}
