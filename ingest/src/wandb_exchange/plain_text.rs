//! JSON texts that are UTF-8.

use annals_log::json::Value;

/// Returns a JSON text as a string; `None` of any other value, and of a text that is not UTF-8.
pub(super) fn plain_text(value: &Value) -> Option<String> {
    value.as_text()?.as_str().map(str::to_owned)
}
