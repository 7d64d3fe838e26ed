//! Functions that SQL here has beside DataFusion's own: SS58 addresses, times of blocks and sizes, labels, and JSON
//! texts.

mod block_time;
mod label;
mod recorded_at;
mod ss58;
mod time_of;

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::execution::SessionState;
use datafusion::prelude::SessionContext;

use crate::commit_times::CommitTimes;
use crate::look::Look;
use crate::notes::Notes;

/// They make as much of one row as they are told to, before anybody counts it: a number too large ends the process.
const UNBOUNDED: [&str; 8] =
    ["repeat", "lpad", "rpad", "array_repeat", "list_repeat", "range", "generate_series", "array_resize"];

/// Leaves out what could take all memory at once, and registers `ss58_decode`, `ss58_prefix`, `ss58_encode`,
/// `ss58_to_hex`, `hex_to_ss58`, `block_time`, `recorded_at`, `label`, the `json_*` functions and the operators `->`,
/// `->>`, `?`.
pub(crate) fn register_all(context: &mut SessionContext, look: &Look) -> Result<()> {
    for name in UNBOUNDED {
        context.deregister_udf(name);
    }
    for function in ss58::all() {
        context.register_udf(function.as_ref().clone());
    }
    context.register_udf(block_time::of(&look.tables));
    context.register_udf(recorded_at::of(&look.times, None));
    context.register_udf(label::function());
    datafusion_functions_json::register_all(context)
}

/// Lets functions tell the notes of the one query that `state` plans what they did not check.
pub(crate) fn tell(state: &mut SessionState, times: &Arc<CommitTimes>, notes: &Arc<Notes>) -> Result<()> {
    // The trait's method would hide that of the context above.
    use datafusion::execution::FunctionRegistry as _;
    state.register_udf(Arc::new(recorded_at::of(times, Some(Arc::clone(notes))))).map(drop)
}
