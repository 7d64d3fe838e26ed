//! annals' own metrics: what a recorder tells Prometheus of itself, at `--metrics-listen`.
//!
//! A subject is a file, which names its metrics, and is told or looks. Whoever serves more than a recorder does (the
//! daemon: latency and refusals of queries) registers its own beside these, in [`Observer::registry`].

mod feeds;
mod given;
mod kept;
mod log;
mod observer;
mod page;
mod process;
mod projector;
mod scrapes;
mod sources;

pub(crate) use given::{ObservedArgs, ObservedAt};
pub(crate) use observer::Observer;
