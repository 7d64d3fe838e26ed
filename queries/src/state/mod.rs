//! State tables: as they stand, as they stood, and as they were at a moment.

mod at;
mod moment;
mod moment_error;
mod reading;
mod scope;
mod table;

use annals_log::TreeSize;
use annals_projections::{Projections, TableSnapshot};

pub(crate) use at::AtFunction;
pub use moment::{Moment, Place};
pub use moment_error::MomentError;
pub(crate) use table::StateTable;

/// The state tables that a session answers from, all at one size of the log.
#[derive(Debug, Clone)]
pub struct StateTables {
    /// In the order of the list.
    pub snapshots: Vec<TableSnapshot>,
    /// The size at which they stand.
    pub position: TreeSize,
    /// They were folded under another policy than the log's.
    pub what_if: bool,
}

/// As they stand.
impl From<&Projections> for StateTables {
    fn from(projections: &Projections) -> Self {
        Self {
            snapshots: projections.snapshots(),
            position: projections.position(),
            what_if: projections.is_what_if(),
        }
    }
}
