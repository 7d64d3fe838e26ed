//! `sync_scores`, as both versions of upstream have it: what one validator makes of what it sees.
//!
//! [`ScoringValidator`] is the whole program, as far as scores depend on it; [`Ruling`] is the part that a table needs:
//! one uid, pure.

mod blacklist;
mod database;
mod exception;
mod neuron;
mod own_spec;
mod program;
mod python_number;
mod queryable;
mod ruling;
mod stats_entry;
mod version;

pub use blacklist::Blacklist;
pub use database::{PogRow, ScoringDb, StatsRow};
pub use exception::SyncException;
pub use neuron::ScoredNeuron;
pub(crate) use own_spec::newest_good;
pub use program::{Published, ScoringSettings, ScoringValidator, SyncCall};
pub(crate) use python_number::{float, tensor_element};
pub(crate) use queryable::{drop_shared_ips, lets_all_in, sift};
pub use ruling::{ExternalEntry, ScoreReason, Unqueryable};
pub(crate) use ruling::{Ruling, UidInputs};
pub use stats_entry::StatsEntry;
pub(crate) use stats_entry::print_specs;
