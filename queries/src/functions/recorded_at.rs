//! `recorded_at(size)`: when the log reached a size.

use std::sync::{Arc, OnceLock};

use datafusion::error::DataFusionError;
use datafusion::logical_expr::ScalarUDF;

use super::time_of;
use crate::commit_times::CommitTimes;
use crate::notes::Notes;

/// The function over the log of one session: the time at which entry `size - 1` was recorded, so that of `valid_from`
/// it is since when a row stands. Null for size 0, and for sizes that the log does not have. What was not checked it
/// tells to the `notes` of one query.
pub(super) fn of(times: &Arc<CommitTimes>, notes: Option<Arc<Notes>>) -> ScalarUDF {
    let times = Arc::clone(times);
    let external = |error| DataFusionError::External(Box::new(error));
    let held = OnceLock::new();
    let recorded_at_ms = move |size| {
        if held.get().is_none() {
            let unchecked = times.hold().map_err(external)?;
            if let (Some(notes), Some(note)) = (&notes, unchecked) {
                notes.push(note);
            }
            let _ = held.set(());
        }
        times.get(size).map_err(external)
    };
    time_of::function(
        "recorded_at",
        "a size of the log, as recorded_at(valid_from)",
        Arc::new(recorded_at_ms),
    )
}
