//! Recorded answers of W&B, served again as its server.
//!
//! It knows the questions that clients ask about runs, and those that writers of runs ask. Any other field is null, or
//! an error that names it.

mod arguments;
mod column;
mod compare;
mod document;
mod execute;
mod exports;
mod filter;
mod found;
mod history;
mod listing;
mod mutation;
mod poll;
mod project;
mod project_name;
mod query;
mod recorded;
mod recording;
mod refusal;
mod run;
mod run_fields;
mod schema;
mod server;
mod state;
mod stream;
mod validity;
mod values;

pub use recorded::{RecordedWandb, RecordingError};
pub use server::{Fault, Faults, serve, too_many};
pub use state::Moment;
