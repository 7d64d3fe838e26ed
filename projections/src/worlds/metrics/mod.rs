//! Metrics: which endpoints answer, and what each told last.

mod fold;
mod samples_latest;
mod up;
mod world;

pub(super) use fold::Metrics;
pub(super) use samples_latest::SamplesLatest;
pub(super) use up::Up;
