//! Golden files: bytes that were written once, and stay readable for ever. None of them is ever rewritten.

mod frozen_log;
mod kinds;
mod samples;

use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/log-format").join(name)
}
