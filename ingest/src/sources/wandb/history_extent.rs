//! How far the history of a run reaches, as a poll heard it: the source of histories asks by that.

use std::collections::BTreeMap;

/// How far the history of each run reaches, by run id, as the server last said.
pub type HistoryExtents = BTreeMap<String, HistoryExtent>;

/// How far the history of a run reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryExtent {
    /// The step of its last row, where the server says so.
    pub last_step: Option<u64>,
    /// How many rows it has.
    pub rows: u64,
}
