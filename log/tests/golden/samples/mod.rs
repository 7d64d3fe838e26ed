//! Samples of every kind of event: what its golden file is made of, once.

mod chain;
mod computedb;
mod gpu;
mod log;
mod metrics;
mod wandb;

use annals_log::{Event, LogOpened};

/// All samples; those of one kind stay in the order in which its file has them. `opened` is the first entry of a log.
pub(super) fn samples(opened: &LogOpened) -> Vec<Event> {
    [
        log::events(opened),
        wandb::events(),
        chain::events(),
        computedb::events(),
        gpu::events(),
        metrics::events(),
    ]
    .concat()
}
