//! State tables: as they stand, as they stood, and as they were at a moment.

mod at;
mod fetched;
mod moment;
mod moment_error;
mod reading;
mod scope;
mod table;

pub(crate) use at::AtFunction;
pub use moment::{Moment, Place};
pub use moment_error::MomentError;
pub(crate) use table::StateTable;
