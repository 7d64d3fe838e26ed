//! `block_time(n)`: when a block of the chain was made.

use std::num::NonZeroI64;
use std::sync::Arc;

use annals_projections::Snapshot;
use datafusion::logical_expr::ScalarUDF;

use super::time_of;

/// The function over the log of one session; null for a block that the log does not have, or that was taken back.
pub(super) fn of(tables: &Arc<Snapshot>) -> ScalarUDF {
    let tables = Arc::clone(tables);
    let time_ms = move |number| {
        let block = tables.blocks.get(number);
        Ok(block.and_then(|block| block.time_ms).map(NonZeroI64::get))
    };
    time_of::function("block_time", "the number of a block, as block_time(5000000)", Arc::new(time_ms))
}
