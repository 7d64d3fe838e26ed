//! Functions that SQL here has beside DataFusion's own: SS58 addresses, times of blocks and sizes, labels, and JSON
//! texts.

mod age;
mod block_time;
mod date_part;
mod label;
mod patterns;
mod recorded_at;
mod ss58;
mod time_of;
mod to_char;

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::execution::SessionState;
use datafusion::prelude::SessionContext;

use crate::bounded;
use crate::commit_times::CommitTimes;
use crate::exact;
use crate::look::Look;
use crate::notes::Notes;

pub(crate) use date_part::Extract;

/// They make lists as long as they are told to, before anybody counts it: a number too large ends the process.
const UNBOUNDED: [&str; 3] = ["array_repeat", "list_repeat", "array_resize"];

/// Leaves out what could take all memory at once, bounds what can be bounded by `bytes`, and registers `age`,
/// `ss58_decode`, `ss58_prefix`, `ss58_encode`, `ss58_to_hex`, `hex_to_ss58`, `block_time`, `recorded_at`, `label`,
/// the `json_*` functions and the operators `->`, `->>`, `?`.
pub(crate) fn register_all(context: &mut SessionContext, look: &Look, bytes: usize) -> Result<()> {
    for name in UNBOUNDED {
        context.deregister_udf(name);
    }
    for function in bounded::all(bytes) {
        context.register_udf(function);
    }
    for function in ss58::all() {
        context.register_udf(function.as_ref().clone());
    }
    for function in patterns::all() {
        context.register_udf(function);
    }
    context.register_udf(date_part::function());
    context.register_udf(age::function());
    context.register_udf(to_char::function());
    for aggregate in exact::aggregates() {
        context.register_udaf(aggregate);
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
