//! How fast the log is, beside what the same machine does at the same moment without it.
//!
//! A disk and a machine are shared, so a figure alone says little: every bench here is a race against a peer, in turns,
//! and ends with a line that says the ratio and what it should be.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on says where")]

mod append;
mod exposition;
mod peers;
mod proof;
mod verify;

fn main() {
    peers::print_machine();
    let mut criterion = criterion::Criterion::default().without_plots().configure_from_args();
    append::benches(&mut criterion);
    exposition::benches(&mut criterion);
    // A million entries, made once for those who read.
    let million = std::cell::LazyCell::new(peers::ScratchLog::with_a_million);
    verify::benches(&mut criterion, &million);
    proof::benches(&mut criterion, &million);
    criterion.final_summary();
}
