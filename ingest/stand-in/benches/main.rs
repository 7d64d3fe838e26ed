//! What it takes to listen: to a chain, to W&B, and to metrics endpoints.
//!
//! `cargo bench --workspace chain`: how fast a chain is caught up with, beside decoding the same bytes alone; what
//! memory that takes; how soon a block that a node announces can be read in the log. `cargo bench --workspace wandb`:
//! processor, memory and room of polls. `cargo bench --workspace metrics`: the same of scrapes, 10 rounds of 1,000
//! targets, or as many as `ANNALS_BENCH_METRICS_ROUNDS` says. The node and the servers are other processes: their
//! memory and their files are not ours.

mod chain {
    pub(crate) mod catch_up;
    pub(crate) mod live;
    pub(crate) mod node;
    pub(crate) mod scratch;
    pub(crate) mod subnet;
    pub(crate) mod synthetic;
}
mod curve;
mod metrics {
    pub(crate) mod day;
    pub(crate) mod recorded;
    pub(crate) mod rounds;
    pub(crate) mod server;
    pub(crate) mod successive;
}
mod processor;
mod server;
mod wandb {
    pub(crate) mod polls;
    pub(crate) mod project;
    pub(crate) mod server;
}

/// As the program has it: how much of what was let go of stays resident is the allocator's to decide.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    if let Some(count) = chain::node::asked_for() {
        return chain::node::serve(count);
    }
    if server::is_asked_for(wandb::server::ASKED) {
        return server::serve(wandb::server::router());
    }
    if server::is_asked_for(metrics::server::ASKED) {
        return server::serve(metrics::server::router());
    }
    // The words are what Cargo adds and what a user filters by.
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let is_asked = |group: &str| asked.iter().all(|word| group.contains(word.as_str()));
    if is_asked("chain") {
        chain::catch_up::bench();
        chain::live::bench();
    }
    if is_asked("wandb") {
        wandb::polls::bench();
    }
    if is_asked("metrics") {
        metrics::rounds::bench();
        metrics::successive::bench();
        metrics::day::bench();
    }
}
