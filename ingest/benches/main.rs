//! How fast a chain is caught up with, beside decoding the same bytes alone; what memory that takes; how soon a block that
//! a node announces can be read in the log.
//!
//! `cargo bench --workspace chain`. The node is another process: its memory and its files are not ours.

mod chain {
    pub(crate) mod catch_up;
    pub(crate) mod live;
    pub(crate) mod node;
    pub(crate) mod scratch;
    pub(crate) mod subnet;
    pub(crate) mod synthetic;
}

fn main() {
    // What Cargo adds, and what a user filters by: there is one group here.
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    if let Some(count) = chain::node::asked_for() {
        return chain::node::serve(count);
    }
    if !asked.iter().all(|word| "chain".contains(word.as_str())) {
        return;
    }
    chain::catch_up::bench();
    chain::live::bench();
}
