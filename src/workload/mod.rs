//! Workloads: logs that are made up, for tests and measurements, of any size and the same wherever they are made.

mod config_text;
mod dice;
mod generate;
mod miner;
mod mix;
mod neuron;
mod project;
mod run;
mod time;
mod validator;

pub(crate) use generate::{ENTRIES_MIN, generate};
pub(crate) use mix::Mix;
