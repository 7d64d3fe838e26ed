//! Workloads: logs and answers that are made up, for tests and measurements. They are of any size, and the same
//! wherever they are made.

mod config_text;
mod dice;
mod error;
mod exporter;
mod generate;
mod miner;
mod mix;
mod neuron;
mod project;
mod run;
mod time;
mod validator;

pub use error::GenerateError;
pub use exporter::{Exporter, scraped};
pub use generate::{Generated, generate};
pub use mix::{ENTRIES_MIN, Mix};
