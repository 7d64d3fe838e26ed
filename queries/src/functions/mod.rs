//! Functions that SQL here has beside DataFusion's own: SS58 addresses, times of blocks, labels, and JSON texts.

mod block_time;
mod label;
mod ss58;

use datafusion::error::Result;
use datafusion::prelude::SessionContext;

use crate::look::Look;

/// They make as much of one row as they are told to, before anybody counts it: a number too large ends the process.
const UNBOUNDED: [&str; 8] =
    ["repeat", "lpad", "rpad", "array_repeat", "list_repeat", "range", "generate_series", "array_resize"];

/// Leaves out what could take all memory at once, and registers `ss58_decode`, `ss58_prefix`, `ss58_encode`,
/// `ss58_to_hex`, `hex_to_ss58`, `block_time`, `label`, the `json_*` functions and the operators `->`, `->>`, `?`.
pub(crate) fn register_all(context: &mut SessionContext, look: &Look) -> Result<()> {
    for name in UNBOUNDED {
        context.deregister_udf(name);
    }
    for function in ss58::all() {
        context.register_udf(function.as_ref().clone());
    }
    context.register_udf(block_time::of(&look.tables));
    context.register_udf(label::function());
    datafusion_functions_json::register_all(context)
}
