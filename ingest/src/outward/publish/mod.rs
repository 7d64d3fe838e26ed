//! Publishing a hotkey's state in its W&B run: the writing half of upstream's software, and a signature over all of it.
//!
//! Upstream's own readers take it: run name, config, `signature` and rows are theirs. The key `annals` beside them says
//! what the hotkey published and at which size of which log, see LOG-FORMAT.md; upstream ignores it. What is published
//! comes from whoever publishes, never from tables of the log.
//!
//! No run is ever deleted; and whoever else writes the same run, as upstream's running validator does, keeps its config
//! in memory and writes over ours with it.

mod database;
mod draft;
mod error;
mod found_run;
mod publication;
mod run;
mod server;
mod state;

pub use database::{Database, DatabaseError};
pub use draft::Draft;
pub use error::PublishError;
pub use found_run::FoundRun;
pub use publication::{Publication, Sending};
pub use run::RunGiven;
pub use server::WandbPost;
pub use state::{Role, State, StateError};

pub use crate::wandb_api::{Again, Posted, Project};
