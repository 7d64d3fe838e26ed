//! What proofs of GPU cost on a CPU: Philox, the verifier at full size, and the prover that is the reference.
//!
//! `cargo bench --workspace gpu`. A line after each bench says the time of a processor, and what it should
//! be. No attempt of full size can be made without a GPU, so the verifier's work on one is measured in its three
//! parts, and added up.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on says where")]

mod alone;
mod full_size;
mod small;

fn main() {
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    println!("machine: {}", model.map_or("unknown processor", |(_, model)| model));
    let mut criterion = criterion::Criterion::default().without_plots().configure_from_args();
    full_size::benches(&mut criterion);
    small::benches(&mut criterion);
    criterion.final_summary();
}
